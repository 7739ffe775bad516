import StewardModel
import StewardPolicy
import StewardStatistics

/// What is to happen to a rollout now.
package enum RolloutAction: Sendable, Equatable {
    case begin
    case advance(to: Int)
    case awaitApproval(of: Int)
    case complete
    case rollback(Decision?, reason: String)
    case freeze(Decision)
    case hold(Decision)
    case bothBad(Decision)
    case pause(reason: String)
    case note(Decision)
}

/// What the engine says of a rollout: what to do, and why or what it waits for.
package struct RolloutJudgement: Sendable, Equatable {
    package struct GuardState: Sendable, Equatable {
        package var metric: Metric
        package var verdict: Verdict
        /// For quantiles: the value, in the metric's unit, of which it is watched what share of the requests is above.
        package var boundary: Double?
        /// Of the new version and of the stable one since the start, in the metric's unit; for quantiles the share of
        /// requests above the boundary.
        package var value: Double?
        package var stableValue: Double?
        /// What the value is held against.
        package var limit: Double?
        package var sampleSize: Int64
    }

    package var action: RolloutAction?
    package var guards: [GuardState]
    package var reason: String
}

/// Decides the next move of a rollout from counts and the time alone. Pure: the same rollout, counts and time give the
/// same answer, and nothing is remembered between two looks.
package enum RolloutEngine {
    package static func judge(
        _ rollout: Rollout, _ counts: RolloutCounts, isFrozen: Bool, now: Timestamp
    ) -> RolloutJudgement {
        guard !rollout.phase.isOver, counts.canary.count == rollout.plan.guards.count,
            counts.stable.count == rollout.plan.guards.count
        else { return RolloutJudgement(action: nil, guards: [], reason: "It is over.") }
        let guards = rollout.plan.guards.indices.map { rollout.state(of: $0, counts) }
        // Harm comes first and in every phase: no pause, hook or missing approval holds up a rollback.
        if let (action, reason) = rollout.harm(guards, counts, now) {
            return RolloutJudgement(action: action, guards: guards, reason: reason)
        }
        let (action, reason) = rollout.overdue(now) ?? rollout.progress(guards, counts, isFrozen: isFrozen, now)
        return RolloutJudgement(action: action, guards: guards, reason: reason)
    }

    /// When a rollout is to be judged again though no request was counted since; `nil` where time changes nothing.
    package static func nextTurn(of rollout: Rollout, after time: Timestamp) -> Timestamp? {
        let step = rollout.plan.steps[rollout.step]
        let since = rollout.stepSince ?? rollout.started
        return [since + step.minimumTime, since + step.patience, rollout.started + rollout.plan.deadline]
            .filter { $0 > time }.min()
    }
}

extension RolloutStep {
    /// How long a step waits for its first request before the policy's word for no data holds.
    fileprivate var patience: Duration { max(minimumTime, .seconds(60)) }
}

/// One look at one rollout.
extension Rollout {
    fileprivate typealias Answer = (action: RolloutAction?, reason: String)

    private var test: HarmTest { HarmTest(alpha: plan.alpha / Double(plan.guards.count)) }

    // MARK: Guards

    fileprivate func state(of index: Int, _ counts: RolloutCounts) -> RolloutJudgement.GuardState {
        let rule = plan.guards[index]
        let canary = counts.canary[index].since(startCounts.canary[index])
        let stable = counts.stable[index].since(startCounts.stable[index])
        var state = RolloutJudgement.GuardState(
            metric: rule.metric, verdict: .inconclusive, boundary: thresholds[index], value: canary.mean,
            stableValue: stable.mean,
            limit: isMeasurable(index) ? rule.bound(stable) : nil, sampleSize: canary.count)
        if isHarmful(index, canary, stable) {
            state.verdict = .fail
        } else if canary.count >= plan.steps[step].minimumSample, state.value != nil, state.limit != nil {
            state.verdict = .pass
        }
        return state
    }

    /// Nothing is said of a quantile whose threshold could not be fixed at the start.
    private func isHarmful(_ index: Int, _ canary: Tally, _ stable: Tally) -> Bool {
        isMeasurable(index) && plan.guards[index].isHarmful(canary, stable, test)
    }

    private func isMeasurable(_ index: Int) -> Bool {
        if case .quantile = plan.guards[index].metric.shape { thresholds[index] != nil } else { true }
    }

    // MARK: Harm

    fileprivate func harm(
        _ guards: [RolloutJudgement.GuardState], _ counts: RolloutCounts, _ now: Timestamp
    ) -> Answer? {
        guard let index = guards.firstIndex(where: { $0.verdict == .fail }) else { return nil }
        let found = describe(index, guards[index], now)
        let reason = found.explanation
        switch (mode, phase) {
        case (_, .bothBad), (_, .held): return (nil, reason)
        case (.shadow, _): return decision == nil ? (.note(found), reason) : nil
        case (.warn, _): return (.hold(found), reason)
        case (.enforce, _): break
        }
        if isStableBad(index, counts) {
            return (.bothBad(found), "\(reason) \(stableVersion) breaks the same limit.")
        }
        switch plan.onFailure {
        case .rollback: return (.rollback(found, reason: reason), reason)
        case .freeze: return (.freeze(found), reason)
        case .hold: return (.hold(found), reason)
        }
    }

    /// Going back helps nobody when the stable version breaks the same absolute limit.
    private func isStableBad(_ index: Int, _ counts: RolloutCounts) -> Bool {
        guard case .absolute = plan.guards[index].limit else { return false }
        let stable = counts.stable[index].since(startCounts.stable[index])
        return isHarmful(index, stable, Tally())
    }

    private func describe(_ index: Int, _ state: RolloutJudgement.GuardState, _ now: Timestamp) -> Decision {
        let name = state.metric.rawValue
        let value = state.value.map { "\(Self.short($0))" } ?? "unknown"
        let against = state.limit.map { "\(Self.short($0))" } ?? "unknown"
        var what = "\(name) is \(value)"
        if let boundary = state.boundary {
            what = "the share of requests with \(name) beyond \(Self.short(boundary)) is \(value)"
        }
        let stable = state.stableValue.map { " (\(stableVersion): \(Self.short($0)))" } ?? ""
        return Decision(
            policy: policy, policyDigest: policyDigest, mode: mode.rawValue,
            action: plan.onFailure.rawValue, metric: name, value: state.value, sampleSize: state.sampleSize,
            comparison: state.metric.isWorseBelow ? "below" : "above", threshold: state.limit,
            baselineVersion: stableVersion,
            baselineValue: state.stableValue, windowSeconds: (now - started).components.seconds,
            explanation:
                "\(what) over \(state.sampleSize) requests since the start, beyond the limit \(against)\(stable); "
                + "the chance of saying so wrongly is at most \(Self.short(plan.alpha)).")
    }

    private static func short(_ value: Double) -> String { NumberText.short(value) }

    // MARK: Progress

    fileprivate func overdue(_ now: Timestamp) -> Answer? {
        guard now >= started + plan.deadline else { return nil }
        switch phase {
        case .paused, .held, .bothBad: break
        default:
            if plan.onDeadline == .hold {
                return (.pause(reason: "The deadline has passed."), "The deadline has passed.")
            }
        }
        guard plan.onDeadline == .rollback, phase != .bothBad, mode == .enforce else { return nil }
        return (.rollback(nil, reason: "The deadline has passed."), "The deadline has passed.")
    }

    fileprivate func progress(
        _ guards: [RolloutJudgement.GuardState], _ counts: RolloutCounts, isFrozen: Bool, _ now: Timestamp
    ) -> Answer {
        let present = plan.steps[step]
        switch phase {
        case .paused: return (nil, "It is paused; resume or abort it.")
        case .held, .bothBad: return (nil, reason ?? "A person must decide.")
        case .awaitingApproval: return (nil, "Step \(step + 2) waits for a second person's approval.")
        case .waiting:
            if counts.events > startCounts.events { return (.begin, "The first request was routed.") }
            return noData(since: started, present, now) ?? (nil, "No request was routed to \(version) yet.")
        default: break
        }
        guard let since = stepSince else { return (nil, "The clock has not started.") }
        let events = counts.events - stepEvents
        var mayPass = false
        if events <= 0, let answer = noData(since: since, present, now) {
            guard answer.action == nil, plan.onNoData == .pass else { return answer }
            mayPass = true
        }
        if now < since + present.minimumTime {
            return (nil, "The step takes \(DurationText.format(present.minimumTime)).")
        }
        if !mayPass, events < present.minimumSample {
            return (nil, "\(max(events, 0)) of \(present.minimumSample) requests in this step.")
        }
        // Every guard needs a verdict of its own: a metric that comes late holds the step.
        if !mayPass, let open = guards.first(where: { $0.verdict != .pass }) {
            return (nil, "\(open.metric.rawValue) has \(open.sampleSize) of \(present.minimumSample) values it needs.")
        }
        if isFrozen { return (nil, "The route is frozen.") }
        let next = step + 1
        guard next < plan.steps.count else { return (.complete, "Every step has passed.") }
        if plan.steps[next].needsApproval, approvedStep < next {
            return (.awaitApproval(of: next), "Step \(next + 1) needs a second person's approval.")
        }
        return (.advance(to: next), "Step \(step + 1) has passed.")
    }

    /// What the policy says once a step's time has gone by without one request; `nil` before.
    private func noData(since: Timestamp, _ step: RolloutStep, _ now: Timestamp) -> Answer? {
        guard now >= since + step.patience else { return nil }
        switch plan.onNoData {
        case .hold: return (nil, "No requests; on_no_data is hold.")
        case .pass: return (nil, "No requests; on_no_data is pass.")
        case .fail:
            guard mode == .enforce else { return (nil, "No requests; on_no_data is fail.") }
            return (.rollback(nil, reason: "No requests; on_no_data is fail."), "No requests; on_no_data is fail.")
        }
    }
}

extension ArmMoments {
    init(_ tally: Tally) {
        self.init(count: Double(tally.count), sum: tally.sum, squares: tally.squares)
    }
}

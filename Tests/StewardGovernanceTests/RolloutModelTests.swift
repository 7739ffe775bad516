import Foundation
import StewardModel
import StewardPolicy
import Testing

@testable import StewardGovernance

/// Walks the interleavings of ticks, answers of webhooks, commands, approvals, aborts, retries, experiments, other
/// people's changes of the route, and restarts on the real state and engine: all of them up to a depth, and every state
/// that can be reached at all, states being the same when nothing that a later move looks at differs.
struct RolloutModelTests {
    enum Step: CaseIterable {
        /// The engine looks at traffic that is good, harmful, harmful on both sides, none, past the deadline, or whose
        /// numbers are none.
        case goodTick, badTick, bothBadTick, idleTick, lateTick, nanTick
        /// The engine looks at good traffic, and a webhook that is asked says nothing, or no.
        case silentHook, refusingHook
        /// The engine looked, and a person was faster.
        case pausedMeanwhile, abortedMeanwhile
        case abort, pause, resume, approve, ownApproval, retry
        /// What else changes or holds a route.
        case promote, setByHand, rollback, cap, freeze, unfreeze, killSwitch, switchOn, experiment, conclude
    }

    /// How far every interleaving is walked; STEWARD_MODEL_DEPTH.
    static let depth = number("STEWARD_MODEL_DEPTH") ?? 2

    struct Bounds: CustomStringConvertible {
        var onFailure: String
        /// Of the same version.
        var attempts: Int64
        /// How often anything but the rollout may change the route in one walk.
        var otherChanges: Int
        var description: String { "\(onFailure), \(attempts) attempts, \(otherChanges) other changes" }
    }

    /// Both bounds at once make ten times as many states: STEWARD_MODEL_ATTEMPTS=2.
    static let bounds =
        ["rollback", "freeze"].map { failure in
            Bounds(onFailure: failure, attempts: Int64(number("STEWARD_MODEL_ATTEMPTS") ?? 1), otherChanges: 1)
        } + [
            Bounds(onFailure: "hold", attempts: 1, otherChanges: 0),
            Bounds(onFailure: "rollback", attempts: 2, otherChanges: 0),
        ]

    private static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }

    static let text = RolloutLane.policyText.replacing("weight: 25,", with: "weight: 25, approval: true,")
        .replacing("above_stable: {difference: 0.01}", with: "above: 0.05")

    @Test func noInterleavingLosesAnAbortOrMakesTwoVersionsStable() throws {
        var states = 0
        func walk(_ lane: RolloutLane, _ path: [Step]) throws {
            states += 1
            guard path.count < Self.depth else { return }
            for step in Step.allCases { try walk(try next(lane, step, path, attempts: 2), path + [step]) }
        }
        try walk(RolloutLane(Self.text), [])
        #expect(states > 700)
    }

    @Test(arguments: bounds)
    func everyReachableStateKeepsThePromises(bounds: Bounds) throws {
        let start = try RolloutLane(Self.text + "\non_failure: \(bounds.onFailure)")
        var seen: Set<Shape> = [Shape(start, otherChanges: 0)]
        var queue: [(lane: RolloutLane, path: [Step])] = [(start, [])]
        var (index, moves, longest) = (0, 0, 0)
        while index < queue.count {
            let (lane, path) = queue[index]
            // What was walked is not needed again.
            queue[index].lane.world = World()
            index += 1
            for step in Step.allCases {
                guard !step.isOtherChange || path.count(where: \.isOtherChange) < bounds.otherChanges else { continue }
                let following = try next(lane, step, path, attempts: bounds.attempts)
                moves += 1
                let others = (path + [step]).count(where: \.isOtherChange)
                guard seen.insert(Shape(following, otherChanges: others)).inserted else { continue }
                try checkRestart(from: lane, to: following)
                try checkExit(following)
                queue.append((following, path + [step]))
                longest = max(longest, path.count + 1)
            }
        }
        let phases = Set(seen.map(\.phase))
        print("\(bounds): \(seen.count) states, \(moves) moves, longest way \(longest)")
        var never: Set<Rollout.Phase> = bounds.onFailure == "rollback" ? [.held] : []
        if bounds.otherChanges == 0 { never.insert(.superseded) }
        #expect(phases == Set(Rollout.Phase.allCases).subtracting(never), "every phase is reached")
        #expect(seen.contains { $0.isUnknown })
        #expect(seen.contains { $0.isExperiment } == (bounds.otherChanges > 0))
    }

    /// Killed here and started again: the log alone has to give the same state.
    private func checkRestart(from before: RolloutLane, to after: RolloutLane) throws {
        var state = before.world.state
        for record in after.world.records.dropFirst(before.world.records.count) {
            state.apply(try Record(leaf: record.leaf))
        }
        #expect(state == after.world.state)
    }

    /// All that decides what can come next, in the coarsest form that keeps it: enough or not, over or not. The kill
    /// switch decides nothing.
    struct Shape: Hashable {
        var phase: Rollout.Phase
        var step: Int
        var approvedStep: Int
        var attempt: Int64
        var hasBegun: Bool
        var hasTime: Bool
        var hasSample: Bool
        var isOverdue: Bool
        var isFrozen: Bool
        var isExperiment: Bool
        var isUnknown: Bool
        var isHarmful: Bool
        var isStableBad: Bool
        var otherChanges: Int
        var route: [String]
        var stable: [String]
        var earlier: [[String]]

        init(_ lane: RolloutLane, otherChanges: Int) {
            let rollout = lane.rollout
            let route = lane.route
            let step = rollout.plan.steps[rollout.step]
            let test = HarmedArms(lane)
            (phase, self.step, approvedStep) = (rollout.phase, rollout.step, rollout.approvedStep)
            (attempt, hasBegun) = (rollout.attempt, rollout.stepSince != nil)
            hasTime = rollout.stepSince.map { lane.now >= $0 + step.minimumTime } ?? false
            hasSample = lane.counts.events - rollout.stepEvents >= step.minimumSample
            isOverdue = lane.now >= rollout.started + rollout.plan.deadline
            isFrozen = route?.frozen ?? false
            isExperiment = lane.world.state.activeExperiment("bot", "production") != nil
            isUnknown = lane.counts.canary[0].sum.isNaN
            (isHarmful, isStableBad) = (test.isCanaryBad, test.isStableBad)
            self.otherChanges = otherChanges
            self.route = (route?.targets ?? []).map { "\($0.version) \($0.weight)" }
            stable = rollout.stable.targets.map { "\($0.version) \($0.weight)" }
            earlier = (route?.earlier ?? []).suffix(3).map { $0.targets.map { "\($0.version) \($0.weight)" } }
        }
    }

    /// The evidence as the engine sees it.
    struct HarmedArms {
        var isCanaryBad: Bool
        var isStableBad: Bool

        init(_ lane: RolloutLane) {
            let judgement = lane.judge()
            isCanaryBad = judgement.guards.contains { $0.verdict == .fail }
            let stable = lane.counts.stable[0].since(lane.rollout.startCounts.stable[0])
            isStableBad = (stable.mean ?? 0) > 0.1
        }
    }

    /// Takes a step and holds the result against every promise.
    private func next(
        _ lane: RolloutLane, _ step: Step, _ path: [Step], attempts: Int64
    ) throws -> RolloutLane {
        var next = lane
        if step != .retry || lane.rollout.attempt < attempts { take(step, &next) }
        let path = path + [step]
        if step == .abort || step == .abortedMeanwhile, !lane.phase.isOver {
            #expect(next.phase == .aborted, "\(path)")
            #expect(next.weights == weights(lane.rollout.stable), "\(path)")
        }
        if lane.phase.isOver, step != .retry { #expect(next.rollout == lane.rollout, "\(path) moved what is over") }
        if next.world.state != lane.world.state {
            #expect(next.world.records.count > lane.world.records.count, "\(path) changed what no record says")
        }
        if lane.route?.disabled != next.route?.disabled {
            #expect(step == .killSwitch || step == .switchOn, "\(path) moved the kill switch")
        }
        if step == .nanTick || step == .silentHook || step == .refusingHook {
            let isOver = lane.phase.isOver
            #expect(next.rollout.step == lane.rollout.step, "\(path) went on")
            #expect(next.phase != .completed || isOver, "\(path) went on")
        }
        try check(next, path)
        return next
    }

    private func weights(_ plan: RoutePlan) -> [String: Int64] {
        Dictionary(uniqueKeysWithValues: plan.targets.map { ($0.version, $0.weight) })
    }

    private static let refusal = HookAnswer(hook: "board", role: .veto, step: 1, verdict: .no, reply: "it answered 409")

    private func take(_ step: Step, _ lane: inout RolloutLane) {
        // Refusals are answers too; what must not happen is a change that breaks a promise.
        switch step {
        case .goodTick, .silentHook, .refusingHook:
            lane.serve(canary: (200, errors: 2), stable: (2000, errors: 20))
            let hook: HookDesk.Answer =
                step == .goodTick ? .proceed : step == .silentHook ? .wait("…") : .answered(Self.refusal)
            _ = try? lane.tick(after: 61, hook: hook)
        case .badTick:
            lane.serve(canary: (4000, errors: 2000), stable: (2000, errors: 20))
            _ = try? lane.tick(hook: .wait("…"))
        case .bothBadTick:
            lane.serve(canary: (4000, errors: 2000), stable: (40_000, errors: 20_000))
            _ = try? lane.tick()
        case .nanTick:
            lane.counts.events += 200
            lane.counts.canary[0] = lane.counts.canary[0] + Tally(count: 200, sum: .nan, squares: .nan)
            _ = try? lane.tick(after: 61)
        case .idleTick: _ = try? lane.tick(after: 61)
        case .lateTick: _ = try? lane.tick(after: 3601)
        case .pausedMeanwhile: outrun(&lane, by: .pause)
        case .abortedMeanwhile: outrun(&lane, by: .abort)
        case .abort: _ = try? lane.ask(.abort)
        case .pause: _ = try? lane.ask(.pause)
        case .resume: _ = try? lane.ask(.resume)
        case .approve: _ = try? lane.ask(.approve, by: "grace")
        case .ownApproval: _ = try? lane.ask(.approve, by: "ada")
        case .retry:
            guard lane.phase.isOver else { return }
            _ = try? lane.start(try RolloutLane.policy(Self.text), retry: true)
        default: _ = command(step, lane).map { try? lane.world.perform($0) }
        }
    }

    /// What somebody else asks of the route.
    private func command(_ step: Step, _ lane: RolloutLane) -> Command? {
        let (bot, place) = ("bot", "production")
        switch step {
        case .promote: return .promote(deployment: bot, environment: place, version: "v3", reason: nil)
        case .setByHand:
            let plan = RoutePlan(targets: [Target(version: "v3", weight: 1), Target(version: "v1", weight: 2)])
            return .setRoute(deployment: bot, environment: place, plan: plan, reason: nil)
        case .rollback:
            return .rollback(deployment: bot, environment: place, version: nil, reason: nil, decision: nil)
        case .cap:
            let decision = Decision(
                policy: "c", policyDigest: "sha256:c", mode: "enforce", action: "cap", metric: "error_rate", value: 1,
                sampleSize: 9, comparison: "above", threshold: 0.1, windowSeconds: 60, explanation: "too many")
            return .cap(deployment: bot, environment: place, version: "v2", percent: 1, decision: decision)
        case .freeze: return .freeze(deployment: bot, environment: place, reason: nil, decision: nil)
        case .unfreeze: return .unfreeze(deployment: bot, environment: place, reason: nil)
        case .killSwitch: return .disable(deployment: bot, environment: place, reason: nil)
        case .switchOn: return .enable(deployment: bot, environment: place, reason: nil)
        case .experiment:
            let start = ExperimentStart(
                deployment: bot, environment: place, design: ExperimentTests.design(),
                counts: ExperimentTests.counts([(0, 0), (0, 0)]), reason: nil)
            return .startExperiment(start, by: Actor(.person, "ada"))
        case .conclude:
            let running = lane.world.state.activeExperiment(bot, place)
            return running.map {
                .concludeExperiment(id: $0.id, version: "v2", reason: nil, ExperimentEvidence(counts: []))
            }
        default: return nil
        }
    }

    /// The engine judged, then a person was faster.
    private func outrun(_ lane: inout RolloutLane, by request: RolloutRequest) {
        lane.serve(canary: (200, errors: 2), stable: (2000, errors: 20))
        lane.world.seconds += 61
        let (judgement, record) = (lane.judge(), lane.rollout.record)
        _ = try? lane.ask(request)
        guard let action = judgement.action else { return }
        _ = try? lane.world.perform(
            .moveRollout(id: lane.id, action, record: record, counts: lane.counts), by: .daemon)
    }

    /// What must hold in every state.
    private func check(_ lane: RolloutLane, _ path: [Step]) throws {
        let rollout = lane.rollout
        let state = lane.world.state
        let active = state.rollouts.values.filter { !$0.phase.isOver }
        let experiments = state.experiments.values.filter { !$0.phase.isOver }
        #expect(active.count + experiments.count <= 1, "\(path): one plan at a time")
        #expect(rollout.approvedBy != "ada", "\(path): nobody approves what they started")
        let route = try #require(lane.route)
        let versions = Set(route.targets.map(\.version))
        #expect(versions.count == route.targets.count && versions.isSubset(of: ["v1", "v2", "v3"]), "\(path)")
        #expect(route.targets.allSatisfy { $0.weight >= 0 } && route.targets.contains { $0.weight > 0 }, "\(path)")
        let last = lane.lastRouteChange
        #expect(last.plan == route.plan, "\(path): what serves is what the last record says")
        if !rollout.phase.isOver {
            #expect(route.plan == rollout.route(atStep: rollout.step), "\(path)")
            #expect(last.rollout == rollout.id, "\(path)")
            if rollout.step >= 1 { #expect(rollout.approvedStep >= 1, "\(path): a step without its approval") }
        } else if last.rollout == rollout.id {
            let isTaken = rollout.phase == .completed
            #expect(route.plan == (isTaken ? rollout.whole : rollout.stable), "\(path): served what was aborted")
        } else if let experiment = experiments.first {
            #expect(route.plan == experiment.route && last.rollout == experiment.id, "\(path)")
        }
        let isSplit = route.targets.count { $0.weight > 0 } > 1
        if isSplit, active.isEmpty, experiments.isEmpty {
            #expect(path.contains { $0 == .setByHand || $0 == .cap }, "\(path): two versions are stable")
        }
        if path.last == .badTick, rollout.phase == .progressing || rollout.phase == .awaitingApproval {
            #expect(lane.counts.canary[0].sum.isNaN, "\(path): harm was seen and nothing happened")
        }
    }

    /// Every state has a way out that needs nobody's leave.
    private func checkExit(_ lane: RolloutLane) throws {
        guard !lane.phase.isOver else { return }
        var exit = lane
        try exit.ask(.abort)
        #expect(exit.phase == .aborted && exit.weights == weights(lane.rollout.stable), "no way out of \(lane.phase)")
    }
}

extension RolloutModelTests.Step {
    /// Changes the route from outside the rollout; more of them in a walk make more routes, and no other situations.
    fileprivate var isOtherChange: Bool {
        switch self {
        case .promote, .setByHand, .rollback, .cap, .experiment: true
        default: false
        }
    }
}

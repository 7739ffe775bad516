import Foundation
import StewardModel
import StewardPolicy
import Testing

@testable import StewardGovernance

/// Walks the interleavings of ticks, commands, approvals, aborts and retries on the real state and engine: all of them
/// up to a depth, and every state that can be reached at all, states being the same when nothing that a later move
/// looks at differs.
struct RolloutModelTests {
    enum Step: CaseIterable {
        case goodTick, badTick, bothBadTick, idleTick, lateTick, pausedMeanwhile, abortedMeanwhile, abort, pause,
            resume, approve, ownApproval, promote, rollback, freeze, unfreeze, retry
    }

    /// Longer walks: STEWARD_MODEL_DEPTH, and STEWARD_MODEL_ATTEMPTS of the same version.
    static let depth = number("STEWARD_MODEL_DEPTH") ?? 3
    static let attempts = Int64(number("STEWARD_MODEL_ATTEMPTS") ?? 2)

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
            for step in Step.allCases { try walk(try next(lane, step, path), path + [step]) }
        }
        try walk(RolloutLane(Self.text), [])
        #expect(states > 1000)
    }

    @Test(arguments: ["rollback", "freeze", "hold"])
    func everyReachableStateKeepsThePromises(onFailure: String) throws {
        let start = try RolloutLane(Self.text + "\non_failure: \(onFailure)")
        var seen: Set<Shape> = [Shape(start)]
        var queue: [(lane: RolloutLane, path: [Step])] = [(start, [])]
        var (index, longest) = (0, 0)
        while index < queue.count {
            let (lane, path) = queue[index]
            // What was walked is not needed again.
            queue[index].lane.world.records = []
            index += 1
            for step in Step.allCases {
                let following = try next(lane, step, path)
                guard seen.insert(Shape(following)).inserted else { continue }
                queue.append((following, path + [step]))
                longest = max(longest, path.count + 1)
            }
        }
        let phases = Set(seen.map(\.phase))
        print("\(onFailure): \(seen.count) states, \(seen.count * Step.allCases.count) moves, longest way \(longest)")
        let never: Set<Rollout.Phase> = onFailure == "rollback" ? [.held] : []
        #expect(phases == Set(Rollout.Phase.allCases).subtracting(never), "every phase is reached")
    }

    /// All that decides what can come next, in the coarsest form that keeps it: enough or not, over or not.
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
        var isHarmful: Bool
        var isStableBad: Bool
        var route: [String]
        var stable: [String]
        var earlier: [[String]]

        init(_ lane: RolloutLane) {
            let rollout = lane.rollout
            let route = lane.world.state.deployments["bot"]?.routes["production"]
            let step = rollout.plan.steps[rollout.step]
            let test = HarmedArms(lane)
            (phase, self.step, approvedStep) = (rollout.phase, rollout.step, rollout.approvedStep)
            (attempt, hasBegun) = (rollout.attempt, rollout.stepSince != nil)
            hasTime = rollout.stepSince.map { lane.now >= $0 + step.minimumTime } ?? false
            hasSample = lane.counts.events - rollout.stepEvents >= step.minimumSample
            isOverdue = lane.now >= rollout.started + rollout.plan.deadline
            isFrozen = route?.frozen ?? false
            (isHarmful, isStableBad) = (test.isCanaryBad, test.isStableBad)
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
    private func next(_ lane: RolloutLane, _ step: Step, _ path: [Step]) throws -> RolloutLane {
        var next = lane
        take(step, &next)
        let path = path + [step]
        if step == .abort || step == .abortedMeanwhile, !lane.phase.isOver {
            #expect(next.phase == .aborted, "\(path)")
            #expect(next.weights == weights(lane.rollout.stable), "\(path)")
        }
        if lane.phase.isOver, step != .retry { #expect(next.rollout == lane.rollout, "\(path) moved what is over") }
        try check(next, path)
        return next
    }

    private func weights(_ plan: RoutePlan) -> [String: Int64] {
        Dictionary(uniqueKeysWithValues: plan.targets.map { ($0.version, $0.weight) })
    }

    private func take(_ step: Step, _ lane: inout RolloutLane) {
        // Refusals are answers too; what must not happen is a change that breaks a promise.
        switch step {
        case .goodTick:
            lane.serve(canary: (200, errors: 2), stable: (2000, errors: 20))
            _ = try? lane.tick(after: 61)
        case .badTick:
            lane.serve(canary: (4000, errors: 2000), stable: (2000, errors: 20))
            _ = try? lane.tick()
        case .bothBadTick:
            lane.serve(canary: (4000, errors: 2000), stable: (40_000, errors: 20_000))
            _ = try? lane.tick()
        case .idleTick: _ = try? lane.tick(after: 61)
        case .lateTick: _ = try? lane.tick(after: 3601)
        case .pausedMeanwhile: outrun(&lane, by: .pause)
        case .abortedMeanwhile: outrun(&lane, by: .abort)
        case .abort: _ = try? lane.ask(.abort)
        case .pause: _ = try? lane.ask(.pause)
        case .resume: _ = try? lane.ask(.resume)
        case .approve: _ = try? lane.ask(.approve, by: "grace")
        case .ownApproval: _ = try? lane.ask(.approve, by: "ada")
        case .promote: _ = try? lane.world.promote("v3")
        case .rollback: _ = try? lane.world.rollback()
        case .freeze:
            _ = try? lane.world.perform(
                .freeze(deployment: "bot", environment: "production", reason: nil, decision: nil))
        case .unfreeze:
            _ = try? lane.world.perform(.unfreeze(deployment: "bot", environment: "production", reason: nil))
        case .retry:
            guard lane.phase.isOver, lane.rollout.attempt < Self.attempts else { return }
            _ = try? lane.start(try RolloutLane.policy(Self.text), retry: true)
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
        let active = lane.world.state.rollouts.values.filter { !$0.phase.isOver }
        #expect(active.count <= 1, "\(path)")
        #expect(rollout.approvedBy != "ada", "\(path): nobody approves what they started")
        let plan = lane.world.state.deployments["bot"]?.routes["production"]?.plan
        if !rollout.phase.isOver {
            #expect(plan == rollout.route(atStep: rollout.step))
            if rollout.step >= 1 { #expect(rollout.approvedStep >= 1, "\(path): a step without its approval") }
        } else {
            #expect(lane.weights.values.map { $0 } == [100], "\(path): one version is stable, and only one")
        }
        if path.last == .badTick, rollout.phase == .progressing || rollout.phase == .awaitingApproval {
            Issue.record("\(path): harm was seen and nothing happened")
        }
    }
}

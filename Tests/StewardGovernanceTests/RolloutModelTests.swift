import Foundation
import StewardModel
import StewardPolicy
import Testing

@testable import StewardGovernance

/// Walks every interleaving of ticks, commands, approvals and aborts up to a depth, on the real state and engine.
struct RolloutModelTests {
    enum Step: CaseIterable {
        case goodTick, badTick, idleTick, staleTick, abort, pause, resume, approve, ownApproval, promote, rollback,
            freeze
    }

    /// Longer walks: STEWARD_MODEL_DEPTH.
    static let depth = ProcessInfo.processInfo.environment["STEWARD_MODEL_DEPTH"].flatMap { Int($0) } ?? 4

    @Test func noInterleavingLosesAnAbortOrMakesTwoVersionsStable() throws {
        let text = RolloutLane.policyText.replacing("weight: 25,", with: "weight: 25, approval: true,")
        var states = 0
        func walk(_ lane: RolloutLane, _ path: [Step]) throws {
            states += 1
            try check(lane, path)
            guard path.count < Self.depth else { return }
            for step in Step.allCases {
                var next = lane
                take(step, &next)
                if step == .abort, !lane.phase.isOver {
                    #expect(next.phase == .aborted, "\(path)")
                    #expect(next.weights == ["v1": 100], "\(path)")
                }
                if lane.phase.isOver { #expect(next.rollout == lane.rollout, "\(path + [step]) moved what is over") }
                try walk(next, path + [step])
            }
        }
        try walk(RolloutLane(text), [])
        #expect(states > 1000)
    }

    private func take(_ step: Step, _ lane: inout RolloutLane) {
        // Refusals are answers too; what must not happen is a change that breaks the rules below.
        switch step {
        case .goodTick:
            lane.serve(canary: (200, errors: 2), stable: (2000, errors: 20))
            _ = try? lane.tick(after: 61)
        case .badTick:
            lane.serve(canary: (800, errors: 400), stable: (2000, errors: 20))
            _ = try? lane.tick()
        case .idleTick: _ = try? lane.tick(after: 61)
        case .staleTick:
            // The engine judged, then a person was faster.
            lane.serve(canary: (200, errors: 2), stable: (2000, errors: 20))
            lane.world.seconds += 61
            let (judgement, record) = (lane.judge(), lane.rollout.record)
            _ = try? lane.ask(.pause)
            if let action = judgement.action {
                _ = try? lane.world.perform(
                    .moveRollout(id: lane.id, action, record: record, counts: lane.counts), by: .daemon)
            }
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
        }
    }

    /// What must hold in every state.
    private func check(_ lane: RolloutLane, _ path: [Step]) throws {
        let rollout = lane.rollout
        let active = lane.world.state.rollouts.values.filter { !$0.phase.isOver }
        #expect(active.count <= 1, "\(path)")
        #expect(rollout.approvedBy != "ada", "\(path): nobody approves what they started")
        let whole = lane.weights.filter { $0.value == 100 }
        #expect(whole.count <= 1, "\(path): two versions serve everybody")
        if !rollout.phase.isOver {
            #expect(
                lane.world.state.deployments["bot"]?.routes["production"]?.plan == rollout.route(atStep: rollout.step))
            if rollout.step >= 1 { #expect(rollout.approvedStep >= 1, "\(path): a step without its approval") }
        }
        switch rollout.phase {
        case .completed: #expect(lane.world.records.contains { $0.change.action == "route.promote" }, "\(path)")
        case .rolledBack, .aborted:
            #expect(lane.world.records.contains { $0.change.action == "route.rollback" }, "\(path)")
        default: break
        }
        if path.last == .badTick, rollout.phase == .progressing || rollout.phase == .awaitingApproval {
            Issue.record("\(path): harm was seen and nothing happened")
        }
    }
}

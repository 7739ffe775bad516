import StewardModel
import StewardPolicy
import Testing

@testable import StewardGovernance

struct RolloutTests {
    @Test func aPersonsChangeOfTheRouteEndsTheRollout() throws {
        var lane = try RolloutLane()
        try lane.goodMinutes(1)
        try lane.world.rollback()
        #expect(lane.weights == ["v1": 100])
        #expect(lane.phase == .superseded)
        #expect(lane.judge().action == nil)
    }

    @Test func whatAStepPassedOnIsOnRecord() throws {
        var lane = try RolloutLane()
        while !lane.phase.isOver { try lane.goodMinutes(1) }
        let reasons = lane.world.records.compactMap { record -> String? in
            switch record.change {
            case .rolloutMoved(let move) where move.kind == .advance || move.kind == .complete: move.reason
            default: nil
            }
        }
        // The first minute of traffic is what starts the clock.
        #expect(
            reasons == [
                "step 1 of 3 passed with 400 requests: error_rate 0.01 (v1: 0.01)",
                "step 2 of 3 passed with 200 requests: error_rate 0.01 (v1: 0.01)",
                "step 3 of 3 passed with 200 requests: error_rate 0.01 (v1: 0.01)",
            ])
    }

    /// Of scores less is worse: what is held against them is turned round, in the test and on record.
    @Test(
        arguments: [
            ("below_stable: {difference: 0.05}", 0.9, 0.8, true),
            ("below_stable: {difference: 0.05}", 0.9, 0.95, false),
            ("below_stable: {ratio: 0.9}", 0.9, 0.7, true), ("below_stable: {ratio: 0.9}", 0.9, 0.9, false),
            ("below: 0.6", 0.9, 0.5, true), ("below: 0.6", 0.9, 0.9, false),
        ] as [(String, Double, Double, Bool)])
    func aScoreThatFallsIsRolledBack(limit: String, stable: Double, canary: Double, harms: Bool) throws {
        let guards = "guards:\n  - {metric: score.helpful, \(limit)}"
        let text = RolloutLane.policyText.replacing(
            "guards:\n  - {metric: error_rate, above_stable: {difference: 0.01}}", with: guards)
        var lane = try RolloutLane(text)
        let json = lane.rollout.plan.guards[0].json
        #expect(try RolloutGuard(RecordFields(json)) == lane.rollout.plan.guards[0])
        func scores(_ count: Int64, _ mean: Double) -> Tally {
            Tally(count: count, sum: Double(count) * mean, squares: Double(count) * (mean * mean + 0.01))
        }
        lane.counts.events += 600
        lane.counts.canary[0] = lane.counts.canary[0] + scores(600, canary)
        lane.counts.stable[0] = lane.counts.stable[0] + scores(6000, stable)
        try lane.tick()
        #expect((lane.phase == .rolledBack) == harms)
        #expect(lane.rollout.decision?.comparison == (harms ? "below" : nil))
    }

    @Test func aFrozenRouteIsNotAdvancedButRolledBack() throws {
        var lane = try RolloutLane()
        try lane.world.perform(.freeze(deployment: "bot", environment: "production", reason: nil, decision: nil))
        try lane.goodMinutes(4)
        #expect(lane.rollout.step == 0)
        lane.serve(canary: (600, errors: 300), stable: (4000, errors: 40))
        try lane.tick()
        #expect(lane.weights == ["v1": 100])
    }

    @Test(arguments: [("warn", Rollout.Phase.held), ("shadow", .completed)])
    func otherModesLeaveTheRouteToPeople(mode: String, phase: Rollout.Phase) throws {
        var lane = try RolloutLane(RolloutLane.policyText + "\nmode: \(mode)")
        lane.serve(canary: (400, errors: 100), stable: (4000, errors: 40))
        try lane.tick()
        #expect(lane.weights["v2"] == 5)
        #expect(lane.rollout.decision != nil)
        if mode == "warn" { #expect(lane.phase == phase) }
    }

    @Test func whatCannotBeComparedStartsNoRollout() throws {
        var lane = try RolloutLane()
        try lane.ask(.abort)
        lane.counts.stable[0].squares = .infinity
        let error = #expect(throws: StewardError.self) { try lane.start(try RolloutLane.policy()) }
        #expect(error?.code == .refused && error?.field == "policy")
    }

    @Test func oneRolloutIsUnderWayAtATime() throws {
        var lane = try RolloutLane()
        let policy = try RolloutLane.policy()
        func start(_ version: String) throws -> [Change] {
            try lane.world.state.decide(
                .startRollout(
                    RolloutStart(
                        deployment: "bot", environment: "production", version: version, policy: policy,
                        policyDigest: "sha256:p", thresholds: [nil], counts: lane.counts, isRetry: false, reason: nil),
                    by: Actor(.person, "ada"), now: lane.now))
        }
        #expect(try start("v2").isEmpty, "the same one again is the same one")
        let error = #expect(throws: StewardError.self) { try start("v3") }
        #expect(error?.code == .refused && error?.field == "version")
        try lane.ask(.abort)
        #expect(try start("v3").count == 2)
    }

    @Test func quantilesCountWhatIsBeyondAThresholdFixedAtTheStart() throws {
        let text = RolloutLane.policyText.replacing("error_rate", with: "latency_p95_seconds")
        var lane = try RolloutLane(text, thresholds: [2.5])
        lane.serve(canary: (400, errors: 18), stable: (4000, errors: 200))
        try lane.tick()
        #expect(lane.phase == .progressing, "5 % beyond the 95th percentile is as expected")
        lane.serve(canary: (400, errors: 100), stable: (4000, errors: 200))
        try lane.tick()
        #expect(lane.phase == .rolledBack)
        #expect(lane.rollout.decision?.explanation.contains("beyond 2.5") == true)
        let unknown = try RolloutLane(text, thresholds: [nil])
        #expect(unknown.judge().guards.map(\.verdict) == [.inconclusive])
    }

    @Test func theLogAloneGivesTheSameRolloutsAgain() throws {
        var lane = try RolloutLane(
            RolloutLane.policyText.replacing("weight: 25,", with: "weight: 25, approval: true,"))
        try lane.goodMinutes(3)
        try lane.ask(.approve, by: "grace")
        try lane.goodMinutes(1)
        try lane.ask(.pause)
        try lane.ask(.resume)
        lane.serve(canary: (900, errors: 400), stable: (4000, errors: 40))
        try lane.tick()
        var replayed = GovernanceState()
        for record in lane.world.records {
            let read = try Record(leaf: record.leaf)
            #expect(read == record)
            replayed.apply(read)
        }
        #expect(replayed == lane.world.state)
        #expect(lane.phase == .rolledBack)
    }
}

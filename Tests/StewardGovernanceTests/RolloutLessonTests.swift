import StewardModel
import StewardPolicy
import Testing

@testable import StewardGovernance

/// What went wrong with progressive delivery elsewhere, one test a lesson.
struct RolloutLessonTests {
    @Test func aGoodVersionPassesEveryStepAndServesEverybody() throws {
        var lane = try RolloutLane()
        #expect(lane.weights == ["v2": 5, "v1": 95])
        #expect(lane.phase == .waiting)
        try lane.goodMinutes(1)
        #expect(lane.phase == .progressing)
        try lane.goodMinutes(1)
        #expect(lane.weights == ["v2": 25, "v1": 75])
        try lane.goodMinutes(2)
        #expect(lane.phase == .completed)
        #expect(lane.weights == ["v2": 100])
        #expect(
            lane.actions == [
                "rollout.begin", "rollout.advance", "route.set", "rollout.advance", "route.set", "rollout.complete",
                "route.promote",
            ])
    }

    // flagger#1035, #883, #1689: no traffic → fails although nothing is wrong.
    @Test(arguments: [
        ("hold", Rollout.Phase.waiting), ("fail", .rolledBack), ("pass", .waiting),
    ])
    func noTrafficDoesWhatThePolicySays(onNoData: String, phase: Rollout.Phase) throws {
        var lane = try RolloutLane(RolloutLane.policyText + "\non_no_data: \(onNoData)")
        for _ in 0..<5 { try lane.tick(after: 120) }
        #expect(lane.phase == phase)
        #expect(phase == .rolledBack ? lane.weights == ["v1": 100] : lane.weights["v2"] == 5)
    }

    // flagger#1098: NaN did not halt. A value that cannot be measured is no value.
    @Test func aValueThatIsNotANumberNeverAdvances() throws {
        var lane = try RolloutLane(
            RolloutLane.policyText.replacing("error_rate", with: "cost_mean_dollars"))
        lane.counts.events += 500
        lane.counts.canary[0] = Tally(count: 1500, sum: .nan, squares: .nan)
        lane.counts.stable[0] = Tally(count: 5000, sum: .nan, squares: .nan)
        for _ in 0..<10 { try lane.tick(after: 100) }
        #expect(lane.phase == .progressing)
        #expect(lane.rollout.step == 0)
    }

    // argo-rollouts#180: a third verdict.
    @Test func tooLittleTrafficIsInconclusive() throws {
        var lane = try RolloutLane()
        lane.serve(canary: (20, errors: 1), stable: (400, errors: 4))
        try lane.tick()
        let judgement = try lane.tick(after: 600)
        #expect(judgement.guards.map(\.verdict) == [.inconclusive])
        #expect(judgement.action == nil)
        #expect(judgement.reason == "20 of 100 requests in this step.")
    }

    // flagger#1011: traffic stops midway, still advances.
    @Test(arguments: ["1m", "0s"])
    func trafficThatStopsMidwayHoldsTheStep(minimumTime: String) throws {
        var lane = try RolloutLane(
            RolloutLane.policyText.replacing("minimum_time: 1m", with: "minimum_time: \(minimumTime)"))
        try lane.goodMinutes(2)
        #expect(lane.rollout.step == 1)
        for _ in 0..<5 { try lane.tick() }
        #expect(lane.rollout.step == 1, "what was served before is no evidence of this step")
        for _ in 0..<20 { try lane.tick(after: 120) }
        #expect(lane.rollout.step == 1)
        #expect(lane.phase == .progressing)
    }

    // kayenta#377, spinnaker#5622: NaN replaced by 0 → baseline 0 against errors → "Pass".
    @Test func aZeroBaselineStillFails() throws {
        var lane = try RolloutLane()
        lane.serve(canary: (300, errors: 60), stable: (5000, errors: 0))
        try lane.tick()
        #expect(lane.phase == .rolledBack)
        #expect(lane.rollout.decision?.baselineValue == 0)
    }

    // flagger#1801: breached while waiting on a confirmation, no rollback.
    @Test(arguments: [Rollout.Phase.paused, .awaitingApproval])
    func gatesDoNotSuspendTheSafetyLoop(phase: Rollout.Phase) throws {
        var lane = try RolloutLane(
            RolloutLane.policyText.replacing("weight: 25,", with: "weight: 25, approval: true,"))
        try lane.goodMinutes(2)
        #expect(lane.phase == .awaitingApproval)
        if phase == .paused { try lane.ask(.pause) }
        #expect(lane.phase == phase)
        lane.serve(canary: (500, errors: 200), stable: (5000, errors: 50))
        try lane.tick()
        #expect(lane.phase == .rolledBack)
        #expect(lane.weights == ["v1": 100])
    }

    // flagger#1581: a metric without a template silently passes.
    @Test(arguments: ["metric: eror_rate", "metric: requests"])
    func aPolicyThatReadsNoSuchMetricIsRefusedAtLoad(metric: String) throws {
        let text = RolloutLane.policyText.replacing("metric: error_rate", with: metric)
        #expect(throws: Problems.self) { try RolloutLane.policy(text) }
    }

    // flagger#1810, #1304, #1147: cannot see the value and threshold that caused it.
    @Test func theRecordSaysValueThresholdSampleAndWindow() throws {
        var lane = try RolloutLane()
        lane.serve(canary: (400, errors: 100), stable: (4000, errors: 40))
        try lane.tick(after: 30)
        let route = try #require(lane.world.records.last { $0.change.action == "route.rollback" })
        guard case .routeChanged(let change) = route.change else { return }
        let decision = try #require(change.decision)
        #expect(decision.value == 0.25)
        #expect(decision.sampleSize == 400)
        #expect(decision.baselineValue == 0.01)
        #expect(decision.threshold == 0.02)
        #expect(decision.windowSeconds == 31)
        #expect(decision.policyDigest == "sha256:p")
        #expect(route.actor.kind == .policy)
    }

    // flagger#862, #1310, #1152, #237: stuck after a rollback.
    @Test func aRolledBackVersionIsRetriedAsANewAttempt() throws {
        var lane = try RolloutLane()
        lane.serve(canary: (400, errors: 100), stable: (4000, errors: 40))
        try lane.tick()
        let first = lane.id
        let policy = try RolloutLane.policy()
        let error = #expect(throws: StewardError.self) { try lane.start(policy) }
        #expect(error?.field == "retry")
        try lane.start(policy, retry: true)
        #expect(lane.id != first)
        #expect(lane.rollout.attempt == 2)
        try lane.goodMinutes(4)
        #expect(lane.phase == .completed, "what the first attempt did does not count against the second")
    }

    @Test func afterTheCoolDownNoRetryNeedsToBeAskedFor() throws {
        var lane = try RolloutLane()
        lane.serve(canary: (400, errors: 100), stable: (4000, errors: 40))
        try lane.tick()
        lane.world.seconds += 600
        try lane.start(try RolloutLane.policy())
        #expect(lane.rollout.attempt == 2)
    }

    // argo-rollouts#574, #1748: some want a return to a known version to skip the steps, some do not.
    @Test(arguments: [("steps", ["v2": 5, "v1": 95]), ("skip", ["v2": 100])] as [(String, [String: Int64])])
    func whetherAKnownVersionSkipsTheStepsIsAChoiceOfThePolicy(knownGood: String, weights: [String: Int64]) throws {
        var lane = try RolloutLane(serving: ["v1", "v2", "v1"])
        try lane.ask(.abort)
        try lane.start(try RolloutLane.policy(RolloutLane.policyText + "\nknown_good: \(knownGood)"))
        #expect(lane.weights == weights)
    }

    @Test func aVersionThatWasRolledBackIsNotKnownToBeGood() throws {
        var lane = try RolloutLane()
        try lane.goodMinutes(4)
        try lane.world.rollback()
        try lane.start(try RolloutLane.policy(RolloutLane.policyText + "\nknown_good: skip"))
        #expect(lane.weights["v2"] == 5)
    }

    // flagger#616: rolling back after a promotion starts a new canary.
    @Test func rollingBackToKnownGoodSkipsTheSteps() throws {
        var lane = try RolloutLane()
        try lane.goodMinutes(4)
        #expect(lane.weights == ["v2": 100])
        try lane.world.rollback()
        #expect(lane.weights == ["v1": 100], "neither a canary nor one of its steps")
        #expect(lane.world.state.activeRollout("bot", "production") == nil)
    }

    // flagger#1186: rollback is unsafe; wants a freeze instead.
    @Test func freezeBesideRollback() throws {
        var lane = try RolloutLane(RolloutLane.policyText + "\non_failure: freeze")
        lane.serve(canary: (400, errors: 100), stable: (4000, errors: 40))
        try lane.tick()
        #expect(lane.phase == .held)
        #expect(lane.weights["v2"] == 5)
        #expect(lane.world.state.deployments["bot"]?.routes["production"]?.frozen == true)
        let records = lane.world.records.count
        for _ in 0..<5 { try lane.tick() }
        #expect(lane.world.records.count == records, "said once")
        try lane.ask(.abort)
        #expect(lane.weights == ["v1": 100])
    }

    // argo-rollouts#291, #1107: analysis starts before the canary gets traffic.
    @Test func theClockStartsAtTheFirstRoutedRequest() throws {
        var lane = try RolloutLane()
        for _ in 0..<10 { try lane.tick(after: 100) }
        #expect(lane.phase == .waiting)
        try lane.ask(.pause)
        try lane.ask(.resume)
        #expect(lane.phase == .waiting, "a pause starts no clock")
        lane.serve(canary: (150, errors: 1), stable: (1000, errors: 10))
        try lane.tick()
        #expect(lane.rollout.stepSince == lane.now)
        try lane.tick(after: 30)
        #expect(lane.rollout.step == 0, "the minute of the step is not over")
        try lane.tick(after: 31)
        #expect(lane.rollout.step == 1)
    }

    // argo-rollouts#1700: analysis measured the stable pod.
    @Test func errorsOfTheStableVersionAreNotTheCanarys() throws {
        var lane = try RolloutLane()
        lane.serve(canary: (300, errors: 3), stable: (5000, errors: 2500))
        let seen = try lane.tick().guards[0]
        #expect(seen.value == 0.01 && seen.stableValue == 0.5 && seen.sampleSize == 300)
        try lane.tick(after: 61)
        #expect(lane.rollout.step == 1)
    }

    // argo-rollouts#1411: analysis failed but the rollout completed (race).
    @Test func aVerdictOnAStateThatHasChangedIsVoid() throws {
        var lane = try RolloutLane()
        try lane.goodMinutes(3)
        lane.serve(canary: (200, errors: 2), stable: (2000, errors: 20))
        lane.world.seconds += 61
        let (old, record) = (lane.judge(), lane.rollout.record)
        #expect(old.action == .complete)
        try lane.ask(.pause)
        let changes = try lane.world.perform(
            .moveRollout(id: lane.id, .complete, record: record, counts: lane.counts), by: Actor(.policy, "canary"))
        #expect(changes.isEmpty)
        #expect(lane.phase == .paused)
        // Nor does it count when the state looks the same again.
        try lane.ask(.resume)
        #expect(
            try lane.world.perform(.moveRollout(id: lane.id, .complete, record: record, counts: lane.counts)).isEmpty)
        #expect(lane.phase == .progressing)
    }

    @Test(arguments: [RolloutAction.advance(to: 1), .complete])
    func nothingGoesOnWhileAPersonIsWaitedFor(action: RolloutAction) throws {
        var lane = try RolloutLane()
        try lane.goodMinutes(1)
        try lane.ask(.pause)
        let changes = try lane.world.perform(
            .moveRollout(id: lane.id, action, record: lane.rollout.record, counts: lane.counts))
        #expect(changes.isEmpty)
        #expect(lane.weights["v2"] == 5)
    }

    @Test func verdictAndRouteChangeInOneDecision() throws {
        var lane = try RolloutLane()
        lane.serve(canary: (400, errors: 100), stable: (4000, errors: 40))
        try lane.tick()
        #expect(lane.actions == ["rollout.rollback", "route.rollback"])
    }

    // argo-rollouts#1360: finished before a delayed metric was measured.
    @Test func everyListedMetricNeedsAVerdict() throws {
        var lane = try RolloutLane(
            RolloutLane.policyText.replacing(
                "deadline:", with: "  - {metric: cost_mean_dollars, above_stable: {ratio: 2}}\ndeadline:"))
        for _ in 0..<5 {
            lane.serve(canary: (300, errors: 3), stable: (3000, errors: 30), guards: 0..<1)
            try lane.tick(after: 61)
        }
        #expect(lane.rollout.step == 0)
        #expect(try lane.tick().reason.contains("cost_mean_dollars has 0 of 100"))
        lane.counts.canary[1] = lane.counts.canary[1] + Tally(count: 1500, sum: 15, squares: 0.2)
        lane.counts.stable[1] = lane.counts.stable[1] + Tally(count: 9000, sum: 90, squares: 1.2)
        try lane.tick()
        #expect(lane.rollout.step == 1)
    }

    // argo-rollouts#1152, #4461: abort ignored in some states.
    @Test func abortWinsInEveryPhase() throws {
        for phase in Rollout.Phase.allCases where !phase.isOver {
            var lane = try RolloutLane()
            let kind: RolloutMove.Kind? =
                switch phase {
                case .waiting: nil
                case .progressing: .begin
                case .awaitingApproval: .await
                case .paused: .pause
                case .held: .hold
                case .bothBad: .bothBad
                default: nil
                }
            if let kind {
                let move = RolloutMove(
                    kind: kind, id: lane.id, deployment: "bot", environment: "production", version: "v2", step: 0)
                try lane.world.perform(.note(.rolloutMoved(move)))
            }
            #expect(lane.phase == phase)
            try lane.world.perform(.freeze(deployment: "bot", environment: "production", reason: nil, decision: nil))
            try lane.ask(.abort)
            #expect(lane.phase == .aborted)
            #expect(lane.weights == ["v1": 100], "\(phase)")
        }
    }

    // argo-rollouts#1292: abort with nothing in progress scaled stable to 0.
    @Test func abortingWhatIsOverChangesNothing() throws {
        var lane = try RolloutLane()
        try lane.ask(.abort)
        let records = lane.world.records.count
        #expect(try lane.ask(.abort).isEmpty)
        #expect(lane.world.records.count == records)
        #expect(lane.weights == ["v1": 100])
    }

    // argo-rollouts#841, #3120, #1774, #995, #1416: stuck when the stable side is bad.
    @Test func bothBadIsAStateOfItsOwnForAPersonToDecide() throws {
        var lane = try RolloutLane(
            RolloutLane.policyText.replacing("above_stable: {difference: 0.01}", with: "above: 0.05"))
        lane.serve(canary: (400, errors: 100), stable: (4000, errors: 1000))
        try lane.tick()
        #expect(lane.phase == .bothBad)
        #expect(lane.weights["v2"] == 5, "going back would help nobody")
        try lane.tick()
        #expect(lane.actions == ["rollout.both_bad", "finding.open"])
        let page = lane.world.state.openFindings.values.first?.finding
        #expect(page?.severity == .critical, "somebody is woken")
        #expect(page?.title.contains("v2 and v1 are both bad") == true)
        try lane.ask(.resume)
        try lane.tick()
        #expect(lane.phase == .bothBad, "it is still so")
        #expect(lane.world.state.openFindings.count == 1, "and nobody is woken twice")
        try lane.ask(.abort)
        #expect(lane.weights == ["v1": 100])
    }

    // argo-rollouts#3569: ten minutes of pauses took 3.7 h.
    @Test(arguments: [("rollback", Rollout.Phase.rolledBack), ("hold", .paused)])
    func theDeadlineBoundsTheWholeRolloutPausesIncluded(onDeadline: String, phase: Rollout.Phase) throws {
        var lane = try RolloutLane(RolloutLane.policyText + "\non_deadline: \(onDeadline)")
        try lane.goodMinutes(1)
        try lane.ask(.pause)
        try lane.tick(after: 3000)
        #expect(lane.phase == .paused)
        try lane.tick(after: 700)
        #expect(lane.phase == phase)
        // Whatever the clock says, harm is answered.
        guard !phase.isOver else { return }
        lane.serve(canary: (500, errors: 250), stable: (5000, errors: 50))
        try lane.tick()
        #expect(lane.phase == .rolledBack)
    }

    // argo-rollouts PR#1465: flapping.
    @Test func aWeightNeverGoesBackAndForth() throws {
        var lane = try RolloutLane()
        var seen: [Int64] = []
        for minute in 0..<60 {
            // Now better, now worse than the stable version, now more, now fewer, but never beyond the margin.
            lane.serve(
                canary: (minute % 3 == 0 ? 100 : 20, errors: minute % 6 == 0 ? 3 : 0), stable: (1000, errors: 15))
            try lane.tick(after: 31)
            seen.append(lane.weights["v2"] ?? 0)
        }
        #expect(seen == seen.sorted())
        #expect(lane.phase == .completed)
    }

    // mlflow#2169: no history of which version was production when.
    @Test func historySaysWhoServedWhenAndWhoDecidedThat() throws {
        var lane = try RolloutLane()
        try lane.goodMinutes(4)
        let history = lane.world.state.deployments["bot"]?.history ?? RecordList()
        let served = history.compactMap { record -> (Int64, String?)? in
            guard case .routeChanged(let change) = record.change else { return nil }
            return (record.time.seconds, change.plan.mainVersion)
        }
        #expect(served.map(\.1) == ["v1", "v1", "v1", "v2", "v2"])
        #expect(history.allSatisfy { !$0.actor.name.isEmpty })
    }

    // mlflow#3686, #6156, #6636: approve or reject through an interface; four eyes.
    @Test func aStepWaitsForASecondPerson() throws {
        var lane = try RolloutLane(
            RolloutLane.policyText.replacing("weight: 25,", with: "weight: 25, approval: true,"))
        try lane.goodMinutes(2)
        #expect(lane.phase == .awaitingApproval)
        try lane.goodMinutes(3)
        #expect(lane.weights["v2"] == 5)
        let error = #expect(throws: StewardError.self) { try lane.ask(.approve, by: "ada") }
        #expect(error?.code == .refused)
        try lane.ask(.approve, by: "grace")
        try lane.tick()
        #expect(lane.weights["v2"] == 25)
        #expect(lane.rollout.approvedBy == "grace")
    }
}

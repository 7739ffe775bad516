import StewardModel
import StewardPolicy
import Testing

@testable import StewardGovernance

struct JudgementTests {
    static func policies(
        mode: String = "enforce", action: String = "rollback", bound: String = "above: 0.05", onNoData: String = "hold"
    ) throws -> PolicySet {
        let text = """
            kind: rollback
            name: error-rate
            mode: \(mode)
            when:
              metric: error_rate
              window: 5m
              \(bound)
            minimum_sample: 50
            on_no_data: \(onNoData)
            cool_down: 10m
            action: \(action)
            """
        return try PolicySet.load(files: [("error-rate.yaml", text)]) { _ in "d" }.get()
    }

    /// Runs one tick with the same measurement for every watch; returns the actions taken.
    static func tick(
        _ world: inout World, _ policies: PolicySet, rate: Double?, n: Int64, at seconds: Int64, last: Verdict? = nil
    ) throws -> [String] {
        world.seconds = seconds
        let now = Timestamp(seconds: seconds)
        var actions: [String] = []
        for watch in Judgement.watches(policies, world.state, now: now) {
            let measured = Measurement(value: rate, sampleSize: n)
            let verdict = watch.entry.policy.evaluate(current: measured, previous: nil)
            for command in Judgement.commands(for: watch, verdict, last: last, world.state, now: now) {
                actions += try world.perform(command, by: Actor(.policy, "error-rate")).map(\.action)
            }
        }
        for command in Judgement.resolutions(world.state, inForce: Set(policies.names.keys)) {
            actions += try world.perform(command, by: .daemon).map(\.action)
        }
        return actions
    }

    @Test func aBadVersionIsRolledBackWithItsNumbersOnRecord() throws {
        var world = try World.bot(serving: "v1", "v2")
        let actions = try Self.tick(&world, Self.policies(), rate: 0.2, n: 60, at: 2000)
        #expect(actions == ["finding.open", "route.rollback", "finding.resolve"])
        #expect(world.live == "v1")
        let record = try #require(world.records.first { $0.change.action == "route.rollback" })
        guard case .routeChanged(let change) = record.change else { return }
        let decision = try #require(change.decision)
        #expect(decision.value == 0.2)
        #expect(decision.sampleSize == 60)
        #expect(decision.threshold == 0.05)
        #expect(decision.windowSeconds == 300)
        #expect(decision.policyDigest == "sha256:d")
        #expect(record.actor == Actor(.policy, "error-rate"))
    }

    @Test(arguments: [(0.2, 49), (nil, 0), (nil, 60), (.nan, 60), (0.05, 60), (0.0, 60)] as [(Double?, Int64)])
    func withoutEnoughEvidenceNothingHappens(rate: Double?, n: Int64) throws {
        var world = try World.bot(serving: "v1", "v2")
        #expect(try Self.tick(&world, Self.policies(), rate: rate, n: n, at: 2000) == [])
        #expect(world.live == "v2")
    }

    @Test func noDataFailsOnlyWhereThePolicySaysSo() throws {
        var world = try World.bot(serving: "v1", "v2")
        let actions = try Self.tick(&world, Self.policies(onNoData: "fail"), rate: nil, n: 0, at: 2000)
        #expect(actions.contains("route.rollback"))
    }

    @Test func theClockStartsWhenTheRouteChanged() throws {
        let world = try World.bot(serving: "v1", "v2")
        let policies = try Self.policies(bound: "above_previous: {ratio: 2}")
        let changed = try #require(world.state.deployments["bot"]?.routes["production"]?.since)
        let early = Judgement.watches(policies, world.state, now: changed + .seconds(20))
        #expect(early.map(\.from) == [changed])
        #expect(early.first?.previous?.series.version == "v1")
        #expect(early.first?.previous?.until == changed)
        let late = Judgement.watches(policies, world.state, now: changed + .seconds(2000))
        #expect(late.map(\.from) == [changed + .seconds(1700)])
    }

    /// At a half both versions serve as much; which is compared with which must not hang on their order.
    @Test func whatServedBeforeARolloutStaysTheReferenceThroughItsStepsAndAfter() throws {
        let policies = try Self.policies(bound: "above_previous: {ratio: 2}")
        var lane = try RolloutLane()
        func references() -> [String: String?] {
            let watches = Judgement.watches(policies, lane.world.state, now: lane.now)
            return Dictionary(uniqueKeysWithValues: watches.map { ($0.series.version, $0.previous?.series.version) })
        }
        var seen: [[String: Int64]] = []
        while !lane.phase.isOver {
            #expect(references() == ["v1": nil, "v2": "v1"])
            seen.append(lane.weights)
            try lane.goodMinutes(1)
        }
        #expect(seen.contains(["v2": 50, "v1": 50]))
        #expect(lane.weights == ["v2": 100])
        #expect(references() == ["v2": "v1"])
    }

    @Test func aVersionThatWasRolledBackIsNoReference() throws {
        var world = try World.bot(serving: "v1", "v2")
        _ = try Self.tick(&world, Self.policies(), rate: 0.2, n: 60, at: 2000)
        let policies = try Self.policies(bound: "above_previous: {ratio: 2}")
        let watch = try #require(Judgement.watches(policies, world.state, now: Timestamp(seconds: 2100)).first)
        #expect(watch.series.version == "v1" && watch.previous == nil)
    }

    @Test func theVersionsOwnPastEndsWhereTheWindowBegins() throws {
        let world = try World.bot(serving: "v1", "v2")
        let policies = try Self.policies(bound: "above_own: {ratio: 2, over: 1h}")
        let changed = try #require(world.state.deployments["bot"]?.routes["production"]?.since)
        let early = try #require(Judgement.watches(policies, world.state, now: changed + .seconds(400)).first)
        #expect(early.previous?.series.version == "v2")
        #expect(early.previous?.from == changed, "what it did before, elsewhere, is no evidence")
        #expect(early.previous?.until == changed + .seconds(100))
        let late = try #require(Judgement.watches(policies, world.state, now: changed + .seconds(9000)).first)
        #expect(late.previous?.from == changed + .seconds(9000 - 300 - 3600))
    }

    @Test func holdStopsTheRolloutWhereItIsAndCapTakesTheVersionDown() throws {
        var lane = try RolloutLane()
        let hold = try Self.policies(action: "hold")
        #expect(
            try Self.tick(&lane.world, hold, rate: 0.2, n: 60, at: 20_000)
                == ["finding.open", "rollout.hold", "finding.open"], "both versions are above, one is rolled out")
        #expect(lane.phase == .held)
        #expect(try Self.tick(&lane.world, hold, rate: 0.2, n: 60, at: 20_002) == [], "said once")

        var world = try World.bot(serving: "v1", "v2")
        try world.perform(.freeze(deployment: "bot", environment: "production", reason: nil, decision: nil))
        let cap = try Self.policies(action: "cap\ncap_percent: 20")
        #expect(try Self.tick(&world, cap, rate: 0.2, n: 60, at: 2000) == ["finding.open", "route.cap"])
        let targets = world.state.deployments["bot"]?.routes["production"]?.targets
        #expect(targets == [Target(version: "v2", weight: 20), Target(version: "v1", weight: 80)])
        try world.rollback()
        #expect(world.live == "v1", "what was capped is not gone back to")
        var replayed = GovernanceState()
        for record in world.records { replayed.apply(try Record(leaf: record.leaf)) }
        #expect(replayed == world.state)
    }

    @Test func findingsAuditsBudgetsAndBurnRatesAreMeasuredFromWhatIsOnRecord() async throws {
        var world = try World.bot(serving: "v1", "v2")
        let series = SeriesKey(deployment: "bot", environment: "production", version: "v2")
        func measured(_ when: String) throws -> Measurement {
            let text = "kind: rollback\nname: r\nwhen: \(when)\nminimum_sample: 1\naction: alert"
            let policies = try PolicySet.load(files: [("r.yaml", text)]) { _ in "d" }.get()
            let watch = try #require(
                Judgement.watches(policies, world.state, now: Timestamp(seconds: 90_000)).first { $0.series == series })
            let found = watch.spans.map { span in
                let isShort = span.until - span.from < .seconds(600)
                return Measurement(value: isShort ? 0.2 : 0.3, sampleSize: isShort ? 40 : 500)
            }
            return watch.measured(found[...], world.state) { $0 == "search" ? 85 : nil }.current
        }
        let drift = Detection(
            key: .init(kind: .drift, series: series, signal: "latency"), severity: .critical, title: "t",
            since: Timestamp(seconds: 1), method: "m", guarantee: "g", sampleSize: 9)
        #expect(try measured("{finding: {kind: drift}}").value == 0)
        try world.perform(
            .note(
                .findingOpened(
                    Finding(
                        id: "F1", severity: .critical, deployment: "bot", environment: "production", version: "v2",
                        title: "t", basis: .detector(drift)))))
        #expect(try measured("{finding: {kind: drift, signal: latency}}").value == 1)
        #expect(try measured("{finding: {kind: anomaly}}").value == 0)
        #expect(try measured("{finding: {lasting: 30d}}").value == 0)
        #expect(try measured("{audit: hiring}").sampleSize == 0)
        #expect(try measured("{budget: {name: search, at_least_percent: 80}}").value == 85)
        #expect(try measured("{budget: {name: other, at_least_percent: 80}}").value == nil)
        let burn = try measured(
            "{burn_rate: {metric: error_rate, objective: 0.99, factor: 14.4, window: 1h, short_window: 5m}}")
        #expect(abs((burn.value ?? 0) - 20) < 1e-9, "the lower of both windows: 0.2 of an allowed 0.01")
        #expect(burn.sampleSize == 500)
    }

    @Test func aPolicyThatIsGoneLeavesNoFindingOpen() throws {
        var world = try World.bot(serving: "v1")
        _ = try Self.tick(&world, Self.policies(), rate: 0.9, n: 500, at: 2000)
        #expect(world.state.openFindings.count == 1)
        for command in Judgement.resolutions(world.state, inForce: []) { try world.perform(command) }
        #expect(world.state.openFindings.isEmpty)
    }

    @Test func coolDownHoldsTheSecondDecisionNotTheFinding() throws {
        var world = try World.bot(serving: "v1", "v2", "v3")
        _ = try Self.tick(&world, Self.policies(), rate: 0.2, n: 60, at: 2000)
        #expect(world.live == "v2")
        let soon = try Self.tick(&world, Self.policies(), rate: 0.2, n: 60, at: 2300)
        #expect(soon == ["finding.open"])
        #expect(world.live == "v2")
        let later = try Self.tick(&world, Self.policies(), rate: 0.2, n: 60, at: 2700)
        #expect(later.first == "route.rollback")
        #expect(world.live == "v1")
    }

    @Test func withNothingToGoBackToAPersonIsToldOnce() throws {
        var world = try World.bot(serving: "v1")
        #expect(try Self.tick(&world, Self.policies(), rate: 0.9, n: 500, at: 2000) == ["finding.open"])
        #expect(try Self.tick(&world, Self.policies(), rate: 0.9, n: 500, at: 2010) == [])
        let finding = try #require(world.state.openFindings.values.first?.finding)
        #expect(finding.severity == .critical)
        #expect(finding.title.hasSuffix("There is no earlier version to go back to."))
    }

    @Test func aFreezeCannotHoldUpARollback() throws {
        var world = try World.bot(serving: "v1", "v2")
        try world.perform(.freeze(deployment: "bot", environment: "production", reason: nil, decision: nil))
        #expect(try Self.tick(&world, Self.policies(), rate: 0.2, n: 60, at: 2000).contains("route.rollback"))
        #expect(world.live == "v1")
    }

    @Test(arguments: [
        ("warn", "rollback", ["finding.open"]), ("shadow", "rollback", ["policy.decision"]),
        ("enforce", "alert", ["finding.open"]), ("enforce", "freeze", ["finding.open", "route.freeze"]),
    ])
    func modesAndActions(mode: String, action: String, expected: [String]) throws {
        var world = try World.bot(serving: "v1", "v2")
        let policies = try Self.policies(mode: mode, action: action)
        #expect(try Self.tick(&world, policies, rate: 0.2, n: 60, at: 2000) == expected)
        #expect(world.live == "v2")
        #expect(try Self.tick(&world, policies, rate: 0.2, n: 60, at: 2002, last: .fail) == [])
    }

    @Test func findingsCloseWhenTheValueIsGoodAgain() throws {
        var world = try World.bot(serving: "v1", "v2")
        let policies = try Self.policies(mode: "warn")
        _ = try Self.tick(&world, policies, rate: 0.2, n: 60, at: 2000)
        #expect(try Self.tick(&world, policies, rate: nil, n: 0, at: 2010) == [], "no data is no recovery")
        #expect(try Self.tick(&world, policies, rate: 0.01, n: 60, at: 2020) == ["finding.resolve"])
        #expect(world.state.openFindings.isEmpty)
        #expect(world.state.resolvedFindings.first?.resolved != nil)
    }

    @Test func aJudgementOfARouteThatChangedIsVoid() throws {
        var world = try World.bot(serving: "v1", "v2")
        let now = Timestamp(seconds: 2000)
        let watch = try #require(Judgement.watches(try Self.policies(), world.state, now: now).first)
        try world.promote("v3")
        let verdict = watch.entry.policy.evaluate(current: Measurement(value: 0.9, sampleSize: 99), previous: nil)
        #expect(Judgement.commands(for: watch, verdict, last: nil, world.state, now: now).isEmpty)
    }

    @Test func everyWeightedTargetIsWatched() throws {
        var world = try World.bot(serving: "v1")
        try world.perform(
            .setRoute(
                deployment: "bot", environment: "production",
                plan: RoutePlan(targets: [
                    Target(version: "v2", weight: 5), Target(version: "v1", weight: 95),
                    Target(version: "v3", weight: 0),
                ]), reason: nil))
        let watches = Judgement.watches(try Self.policies(), world.state, now: Timestamp(seconds: 2000))
        #expect(watches.map(\.series.version) == ["v2", "v1"])
    }
}

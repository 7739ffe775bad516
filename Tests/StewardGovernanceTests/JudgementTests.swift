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
        for command in Judgement.resolutions(world.state) {
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
        let changed = try #require(world.state.deployments["bot"]?.routes["production"]?.since)
        let early = Judgement.watches(try Self.policies(), world.state, now: changed + .seconds(20))
        #expect(early.map(\.from) == [changed])
        #expect(early.first?.previous?.series.version == "v1")
        #expect(early.first?.previous?.until == changed)
        let late = Judgement.watches(try Self.policies(), world.state, now: changed + .seconds(2000))
        #expect(late.map(\.from) == [changed + .seconds(1700)])
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

import StewardModel
import Testing

@testable import StewardGovernance

struct FindingCycleTests {
    private static let series = SeriesKey(deployment: "bot", version: "v2")

    private static func detection(_ signal: String = "latency_p95_seconds") -> Detection {
        var detection = Detection(
            key: .init(kind: .anomaly, series: series, signal: signal), severity: .critical, title: "slow",
            since: Timestamp(seconds: 900), method: "cusum", guarantee: "one a month", sampleSize: 412)
        detection.before = .init(value: 1, lower: 0.9, upper: 1.1)
        detection.after = .init(value: 3, lower: 2.9, upper: 3.1)
        (detection.expectedLower, detection.expectedUpper) = (0.8, 1.2)
        detection.pValue = 0.001
        detection.effect = 0.3
        detection.baseline = Baseline(
            kind: .pinned, name: "march", number: 2, series: SeriesKey(deployment: "bot", version: "v1"),
            from: Timestamp(seconds: 1), until: Timestamp(seconds: 2))
        return detection
    }

    private static func step(
        _ world: inout World, _ stated: [Detection], reasons: [Detection.Key: String] = [:], watched: Bool = true
    ) throws {
        let commands = FindingCycle.commands(stated: stated, resolutions: reasons, world.state) { _ in watched }
        for command in commands { try world.perform(command, by: Actor(.system, "watch")) }
    }

    @Test func isOpenedOnceBecomesOngoingAndIsResolvedWithAReason() throws {
        var world = try World.bot(serving: "v1", "v2")
        try Self.step(&world, [Self.detection()])
        try Self.step(&world, [Self.detection()])
        #expect(world.records.filter { $0.change.action == "finding.open" }.count == 1)
        let open = try #require(world.state.openFindings.values.first)
        #expect(open.finding.kind == "anomaly")
        #expect(open.status(now: open.opened + .minutes(9)) == .open)
        #expect(open.status(now: open.opened + .minutes(10)) == .ongoing)
        #expect(world.state.openFindings(about: Self.series, kind: "anomaly", signal: "latency_p95_seconds").count == 1)
        #expect(world.state.openFindings(about: Self.series, kind: "drift").isEmpty)

        try Self.step(&world, [], reasons: [Self.detection().key: "back to 1.1 s"])
        let resolved = try #require(world.state.resolvedFindings.first)
        #expect(resolved.resolution == "back to 1.1 s")
        #expect(resolved.status(now: open.opened) == .resolved)
        try Self.step(&world, [Self.detection()])
        #expect(world.state.openFindings.count == 1 && world.state.openFindings[open.finding.id] == nil)
        try Self.step(&world, [Self.detection()], watched: false)
        #expect(world.state.openFindings.isEmpty)
    }

    /// What the log says is the detection to the last number.
    @Test func survivesARestart() throws {
        var world = try World.bot(serving: "v1", "v2")
        try Self.step(&world, [Self.detection(), Self.detection("cost_mean_dollars")])
        var replayed = GovernanceState()
        for record in world.records { replayed.apply(try Record(leaf: record.leaf)) }
        #expect(replayed == world.state)
        #expect(
            FindingCycle.commands(
                stated: [Self.detection(), Self.detection("cost_mean_dollars")], resolutions: [:], replayed
            ) { _ in true }.isEmpty)
    }

    @Test func theVersionARouteCameFromBecomesTheBaselineAndAPinnedOneStays() throws {
        var world = try World.bot(serving: "v1")
        let key = GovernanceState.EnvironmentKey(deployment: "bot", environment: "production")
        #expect(world.state.dueBaselines.isEmpty)
        func settle() throws {
            for change in world.state.dueBaselines { try world.perform(.note(change), by: .daemon) }
            #expect(world.state.dueBaselines.isEmpty)
        }
        func canary(_ weight: Int64) throws {
            try world.perform(
                .setRoute(
                    deployment: "bot", environment: "production",
                    plan: RoutePlan(
                        targets: [Target(version: "v2", weight: 100 - weight), Target(version: "v3", weight: weight)]),
                    reason: nil))
        }
        try world.promote("v2")
        try settle()
        var baseline = try #require(world.state.baseline(key)?.baseline)
        #expect(baseline.label == "previous_version #1 (v1)")
        #expect(baseline.until == world.state.deployments["bot"]?.routes["production"]?.since)
        // A canary is compared with what it is to replace; more weight begins no new comparison.
        try canary(5)
        try settle()
        baseline = try #require(world.state.baseline(key)?.baseline)
        #expect(baseline.label == "previous_version #2 (v2)")
        try canary(50)
        try settle()
        #expect(world.state.baseline(key)?.baseline == baseline)

        try world.perform(
            .pinBaseline(
                deployment: "bot", environment: "production", name: "march", version: "v1",
                from: Timestamp(seconds: 10), until: Timestamp(seconds: 20)))
        try world.promote("v3")
        try settle()
        #expect(world.state.baseline(key)?.baseline.name == "march")
        try world.perform(.dropBaseline(deployment: "bot", environment: "production"))
        #expect(world.state.baseline(key) == nil)
        try settle()
        let next = try #require(world.state.baseline(key)?.baseline)
        #expect(next.number > baseline.number + 1 && next.kind == .previousVersion)

        let weekly = Command.followLastWeek(
            deployment: "bot", environment: "production", name: "weekly", now: Timestamp(seconds: 700_000))
        try world.perform(weekly)
        let lastWeek = try #require(world.state.baseline(key)?.baseline)
        #expect(lastWeek.label == "weekly #\(next.number + 1)" && lastWeek.kind == .sameHoursLastWeek)
        #expect(lastWeek.from == Timestamp(seconds: 700_000 - 7 * 86_400))
        #expect(try world.state.decide(weekly).isEmpty)
        try world.promote("v1")
        try settle()
        #expect(world.state.baseline(key)?.baseline == lastWeek)
        #expect(throws: StewardError.self) {
            try world.state.decide(
                .pinBaseline(
                    deployment: "bot", environment: "production", name: "x", version: "v1",
                    from: Timestamp(seconds: 20), until: Timestamp(seconds: 20)))
        }
    }
}

import StewardModel
import StewardPolicy
import Testing

@testable import StewardGovernance

struct LifecycleTests {
    static func policies(_ more: String = "at_end: freeze") throws -> PolicySet {
        let text = "kind: lifecycle\nname: ages\nwarn_before: 10d\n\(more)"
        return try PolicySet.load(files: [("l.yaml", text)]) { _ in "d" }.get()
    }

    static let day: Int64 = 86_400

    /// What is done at a time, by the names of the records.
    static func tick(_ world: inout World, _ policies: PolicySet, atDay day: Int64) throws -> [String] {
        var actions: [String] = []
        for (policy, commands) in Lifecycle.commands(policies, world.state, now: Timestamp(seconds: day * Self.day)) {
            for command in commands {
                actions += try world.perform(command, by: Actor(.policy, policy)).map(\.action)
            }
        }
        return actions
    }

    private static func deprecate(_ world: inout World, from: Int64, until: Int64?) throws {
        try world.perform(
            .noteVersion(
                .deprecation(
                    .init(
                        deprecated: Timestamp(seconds: from * day),
                        endOfLife: until.map { Timestamp(seconds: $0 * day) }, successor: "v2")),
                deployment: "bot", version: "v1"))
    }

    @Test func aServingVersionIsAFindingBeforeItsEndAndACriticalOneAtIt() throws {
        var world = try World.bot(serving: "v1")
        let policies = try Self.policies()
        #expect(try Self.tick(&world, policies, atDay: 1) == [])
        try Self.deprecate(&world, from: 50, until: 60)
        #expect(try Self.tick(&world, policies, atDay: 49) == [])
        #expect(try Self.tick(&world, policies, atDay: 50) == ["finding.open"])
        #expect(world.state.openFindings.values.first?.finding.severity == .warning)
        #expect(try Self.tick(&world, policies, atDay: 51) == [], "said once")
        #expect(try Self.tick(&world, policies, atDay: 60) == ["finding.resolve", "finding.open", "route.freeze"])
        let finding = try #require(world.state.openFindings.values.first?.finding)
        #expect(finding.severity == .critical)
        #expect(finding.title.hasSuffix("end of life at 1970-03-02T00:00:00Z; v2 is to follow it."))
        #expect(try Self.tick(&world, policies, atDay: 61) == [])
        try world.perform(.unfreeze(deployment: "bot", environment: "production", reason: nil))
        try world.promote("v2")
        for command in Judgement.resolutions(world.state, inForce: ["ages"]) { try world.perform(command) }
        #expect(world.state.openFindings.isEmpty, "it serves no longer")
    }

    @Test func warnFreezesNothingAndATakenBackDateResolves() throws {
        var world = try World.bot(serving: "v1")
        let policies = try Self.policies("at_end: freeze\nmode: warn")
        try Self.deprecate(&world, from: 1, until: 2)
        #expect(try Self.tick(&world, policies, atDay: 3) == ["finding.open"])
        try Self.deprecate(&world, from: 100, until: nil)
        #expect(try Self.tick(&world, policies, atDay: 4) == ["finding.resolve"])
    }

    @Test func aVersionThatDoesNotServeIsNobodysConcern() throws {
        var world = try World.bot(serving: "v2")
        try Self.deprecate(&world, from: 1, until: 2)
        #expect(try Self.tick(&world, Self.policies(), atDay: 3) == [])
    }

    @Test func shadowIsRefused() {
        #expect(throws: Problems.self) { try Self.policies("mode: shadow") }
    }
}

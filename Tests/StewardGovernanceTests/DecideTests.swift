import StewardModel
import Testing

@testable import StewardGovernance

/// A state built by commands, with a clock that counts seconds.
struct World {
    var state = GovernanceState()
    var records: [Record] = []
    var seconds: Int64 = 1000

    @discardableResult
    mutating func perform(_ command: Command, by actor: Actor = Actor(.person, "ada")) throws -> [Change] {
        let changes = try state.decide(command)
        for change in changes {
            seconds += 1
            let record = Record(sequence: state.size, time: Timestamp(seconds: seconds), actor: actor, change: change)
            state.apply(record)
            records.append(record)
        }
        return changes
    }

    static func bot(serving versions: String...) throws -> World {
        var world = World()
        for name in Set(versions).union(["v1", "v2", "v3"]).sorted() {
            try world.perform(.registerVersion(deployment: "bot", name: name, digest: "sha256:\(name)"))
        }
        for version in versions { try world.promote(version) }
        return world
    }

    mutating func promote(_ version: String) throws {
        try perform(.promote(deployment: "bot", environment: "production", version: version, reason: nil))
    }

    @discardableResult
    mutating func rollback(to version: String? = nil) throws -> [Change] {
        try perform(
            .rollback(deployment: "bot", environment: "production", version: version, reason: nil, decision: nil))
    }

    var live: String? { state.deployments["bot"]?.routes["production"]?.targets.first?.version }
}

struct DecideTests {
    @Test func theSameSpecIsTheSameVersionAndANameIsNeverReused() throws {
        var world = World()
        let first = try world.perform(.registerVersion(deployment: "bot", name: "v1", digest: "sha256:aa"))
        #expect(first.map(\.action) == ["deployment.create", "version.register"])
        #expect(try world.perform(.registerVersion(deployment: "bot", name: "v9", digest: "sha256:aa")).isEmpty)
        let error = #expect(throws: StewardError.self) {
            _ = try world.state.decide(.registerVersion(deployment: "bot", name: "v1", digest: "sha256:bb"))
        }
        #expect(error?.code == .conflict)
        #expect(error?.field == "name")
        try world.perform(.registerVersion(deployment: "bot", name: nil, digest: "sha256:0123456789abcdef"))
        #expect(world.state.deployments["bot"]?.versions.map(\.name) == ["v1", "0123456789ab"])
    }

    @Test func rollbackGoesBackThroughWhatServedAndNeverToWhatWasRolledBack() throws {
        var world = try World.bot(serving: "v1", "v2", "v3")
        try world.rollback()
        #expect(world.live == "v2")
        try world.rollback()
        #expect(world.live == "v1")
        let error = #expect(throws: StewardError.self) { try world.rollback() }
        #expect(error?.code == .refused)
        try world.promote("v3")
        try world.rollback(to: "v2")
        #expect(world.live == "v2")
        try world.rollback()
        #expect(world.live == "v1", "a rollback to something else keeps the way back")
    }

    @Test func promotingWhatServesChangesNothing() throws {
        var world = try World.bot(serving: "v1")
        let changes = try world.perform(
            .promote(deployment: "bot", environment: "production", version: "v1", reason: "again"))
        #expect(changes.isEmpty)
    }

    @Test func afterARollbackTheSameVersionCanBeTriedAgain() throws {
        var world = try World.bot(serving: "v1", "v2")
        try world.rollback()
        try world.promote("v2")
        #expect(world.live == "v2")
        try world.rollback()
        #expect(world.live == "v1")
    }

    @Test func frozenTakesNoPromotionButEveryRollback() throws {
        var world = try World.bot(serving: "v1", "v2")
        try world.perform(.freeze(deployment: "bot", environment: "production", reason: "incident", decision: nil))
        for command in [
            Command.promote(deployment: "bot", environment: "production", version: "v3", reason: nil),
            .setRoute(
                deployment: "bot", environment: "production", plan: RoutePlan(only: "v3"), reason: nil),
        ] {
            let error = #expect(throws: StewardError.self) { _ = try world.state.decide(command) }
            #expect(error?.code == .refused)
        }
        try world.rollback()
        #expect(world.live == "v1")
        try world.perform(.unfreeze(deployment: "bot", environment: "production", reason: nil))
        try world.promote("v3")
        #expect(world.live == "v3")
    }

    @Test(
        arguments: [
            ([("v1", 0)], "targets"), ([], "targets"), ([("v9", 1)], "targets[0].version"),
            ([("v1", 1), ("v1", 2)], "targets[1].version"), ([("v1", -1)], "targets[0].weight"),
            ([("v1", 1_000_001)], "targets[0].weight"),
        ] as [([(String, Int64)], String)])
    func badRoutesNameTheField(targets: [(String, Int64)], field: String) throws {
        let world = try World.bot(serving: "v1")
        let error = #expect(throws: StewardError.self) {
            _ = try world.state.decide(
                .setRoute(
                    deployment: "bot", environment: "production",
                    plan: RoutePlan(targets: targets.map { Target(version: $0.0, weight: $0.1) }), reason: nil))
        }
        #expect(error?.field == field)
    }

    @Test func unknownThingsAreNotFound() throws {
        let world = try World.bot(serving: "v1")
        for command in [
            Command.promote(deployment: "nobody", environment: "production", version: "v1", reason: nil),
            .promote(deployment: "bot", environment: "production", version: "v99", reason: nil),
            .rollback(deployment: "bot", environment: "staging", version: nil, reason: nil, decision: nil),
            .revokeToken(id: "x"),
        ] {
            let error = #expect(throws: StewardError.self) { _ = try world.state.decide(command) }
            #expect(error?.code == .notFound)
        }
    }

    @Test func tokensWorkUntilTheyAreRevokedOrExpire() throws {
        var world = World()
        let made = Token.make(
            name: "ci", roles: [.ingest], expires: Timestamp(seconds: 2000), random: Array(0..<32))
        try world.perform(.createToken(made.token))
        let hash = Token.hash(ofSecret: made.secret)
        #expect(world.state.token(hash: hash, now: Timestamp(seconds: 1999))?.name == "ci")
        #expect(world.state.token(hash: hash, now: Timestamp(seconds: 2000)) == nil)
        #expect(world.state.token(hash: Token.hash(ofSecret: made.secret + "x"), now: Timestamp(seconds: 1)) == nil)
        try world.perform(.revokeToken(id: made.token.id))
        #expect(world.state.token(hash: hash, now: Timestamp(seconds: 1)) == nil)
    }

    /// The state is the sum of its records: read back from their leaves they give the same state again.
    @Test func replayingTheLeavesGivesTheSameState() throws {
        var world = try World.bot(serving: "v1", "v2")
        try world.perform(.loadPolicies(digest: "sha256:p", policies: ["error-rate": "sha256:q"]))
        let decision = Decision(
            policy: "error-rate", policyDigest: "sha256:q", mode: "enforce", action: "rollback", metric: "error_rate",
            value: 0.21, sampleSize: 120, comparison: "above", threshold: 0.05, baselineVersion: "v1",
            baselineValue: nil, windowSeconds: 300, explanation: "error_rate is 0.21 \u{1F525}")
        let finding = Finding(
            id: "F1", severity: .critical, deployment: "bot", environment: "production", version: "v2",
            title: "too many errors", basis: .policy(decision))
        try world.perform(.note(.findingOpened(finding)), by: Actor(.policy, "error-rate"))
        try world.perform(
            .rollback(
                deployment: "bot", environment: "production", version: nil, reason: "error_rate", decision: decision),
            by: Actor(.policy, "error-rate"))
        try world.perform(.note(.findingResolved(id: "F1", reason: "v2 no longer serves.")), by: .daemon)
        try world.perform(.freeze(deployment: "bot", environment: "production", reason: nil, decision: decision))
        try world.perform(.unfreeze(deployment: "bot", environment: "production", reason: "calm"))
        try world.perform(
            .note(.policyDecided(deployment: "bot", environment: "production", version: "v1", decision: decision)))
        try world.perform(
            .createToken(
                Token.make(
                    name: "x", roles: [.viewer, .auditor], deployment: "bot", expires: Timestamp(seconds: 9),
                    random: [1]
                ).token))
        try world.perform(.note(.daemonStarted(version: "0.1.0")), by: .daemon)

        var replayed = GovernanceState()
        for record in world.records {
            let read = try Record(leaf: record.leaf)
            #expect(read == record)
            #expect(read.leaf == record.leaf)
            replayed.apply(read)
        }
        #expect(replayed == world.state)
        #expect(Set(world.records.map(\.change.action)).count >= 11)
    }

    @Test(arguments: [
        "{}", "[]", #"{"v":2,"seq":0}"#, #"{"v":1,"seq":0,"time":"x","action":"a","actor":{},"data":{}}"#,
        #"{"v":1,"seq":0,"time":"2026-03-03T14:03:00Z","action":"no","actor":{"kind":"person","name":"a"},"data":{}}"#,
    ])
    func leavesThatAreNoRecordsAreRefused(leaf: String) {
        #expect(throws: StewardError.self) { _ = try Record(leaf: Array(leaf.utf8)) }
    }
}

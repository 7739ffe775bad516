import ArgumentParser
import StewardModel
import Testing

@testable import StewardCommands

@Suite struct ArgumentTests {
    private func parse<Verb: ParsableCommand>(_ line: String, as verb: Verb.Type) throws -> Verb {
        let command = try StewardCommand.parseAsRoot(line.split(separator: " ").map(String.init))
        return try #require(command as? Verb, "\(line) is \(type(of: command))")
    }

    @Test func readsCommonOptions() throws {
        let verb = try parse("status --url http://a --token t --output json", as: Status.self)
        #expect(verb.options.url == "http://a")
        #expect(verb.options.token == "t")
        #expect(verb.options.outputOptions.output == .json)
        let plain = try parse("status", as: Status.self)
        #expect(plain.options.url == nil)
        #expect(plain.options.outputOptions.output == .table)
    }

    @Test func readsLookingVerbs() throws {
        let tail = try parse("tail -d bot --errors --since 5m -n 3 --once", as: Tail.self)
        #expect(tail.deployment == "bot" && tail.errors && tail.since == "5m" && tail.lines == 3 && tail.once)
        let costs = try parse("costs --group-by team,model --since 7d --until 1d --csv", as: Costs.self)
        #expect(costs.groupBy == "team,model" && costs.since == "7d" && costs.until == "1d" && costs.csv)
        #expect(try parse("findings --status all", as: Findings.self).status == .all)
        #expect(try parse("deployments bot --since 1h", as: Deployments.self).since == "1h")
    }

    @Test func readsGoverningVerbs() throws {
        let promote = try parse("promote bot v7 --environment staging --reason good", as: Promote.self)
        #expect(promote.deployment == "bot" && promote.version == "v7")
        #expect(promote.environmentOption.environment == "staging" && promote.reasonOption.reason == "good")
        #expect(try parse("promote bot v7", as: Promote.self).environmentOption.environment == "production")
        #expect(try parse("rollback bot --to v5", as: Rollback.self).to == "v5")
        #expect(try parse("freeze bot", as: Freeze.self).route.deployment == "bot")
        #expect(
            try parse("unfreeze bot -e staging", as: Unfreeze.self).route.environmentOption.environment == "staging")
        #expect(try parse("register bot --spec v.yaml --name v2", as: Register.self).name == "v2")
        #expect(try parse("versions bot v7", as: Versions.self).version == "v7")
        #expect(try parse("history bot", as: History.self).deployment == "bot")
        #expect(try parse("describe bot v7 --risk-class high", as: Describe.self).riskClass == "high")
        let attach = try parse("attach bot v7 weekly --score 0.9 --sample-size 40", as: Attach.self)
        #expect(attach.target.version == "v7" && attach.name == "weekly" && attach.sampleSize == 40)
        #expect(try parse("deprecate bot v5 --successor v7", as: Deprecate.self).successor == "v7")
        #expect(try parse("disable bot", as: Disable.self).route.deployment == "bot")
        #expect(try parse("enable bot -e staging", as: Enable.self).route.environmentOption.environment == "staging")
    }

    @Test func aRouteIsShownUnlessItIsSet() throws {
        #expect(try parse("route bot", as: RouteCommand.Show.self).deployment == "bot")
        #expect(try parse("route show set", as: RouteCommand.Show.self).deployment == "set")
        let set = try parse("route set bot v1=90 a=b=10", as: RouteCommand.Set.self)
        #expect(set.targets.map(\.version) == ["v1", "a=b"])
        #expect(set.targets.map(\.weight) == [90, 10])
        #expect(try parse("route set bot --file r.yaml", as: RouteCommand.Set.self).file == "r.yaml")
        #expect(throws: (any Error).self) { try parse("route set bot", as: RouteCommand.Set.self) }
    }

    @Test func readsAuditPolicyAndTokenVerbs() throws {
        #expect(try parse("audit export out", as: AuditExport.self).folder == "out")
        #expect(try parse("audit verify out --key k.pub", as: AuditVerify.self).key == "k.pub")
        #expect(try parse("audit proof 57 --file p", as: AuditProof.self).sequence == 57)
        #expect(try parse("audit records --after 3 --limit 5", as: AuditRecords.self).after == 3)
        #expect(try parse("policy check a b/", as: PolicyCheck.self).paths == ["a", "b/"])
        #expect(try parse("policy list", as: PolicyList.self).options.url == nil)
        let create = try parse("token create --name n --role viewer,ingest --expires 90d", as: TokenCreate.self)
        #expect(create.role.roles == [.viewer, .ingest] && create.expires == "90d" && create.data == nil)
        #expect(try parse("token revoke t1", as: TokenRevoke.self).id == "t1")
        #expect(try parse("token list", as: TokenList.self).options.token == nil)
    }

    @Test func readsImport() throws {
        let plain = try parse("import a.csv b.csv --map m.yaml", as: Import.self)
        #expect(plain.files == ["a.csv", "b.csv"] && plain.map == "m.yaml" && plain.batch == 500 && !plain.restart)
        let full = try parse(
            "import a.csv --map m.yaml --batch 9 --restart --rejects r --resume-file s --gzip", as: Import.self)
        #expect(full.batch == 9 && full.restart && full.rejects == "r" && full.resumeFile == "s" && full.gzip)
    }

    @Test(arguments: [
        "route set bot", "route set bot v1", "route set bot v1=-1", "route set bot =1", "route set bot v1=1 v1=2",
        "route set bot v1=0", "token create --name n --role king", "token create --name n --role viewer,viewer",
        "token create --name n --role ,", "token create --name n --role admin --data d --expires 1d",
        "audit proof -1", "audit proof x", "tail --lines 1001", "import a.csv", "import --map m.yaml",
        "import a.csv --map m --batch 0", "import a b --map m --resume-file s", "findings --status closed",
    ]) func refusesWrongUsage(line: String) {
        #expect(throws: (any Error).self) {
            _ = try StewardCommand.parseAsRoot(line.split(separator: " ").map(String.init))
        }
    }

    private static func all(_ command: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
        let configuration = command.configuration
        let children = configuration.subcommands + configuration.groupedSubcommands.flatMap(\.subcommands)
        return [command]
            + Set(children.map { ObjectIdentifier($0) }).compactMap { id in
                children.first { ObjectIdentifier($0) == id }
            }.flatMap(all)
    }

    /// Help is wrapped at 80 columns, which must not tear an example apart.
    @Test func everyVerbExplainsItselfWithAnExampleThatFits() {
        let verbs = Self.all(StewardCommand.self)
        #expect(verbs.count > 20)
        for verb in verbs {
            let configuration = verb.configuration
            #expect(configuration.abstract.hasSuffix("."), "\(verb)")
            let isNoun = !configuration.subcommands.isEmpty || !configuration.groupedSubcommands.isEmpty
            let examples = configuration.discussion.split(separator: "\n").filter { $0.hasPrefix("  ") }
            #expect(isNoun || !examples.isEmpty, "\(verb) has no example")
            #expect(examples.allSatisfy { $0.count <= 80 }, "\(verb) has a long example")
        }
    }
}

@Suite struct InstantTests {
    private let now = Timestamp(rfc3339: "2026-03-03T14:00:00Z") ?? .earliest

    @Test(arguments: [
        ("15m", "2026-03-03T13:45:00Z"), ("7d", "2026-02-24T14:00:00Z"),
        ("2026-01-01T00:00:00+01:00", "2025-12-31T23:00:00Z"),
    ]) func countsBack(text: String, time: String) throws {
        #expect(try Instant.before(now, text, field: "--since").rfc3339 == time)
    }

    @Test func countsOn() throws {
        #expect(try Instant.after(now, "24h", field: "--expires").rfc3339 == "2026-03-04T14:00:00Z")
    }

    @Test(arguments: ["", "7", "d", "7y", "-7d", "yesterday", "2026-01-01"]) func refusesOther(text: String) {
        let error = #expect(throws: StewardError.self) { try Instant.before(now, text, field: "--since") }
        #expect(error?.code == .invalidInput)
        #expect(error?.field == "--since")
    }
}

import Foundation
import StewardJSON
import Testing

/// Versions and routes, as somebody uses them who has read nothing but the names of the calls.
@Suite struct RegistryTests {
    private static let bot = "/v1/deployments/support-bot"

    private func put(_ daemon: Daemon, _ path: String, _ body: String) async throws -> Client.Answer {
        try await daemon.client.send(
            "PUT", path, body: Array(body.utf8), headers: ["Content-Type": "application/json"])
    }

    @Test func aSpecIsNamedByItsContentHoweverItIsWritten() async throws {
        try await Daemon.run { daemon in
            let versions = "\(Self.bot)/versions"
            let first = try await daemon.client.posted(
                versions, #"{"name":"v1","spec":{"provider":"openai","model":"m","parameters":{"n":1,"t":0.2}}}"#,
                status: 201)
            for same in [
                #"{"spec" : {"parameters":{"t":2e-1,"n":1.0}, "model":"m","provider":"openai"}}"#,
                #"{"name":"other","spec":{"provider":"openai","model":"m","parameters":{"n":1,"t":0.20}}}"#,
                // The recipe itself, with its name beside it.
                #"{"provider":"openai","model":"m","parameters":{"n":1,"t":0.2}}"#,
                #"{"version":"v9","model":"m","provider":"openai","parameters":{"t":0.2,"n":1}}"#,
            ] {
                let again = try await daemon.client.posted(versions, same, status: 200)
                #expect(again["digest"] == first["digest"] && again["version"] == "v1", "\(same)")
            }
            let other = try await daemon.client.posted(
                versions, #"{"version":"v2","provider":"openai","model":"m2"}"#, status: 201)
            #expect(other["version"] == "v2")
            #expect(other["spec"] == ["model": "m2", "provider": "openai"])
            let taken = try await daemon.client.post(
                versions, #"{"name":"v1","spec":{"provider":"openai","model":"m3"}}"#)
            #expect(taken.status == 409)
            let both = try await daemon.client.post(
                versions, #"{"spec":{"provider":"openai","model":"m"},"model":"m"}"#)
            #expect(try both.status == 400 && both.json()["field"] == "model")

            // The digest names it wherever its name does.
            let digest = try #require(other["digest"]?.string)
            #expect(try await daemon.client.json("\(versions)/\(digest)")["version"] == "v2")
            let promoted = try await daemon.client.posted(
                "\(Self.bot)/promote", #"{"version":"\#(digest)"}"#, status: 200)
            #expect(promoted["version"] == "v2")
            let set = try await put(
                daemon, "\(Self.bot)/routes/production",
                #"{"targets":[{"version":"\#(digest)","weight":1},{"version":"v1","weight":9}]}"#)
            #expect(try set.json()["targets"]?.array?.first?["version"] == "v2")
        }
    }

    @Test(arguments: [
        (#""api_key":"abc123""#, "spec.api_key"),
        (#""headers":{"Authorization":"Bearer x"}"#, "spec.headers.Authorization"),
        (#""tools":[{"note":"sk-proj-abcdefghijklmnopqrstuvwxyz012345"}]"#, "spec.tools[0].note"),
        (#""api_key":"$KEY","headers":{"authorization":"Bearer ${KEY}"},"prompt":"Ask for no password""#, nil),
        (#""tools":[{"parameters":{"properties":{"password":{"type":"string"}},"required":["password"]}}]"#, nil),
    ])
    func noCredentialIsRegistered(members: String, field: String?) async throws {
        try await Daemon.run { daemon in
            let answer = try await daemon.client.post(
                "\(Self.bot)/versions", #"{"name":"v1","spec":{"provider":"p","model":"m",\#(members)}}"#)
            #expect(answer.status == (field == nil ? 201 : 400), "\(answer)")
            #expect(try answer.json()["field"]?.string == field)
            #expect(!answer.text.contains("abcdefghij"), "what is refused is not repeated")
        }
    }

    @Test func namesMayHoldWhateverAnAddressCanCarry() async throws {
        try await Daemon.run { daemon in
            let made = try await daemon.client.post("/v1/deployments", #"{"name":"größe 1%"}"#)
            #expect(made.status == 201)
            #expect(try await daemon.client.post("/v1/deployments", #"{"name":"größe 1%"}"#).status == 200)
            let path = "/v1/deployments/gr%C3%B6%C3%9Fe%201%25"
            _ = try await daemon.client.posted(
                "\(path)/versions", #"{"name":"v 1","spec":{"provider":"p","model":"m"}}"#, status: 201)
            _ = try await daemon.client.posted("\(path)/promote", #"{"version":"v 1"}"#, status: 200)
            #expect(try await daemon.client.json(path)["name"] == "größe 1%")
            #expect(try await daemon.client.json("\(path)/versions/v%201")["version"] == "v 1")
            let flag = try await daemon.client.posted(
                "/ofrep/v1/evaluate/flags/gr%C3%B6%C3%9Fe%201%25", "{}", status: 200)
            #expect(flag["value"] == "v 1" && flag["key"] == "größe 1%")
            let shown = try await daemon.steward("route", "größe 1%")
            #expect(shown.status == 0 && shown.output.contains("v 1"), "\(shown)")
            let odd = try await put(daemon, "\(path)/routes/%FF", #"{"targets":[{"version":"v 1","weight":1}]}"#)
            #expect(try odd.status == 400 && odd.json()["field"] == "environment")
        }
    }

    @Test func aRollbackGoesOnlyWhereSomebodyWasServedBefore() async throws {
        try await Daemon.run { daemon in
            for name in ["v1", "v2", "v3"] {
                _ = try await daemon.client.posted(
                    "\(Self.bot)/versions", #"{"name":"\#(name)","provider":"p","model":"\#(name)"}"#, status: 201)
            }
            for name in ["v1", "v2"] {
                _ = try await daemon.client.posted("\(Self.bot)/promote", #"{"version":"\#(name)"}"#, status: 200)
            }
            let never = try await daemon.client.post("\(Self.bot)/rollback", #"{"to":"v3"}"#)
            #expect(try never.status == 409 && never.json()["field"] == "to", "\(never)")
            let back = try await daemon.client.posted("\(Self.bot)/rollback", #"{"to":"v1"}"#, status: 200)
            #expect(back["version"] == "v1" && back["previous"] == "v2")
            let wrong = try await put(
                daemon, "\(Self.bot)/routes/production",
                #"{"targets":[{"version":"v1","weight":1},{"version":"v9","weight":1}]}"#)
            #expect(try wrong.status == 404 && wrong.json()["field"] == "targets[1].version", "\(wrong)")
            let shown = try await daemon.client.json("\(Self.bot)/routes/production")
            #expect(shown["targets"]?.array?.first?["version"] == "v1")
        }
    }

    @Test func historySaysWhoWasServedWhatAtAnyTime() async throws {
        try await Daemon.run { daemon in
            for name in ["v1", "v2", "v3"] {
                _ = try await daemon.client.posted(
                    "\(Self.bot)/versions", #"{"name":"\#(name)","provider":"p","model":"\#(name)"}"#, status: 201)
            }
            let plan = #"""
                {"targets":[{"version":"v2","weight":0},{"version":"v1","weight":100}],"reason":"three ways",
                 "targeting":[{"name":"gold","if":[{"attribute":"segment.tier","in":["gold"]}],"version":"v3"}],
                 "shadow":{"version":"v2"}}
                """#
            let set = try await put(daemon, "\(Self.bot)/routes/production", plan)
            #expect(set.status == 200, "\(set)")
            let then = try #require(set.json()["time"]?.string)
            _ = try await daemon.client.posted("\(Self.bot)/disable", "{}", status: 200)
            let history = "\(Self.bot)/history"
            let off = try #require(
                try await daemon.client.json(history)["history"]?.array?.first?["time"]?.string)
            _ = try await daemon.client.posted("\(Self.bot)/enable", "{}", status: 200)
            _ = try await daemon.client.posted("\(Self.bot)/promote", #"{"version":"v3"}"#, status: 200)
            func ask(_ time: String, _ caller: String) async throws -> JSONValue {
                let rows = try await daemon.client.json("\(history)?at=\(time)&\(caller)")["served"]?.array ?? []
                return try #require(rows.first)
            }
            let plain = try await ask(then, "key=jack")
            #expect(plain["answered_by"] == "v1" && plain["answer_shadow"] == "v2")
            #expect(plain["actor"]?["name"] != nil && plain["reason"] == "three ways" && plain["until"] != .null)
            let gold = "%7B%22targetingKey%22%3A%22jack%22%2C%22segments%22%3A%7B%22tier%22%3A%22gold%22%7D%7D"
            let special = try await ask(then, "context=\(gold)")
            #expect(special["answered_by"] == "v3" && special["answer_rule"] == "gold")
            let dark = try await ask(off, "key=jack")
            #expect(dark["answered_by"] == .null && dark["answer_reason"] == "DISABLED" && dark["disabled"] == true)

            // Pages of two, the newest first, have everything once.
            var (records, cursor): ([Int64], String?) = ([], "")
            while let next = cursor {
                let page = try await daemon.client.json("\(history)?limit=2&cursor=\(next)")
                records += (page["history"]?.array ?? []).compactMap { $0["record"]?.int64 }
                cursor = page["next_cursor"]?.string
            }
            #expect(records == records.sorted(by: >) && Set(records).count == records.count)
            #expect(records.count == 7)
        }
    }

    @Test func theCommandLineSaysAllOfAVersionAndItsRoute() async throws {
        try await withTemporaryFolder { folder in
            let (spec, route) = (folder.appendingPathComponent("v.yaml"), folder.appendingPathComponent("r.yaml"))
            try Data("name: v1\nprovider: p\nmodel: m\n".utf8).write(to: spec)
            let plan = """
                targets: [{version: v1, weight: 1}]
                targeting: [{name: gold, if: [{attribute: segment.tier, in: [gold]}], version: v1}]
                shadow: {version: v1, percentage: 5}
                """
            try Data(plan.utf8).write(to: route)
            try await Daemon.run { daemon in
                func run(_ arguments: String...) async throws -> String {
                    let result = try await daemon.steward(arguments)
                    #expect(result.status == 0, "\(arguments): \(result)")
                    return result.output
                }
                _ = try await run("register", "bot", "--spec", spec.path)
                _ = try await run("describe", "bot", "v1", "--purpose", "answers", "--risk-class", "limited")
                _ = try await run("attach", "bot", "v1", "weekly", "--score", "0.93", "--sample-size", "40")
                _ = try await run("route", "set", "bot", "--file", route.path, "--reason", "rules")
                // What is deprecated is not promoted any more.
                _ = try await run("deprecate", "bot", "v1", "--end-of-life", "2099-01-01")
                let shown = try await run("versions", "bot", "v1")
                for part in ["answers", "limited", "weekly 0.93 of 40 cases", "ends 2099-01-01T00:00:00Z"] {
                    #expect(shown.contains(part), "\(part) in \(shown)")
                }
                _ = try await run("disable", "bot", "--reason", "drill")
                let off = try await run("route", "bot")
                #expect(off.contains("v1; 1 rule first; shadow v1 5%") && off.contains("switched off"), "\(off)")
                _ = try await run("enable", "bot")
                #expect(try await run("route", "bot").contains("open"))

                try Data("name: v2\nprovider: p\nmodel: n\n".utf8).write(to: spec)
                _ = try await run("register", "bot", "--spec", spec.path)
                let promoted = try await run("promote", "bot", "v2")
                #expect(promoted.contains("No longer on the route: 1 targeting rule and the shadow v1"), "\(promoted)")
                _ = try await run("rollback", "bot")
                #expect(try await run("route", "bot").contains("1 rule first; shadow v1 5%"))
            }
        }
    }
}

import Foundation
import StewardJSON
import Testing

/// The life of an experiment on the real program: declared in a file, split by OFREP, read, decided, printed.
@Suite struct ExperimentTests {
    private static let file = """
        name: shorter-prompt
        question: Does the shorter prompt fail less often?
        arms:
          - {version: v1, weight: 1}
          - {version: v2, weight: 1}
        unit: session
        primary: error_rate
        guardrails:
          - {metric: latency_p95_seconds, above: 4}
        minimum_sample: 200
        maximum_sample: 800
        looks: 2
        segments: [plan]
        """

    private func prepare(_ daemon: Daemon) async throws {
        for version in ["v1", "v2"] {
            let spec = "{\"provider\":\"openai\",\"model\":\"gpt-4o-mini\",\"prompt\":\"\(version)\"}"
            _ = try await daemon.client.posted(
                "/v1/deployments/support-bot/versions", "{\"name\":\"\(version)\",\"spec\":\(spec)}", status: 201)
        }
        _ = try await daemon.client.posted("/v1/deployments/support-bot/promote", #"{"version":"v1"}"#, status: 200)
    }

    private func start(_ daemon: Daemon, _ text: String, in folder: URL) async throws -> Program.Result {
        let path = folder.appendingPathComponent("experiment.yaml")
        try Data(text.utf8).write(to: path)
        return try await daemon.steward("experiments", "start", "support-bot", path.path)
    }

    /// Sends what callers with these keys got, each asked over OFREP first: one in ten fails on v1, one in fifty on v2.
    private func traffic(_ keys: Range<Int>, _ daemon: Daemon) async throws -> [String: Int] {
        var counts: [String: Int] = [:]
        var lines: [String] = []
        for key in keys {
            let answer = try await daemon.client.post(
                "/ofrep/v1/evaluate/flags/support-bot",
                "{\"context\":{\"targetingKey\":\"k\(key)\",\"session\":\"s\(key)\"}}")
            let version = try #require(try answer.json()["value"]?.string)
            let number = counts[version, default: 0]
            counts[version] = number + 1
            let segment =
                ",\"session\":\"s\(key)\",\"segments\":{\"plan\":\"\(key.isMultiple(of: 3) ? "free" : "pro")\"}"
            lines.append(
                Traffic.event(
                    id: "x\(key)", version: version, failed: number.isMultiple(of: version == "v1" ? 10 : 50),
                    extra: segment))
        }
        #expect(try await daemon.client.postEvents(lines).status == 202)
        return counts
    }

    @Test func aWrongFileIsRefusedWithItsLineAndField() async throws {
        try await withTemporaryFolder { folder in
            try await Daemon.run(settings: ["STEWARD_POLICIES": folder.appendingPathComponent("none").path]) { daemon in
                try await prepare(daemon)
                for (old, new, place) in [
                    ("weight: 1}\n  - {version: v2", "weight: 0}\n  - {version: v2", ":4:19: arms[0].weight: must be"),
                    ("version: v2", "version: v9", ":5:6: arms[1].version: "),
                    ("error_rate\n", "eror_rate\n", ":7:1: primary: must be one of"),
                    ("looks: 2", "loks: 2", ":12:1: loks: is unknown"),
                    ("above: 4", "ratio: 2", ":9:5: guardrails[0].above: a quantile needs"),
                    ("maximum_sample: 800", "maximum_sample: 100", ":11:1: maximum_sample: must be at least"),
                    ("looks: 2", "looks: many", ":12:1: looks: must be an integer"),
                    ("looks: 2", "spending: linear", ":12:1: spending: must be one of: obrien_fleming"),
                    ("looks: 2", "allocation: thompson", ":11:1: maximum_sample: looks cannot be counted"),
                ] {
                    let text = Self.file.replacingOccurrences(of: old, with: new)
                    try #require(text != Self.file)
                    let refused = try await start(daemon, text, in: folder)
                    #expect(refused.status != 0)
                    #expect(refused.error.contains("experiment.yaml" + place), "\(refused.error)")
                }
                let none = try await daemon.client.json("/v1/deployments/support-bot/experiments")
                #expect(none["experiments"]?.array?.isEmpty == true)
            }
        }
    }

    @Test func itIsDeclaredSplitReadDecidedAndPrinted() async throws {
        try await withTemporaryFolder { folder in
            try await Daemon.run(settings: ["STEWARD_POLICIES": folder.appendingPathComponent("none").path]) { daemon in
                try await prepare(daemon)
                let started = try await start(daemon, Self.file, in: folder)
                #expect(started.status == 0, "\(started)")
                let list = try await daemon.client.json("/v1/deployments/support-bot/experiments")
                let id = try #require(list["experiments"]?.array?.first?["id"]?.string)
                let path = "/v1/deployments/support-bot/experiments/\(id)"
                var counts = try await traffic(0..<350, daemon)
                let early = try await daemon.client.json(path)
                #expect(early["looks"]?.array?.isEmpty == true)
                #expect(early["comparisons"]?.array?.first?["interval"]?.isNull == true)
                counts.merge(try await traffic(350..<850, daemon)) { $0 + $1 }
                #expect(min(counts["v1"] ?? 0, counts["v2"] ?? 0) > 350, "\(counts)")
                _ = try await eventually("it decides", within: .seconds(20)) {
                    try await daemon.client.json(path)["phase"] == "decided" ? true : nil
                }
                let decided = try await daemon.client.json(path)
                #expect(decided["verdict"]?["version"] == "v2")
                #expect(decided["arms"]?.array?.map { $0["events"]?.int64 ?? 0 }.reduce(0, +) == 850)
                #expect(decided["sample_ratio"]?["mismatch"] == false)
                let rows = decided["segments"]?["rows"]?.array ?? []
                #expect(rows.map { $0["value"] } == ["free", "pro"])
                let seen = rows.reduce(Int64(0)) {
                    $0 + ($1["observations"]?.int64 ?? 0) + ($1["control_observations"]?.int64 ?? 0)
                }
                #expect(seen == 850)
                let page = folder.appendingPathComponent("page.html")
                let printed = try await daemon.steward(
                    "experiments", "report", "support-bot", id, "--html", page.path)
                #expect(printed.status == 0, "\(printed)")
                let html = try String(contentsOf: page, encoding: .utf8)
                for words in ["v2 is better", "Did the versions get their shares?", "Exploratory", "audit record"] {
                    #expect(html.contains(words), "\(words)")
                }
                let ended = try await daemon.steward(
                    "experiments", "conclude", "support-bot", id, "--version", "v2", "--reason", "it won")
                #expect(ended.status == 0, "\(ended)")
                let route = try await daemon.client.json("/v1/deployments/support-bot")["routes"]?.array?.first
                #expect(route?["targets"]?.array?.map { $0["version"] } == ["v2"])
                _ = try await traffic(2000..<2100, daemon)
                daemon.kill()
                try await daemon.restart()
                let after = try await daemon.client.json(path)
                #expect(after["arms"]?.array?.map { $0["events"]?.int64 ?? 0 }.reduce(0, +) == 850, "as at its end")
                #expect(after["concluded"]?["record"]?.int64 != nil && after["outcome"] == "v2")
                #expect(try await daemon.stop() == 0)
                let fsck = try await daemon.steward("fsck", "--data", daemon.data.path)
                #expect(fsck.status == 0, "\(fsck)")
            }
        }
    }
}

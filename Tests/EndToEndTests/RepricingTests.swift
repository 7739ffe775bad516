import Foundation
import StewardJSON
import Testing

@Suite struct RepricingTests {
    private static func list(_ models: String) -> String {
        """
        kind: prices
        provider: acme
        version: 2026-11-21
        source: Made up.
        models:
        \(models)
        """
    }

    private static func event(_ id: String, model: String, more: String = "") -> String {
        """
        {"id":"\(id)","time":"2026-11-20T10:00:00Z","deployment":"bot","version":"v1","provider":"acme",\
        "model":"\(model)","usage":{"input_tokens":1000,"output_tokens":0}\(more)}
        """
    }

    private static func sums(_ daemon: Daemon) async throws -> [Int64?] {
        let total = try await daemon.client.json("/v1/costs?group_by=day")["total"]
        let csv = try await daemon.client.get("/v1/costs?group_by=deployment&format=csv").text
        let events = try await daemon.client.allEvents().compactMap { $0["cost_nanodollars"]?.int64 }.reduce(0, +)
        let metrics = try await daemon.client.get("/metrics").text
        let counter = metrics.firstMatch(of: /steward_cost_dollars_total\{[^}]*\} ([0-9.e+-]+)/)
        return [
            total?["cost_nanodollars"]?.int64, events,
            csv.split(whereSeparator: \.isNewline).last?.split(separator: ",").last.flatMap { Int64($0) },
            counter.flatMap { Double($0.1) }.map { Int64(($0 * 1e9).rounded()) },
        ]
    }

    @Test func aPriceThatArrivesAndOneThatChanges() async throws {
        try await withTemporaryFolder { policies in
            let prices = policies.appendingPathComponent("prices")
            try FileManager.default.createDirectory(at: prices, withIntermediateDirectories: true)
            let file = prices.appendingPathComponent("acme.yaml")
            let one = "  one: {periods: [{input: \"1\", output: \"1\"}]}"
            try Self.list(one).write(to: file, atomically: true, encoding: .utf8)
            try await Daemon.run(settings: ["STEWARD_POLICIES": policies.path]) { daemon in
                let lines =
                    (0..<10).map { Self.event("a\($0)", model: "one", more: ",\"tags\":{\"feature\":\"f\($0 % 2)\"}") }
                    + (0..<5).map { Self.event("b\($0)", model: "two", more: ",\"user\":\"u\($0 % 2)\"") }
                    + [Self.event("a0", model: "one")]
                #expect(try await daemon.client.postEvents(lines).status == 202)
                #expect(try await Self.sums(daemon) == Array(repeating: 10_000_000, count: 4))
                let tags = try await daemon.client.json("/v1/costs?group_by=tag:feature")
                #expect(tags["rows"]?.array?.compactMap { $0["tag:feature"]?.string }.sorted() == ["f0", "f1"])
                let users = try await daemon.client.json("/v1/costs?group_by=user,model")
                #expect(users["rows"]?.array?.compactMap { $0["user"]?.string }.sorted() == ["u0", "u1"])

                // The price of `two` arrives: what had none is priced, by itself, and on record.
                #expect(try await daemon.stop() == 0)
                let two = "  two: {periods: [{input: \"3\", output: \"1\"}]}"
                try Self.list(one + "\n" + two).write(to: file, atomically: true, encoding: .utf8)
                try await daemon.restart()
                let record = try await eventually("the events are priced") {
                    try await daemon.client.json("/v1/audit/records?action=costs.reprice")["records"]?.array?.first
                }
                #expect(record["record"]?["data"]?["events"]?.int64 == 5)
                #expect(record["record"]?["data"]?["after_nanodollars"]?.int64 == 15_000_000)
                #expect(try await Self.sums(daemon) == Array(repeating: 25_000_000, count: 4))

                // The price of `one` was wrong: history keeps it until somebody asks.
                #expect(try await daemon.stop() == 0)
                let dearer = one.replacing("input: \"1\"", with: "input: \"2\"")
                try Self.list(dearer + "\n" + two).write(to: file, atomically: true, encoding: .utf8)
                try await daemon.restart()
                #expect(try await Self.sums(daemon) == Array(repeating: 25_000_000, count: 4))
                let dry = try await daemon.steward("costs", "reprice", "--since", "2026-11-01", "--dry-run")
                #expect(dry.status == 0, "\(dry)")
                #expect(dry.output.contains("$0.01") && dry.output.contains("Nothing was changed"), "\(dry)")
                #expect(try await Self.sums(daemon) == Array(repeating: 25_000_000, count: 4))
                let done = try await daemon.steward(
                    "costs", "reprice", "--since", "2026-11-01", "--reason", "the list was wrong", "--output", "json")
                #expect(done.status == 0, "\(done)")
                #expect(try await Self.sums(daemon) == Array(repeating: 35_000_000, count: 4))
                let again = try await daemon.steward("costs", "reprice", "--since", "2026-11-01")
                #expect(again.output.contains("Every cost is as these lists say"), "\(again)")

                #expect(try await daemon.stop() == 0)
                let check = try await daemon.steward("fsck", "--data", daemon.data.path)
                #expect(check.status == 0, "\(check)")
            }
        }
    }
}

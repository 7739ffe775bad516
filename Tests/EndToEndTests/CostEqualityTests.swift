import Foundation
import StewardJSON
import Testing

/// One sum of money, told in seven ways, after everything that makes others differ.
@Suite struct CostEqualityTests {
    /// A million in the full run.
    private static let events =
        ProcessInfo.processInfo.environment["STEWARD_COST_EVENTS"].flatMap { Int($0) } ?? 3000
    private static let batch = 500

    private struct Rates {
        /// In picodollars a token.
        var input: Int64
        var cached: Int64
        var output: Int64

        func yaml(_ model: String) -> String {
            func dollars(_ rate: Int64) -> String { "\"\(Decimal(rate) / 1_000_000)\"" }
            let figures = "input: \(dollars(input)), cached_input: \(dollars(cached)), output: \(dollars(output))"
            return "  \(model): {periods: [{\(figures)}]}"
        }

        /// Rounded once, half to even.
        func nanodollars(_ usage: Usage) -> Int64 {
            let sum = (usage.input - usage.cached) * input + usage.cached * cached + usage.output * output
            let (whole, rest) = sum.quotientAndRemainder(dividingBy: 1000)
            return rest > 500 || rest == 500 && whole % 2 == 1 ? whole + 1 : whole
        }
    }

    private struct Usage {
        var input: Int64
        var cached: Int64
        var output: Int64

        init(_ index: Int) {
            input = Int64(1000 + index % 977)
            cached = Int64(index % 7 * 10)
            output = Int64(index % 331)
        }
    }

    private static let before = Rates(input: 1_370_500, cached: 137_501, output: 2_110_003)
    private static let after = Rates(input: 2_503_777, cached: 250_001, output: 9_999_999)
    private static let late = Rates(input: 310_001, cached: 31_003, output: 700_007)

    private static func model(_ index: Int) -> String { index % 3 == 0 ? "late" : "one" }

    private static func list(_ lines: String...) -> String {
        "kind: prices\nprovider: acme\nversion: 2026-11-21\nsource: Made up.\nmodels:\n" + lines.joined(separator: "\n")
    }

    private static func event(_ index: Int, start: Date) -> String {
        let usage = Usage(index)
        // Up to nine days late, in no order.
        let time = ISO8601DateFormatter().string(from: start - Double(index % 10 * 86_400 + index % 4000))
        return """
            {"id":"e\(index)","time":"\(time)","deployment":"bot-\(index % 3)","version":"v\(index % 2)",\
            "provider":"acme","model":"\(model(index))","team":"t\(index % 5)","user":"u\(index % 50)",\
            "tags":{"feature":"f\(index % 4)"},"session":"s\(index % 100)","usage":{"input_tokens":\(usage.input),\
            "cached_input_tokens":\(usage.cached),"output_tokens":\(usage.output)}}
            """
    }

    @Test func everySumIsTheSameToTheNanodollar() async throws {
        try await withTemporaryFolder { policies in
            let prices = policies.appendingPathComponent("prices")
            try FileManager.default.createDirectory(at: prices, withIntermediateDirectories: true)
            let file = prices.appendingPathComponent("acme.yaml")
            try Self.list(Self.before.yaml("one")).write(to: file, atomically: true, encoding: .utf8)
            try await Daemon.run(settings: ["STEWARD_POLICIES": policies.path]) { daemon in
                try await Self.send(to: daemon)
                var expected = (0..<Self.events).filter { Self.model($0) == "one" }
                    .map { Self.before.nanodollars(Usage($0)) }.reduce(0, +)
                try await Self.expectEverywhere(expected, daemon)

                // A price arrives for the events that had none, and another was wrong.
                #expect(try await daemon.stop() == 0)
                try Self.list(Self.after.yaml("one"), Self.late.yaml("late"))
                    .write(to: file, atomically: true, encoding: .utf8)
                try await daemon.restart()
                _ = try await eventually("what had no price is priced", within: .seconds(600)) {
                    let total = try await daemon.client.json("/v1/costs")["total"]
                    return total?["unpriced_events"]?.int64 == 0 ? true : nil
                }
                let repriced = try await daemon.steward(
                    ["costs", "reprice", "--since", "60d", "--reason", "the list was wrong"], seconds: 900)
                #expect(repriced.status == 0, "\(repriced)")
                expected = (0..<Self.events)
                    .map { (Self.model($0) == "one" ? Self.after : Self.late).nanodollars(Usage($0)) }.reduce(0, +)
                try await Self.expectEverywhere(expected, daemon)
                #expect(try await daemon.stop() == 0)
                let check = try await daemon.steward(["fsck", "--data", daemon.data.path], seconds: 900)
                #expect(check.status == 0, "\(check)")
            }
        }
    }

    /// Every event, and every tenth batch twice.
    private static func send(to daemon: Daemon) async throws {
        let client = daemon.client
        let start = Date()
        let next = Counter()
        let batches = (events + batch - 1) / batch
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    while true {
                        let number = next.increment() - 1
                        guard number < batches else { return }
                        // Neighbours come out of order.
                        let index = number ^ 1 < batches ? number ^ 1 : number
                        let lines = (index * batch..<min((index + 1) * batch, events)).map { event($0, start: start) }
                        for _ in 0..<(index % 10 == 0 ? 2 : 1) {
                            let answer = try await client.postEvents(lines)
                            guard answer.status == 202, try answer.json()["rejected_count"]?.int64 == 0 else {
                                throw Failure("\(answer)")
                            }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func expectEverywhere(_ expected: Int64, _ daemon: Daemon) async throws {
        let client = daemon.client
        var found: [(source: String, nanodollars: Int64?)] = []
        let rows = try await Program.run(
            try Program.find("python3", package: "python3"),
            [
                "-c",
                """
                import sqlite3, sys
                store = sqlite3.connect(f"file:{sys.argv[1]}/steward.db?mode=ro", uri=True)
                print(*store.execute("SELECT COUNT(*), SUM(cost) FROM events").fetchone())
                """, daemon.data.path,
            ])
        let counts = rows.output.split(whereSeparator: \.isWhitespace).compactMap { Int64($0) }
        #expect(counts.first == Int64(events), "\(rows)")
        found.append(("events", counts.last))
        let deployments = try await client.json("/v1/deployments")["deployments"]?.array ?? []
        found.append(("rollups", deployments.compactMap { $0["cost_nanodollars"]?.int64 }.reduce(0, +)))
        found.append(("costs", try await client.json("/v1/costs")["total"]?["cost_nanodollars"]?.int64))
        let csv = try await client.get("/v1/costs?group_by=day,team,user,tag:feature&format=csv").text
        let lines = csv.split(whereSeparator: \.isNewline).dropFirst()
        found.append(
            ("CSV", lines.compactMap { $0.split(separator: ",").last.flatMap { Int64($0) } }.reduce(0, +)))
        let focus = try CSVColumns(try await client.get("/v1/costs?format=focus").text)
        found.append(("FOCUS", try focus["x_CostNanodollars"].compactMap { Int64($0) }.reduce(0, +)))
        let billed = try focus["BilledCost"].compactMap { Decimal(string: $0) }.reduce(0, +)
        found.append(("FOCUS in dollars", (billed * 1_000_000_000 as NSDecimalNumber).int64Value))
        let metrics = try await client.get("/metrics").text
        let counter = metrics.matches(of: /steward_cost_dollars_total\{[^}]*\} ([0-9.e+-]+)/)
            .compactMap { Double($0.1) }.map { Int64(($0 * 1e9).rounded()) }
        found.append(("Prometheus", counter.reduce(0, +)))
        found.append(("dashboard", try await dashboard(daemon)))
        for (source, nanodollars) in found { #expect(nanodollars == expected, "\(source)") }
        let figures = found.map { "\($0.source) \($0.nanodollars ?? -1)" }
        print("\(counts.first ?? 0) events:", figures.joined(separator: ", "))
    }

    /// The figure that the page shows, in full where the pointer rests on it.
    private static func dashboard(_ daemon: Daemon) async throws -> Int64? {
        try await withTemporaryFolder { folder in
            let link = daemon.client.base.absoluteString + "/#token=" + (daemon.client.token ?? "")
            let page = try await Browser.document(at: link, folder: folder)
            let figure = page.output.firstMatch(of: /id="cost-all"><span title="([0-9,]+) nanodollars"/)
            return figure.flatMap { Int64($0.1.filter(\.isNumber)) }
        }
    }
}

import Foundation
import StewardJSON
import Testing

@Suite struct CostExportTests {
    private static func event(_ index: Int, day: Int) -> String {
        """
        {"id":"x\(index)","time":"2026-11-\(day)T10:00:00Z","deployment":"bot","version":"v\(index % 2)",\
        "provider":"openai","model":"\(index % 3 == 0 ? "gpt-4o" : "gpt-5-mini")","team":"team, \\"\(index % 2)\\"",\
        "session":"s\(index % 5)","outcome":"\(index % 4 == 0 ? "resolved" : "open")",\
        "usage":{"input_tokens":\(1000 + index),"output_tokens":\(index),"cached_input_tokens":\(index % 7)}}
        """
    }

    @Test func everySumIsTheSame() async throws {
        try await Daemon.run { daemon in
            // Late, repeated and out of order.
            let lines = (0..<200).map { Self.event($0, day: 10 + $0 % 9) }
            #expect(try await daemon.client.postEvents(lines.shuffled() + lines.prefix(50)).status == 202)
            let events = try await daemon.client.allEvents().compactMap { $0["cost_nanodollars"]?.int64 }.reduce(0, +)
            let total = try await daemon.client.json("/v1/costs")["total"]?["cost_nanodollars"]?.int64
            let csv = try await daemon.client.get("/v1/costs?group_by=day,team,user&format=csv").text
            let focus = try await daemon.client.get("/v1/costs?format=focus").text
            #expect(events > 0)
            #expect(total == events)
            #expect(try CSVColumns(csv)["cost_nanodollars"].compactMap { Int64($0) }.reduce(0, +) == events)
            #expect(try CSVColumns(focus)["x_CostNanodollars"].compactMap { Int64($0) }.reduce(0, +) == events)
            let billed = try CSVColumns(focus)["BilledCost"].compactMap { Decimal(string: $0) }.reduce(0, +)
            #expect(billed * 1_000_000_000 == Decimal(events))
            let teams = try await daemon.client.json("/v1/costs?group_by=team&team=team,%20%220%22")
            #expect(teams["rows"]?.array?.count == 1)
            try await states(daemon)
            try await estimatesEnergy(daemon)
            try await reconciles(daemon)
            try await analyses(daemon)
        }
    }

    private func estimatesEnergy(_ daemon: Daemon) async throws {
        let answer = try await daemon.client.json("/v1/costs?group_by=model&energy=true")
        let rows = answer["rows"]?.array ?? []
        let known = try #require(rows.first { $0["model"] == "gpt-4o" })
        let tokens = try #require(known["output_tokens"]?.double)
        let wattHours = try #require(known["energy_wh"]?.double)
        #expect(abs(wattHours - tokens * 600 / 1e6) < 1e-9)
        #expect(try #require(known["energy_wh_lower"]?.double) < wattHours)
        #expect(try #require(known["co2e_g_upper"]?.double) > 0)
        // Nobody has published a figure for the other: absent, not zero, and the sum says what it covers.
        let unknown = try #require(rows.first { $0["model"] == "gpt-5-mini" })
        #expect(unknown["energy_wh"]?.isNull == true)
        #expect(answer["total"]?["energy_covered_output_tokens"]?.double == tokens)
        #expect(answer["energy_sources"]?.array?.count == 2)
        let csv = try CSVColumns(try await daemon.client.get("/v1/costs?group_by=model&energy=true&format=csv").text)
        #expect(try csv["energy_wh"].sorted().first == "")
        let shown = try await daemon.steward("costs", "--energy", "--since", "2026-11-01T00:00:00Z")
        #expect(shown.status == 0 && shown.output.contains("Epoch AI"), "\(shown)")
    }

    private func states(_ daemon: Daemon) async throws {
        let team = "team, \"0\""
        let query = "team=team,%20%220%22&month=2026-11"
        let statement = try await daemon.client.json("/v1/costs/statement?\(query)&format=json")
        let teams = try await daemon.client.json("/v1/costs?group_by=team&team=team,%20%220%22")
        let total = try #require(statement["total"]?["cost_nanodollars"]?.int64)
        #expect(total == teams["total"]?["cost_nanodollars"]?.int64)
        for part in ["lines", "days", "projects"] {
            let costs = statement[part]?.array?.compactMap { $0["cost_nanodollars"]?.int64 } ?? []
            #expect(costs.reduce(0, +) == total, "\(part)")
        }
        try await withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("statement.html")
            let result = try await daemon.steward(
                "costs", "statement", "--team", team, "--month", "2026-11", "--html", file.path)
            #expect(result.status == 0 && result.output.contains("gpt-5-mini"), "\(result)")
            let page = try String(contentsOf: file, encoding: .utf8)
            #expect(page.contains("team, &quot;0&quot;, November 2026"))
            #expect(page.contains(teams["total"]?["cost_usd"]?.string ?? "none"))
            #expect(!page.contains("<script") && !page.contains("http:") && !page.contains("https:"))
        }
        #expect(try await daemon.client.get("/v1/costs/statement?month=2026-11").status == 400)
        #expect(try await daemon.client.get("/v1/costs/statement?team=a&month=2026-13").status == 400)
        let empty = try await daemon.client.json("/v1/costs/statement?team=nobody&format=json")
        #expect(empty["lines"]?.array?.isEmpty == true && empty["total"]?["events"]?.int64 == 0)
    }

    private func reconciles(_ daemon: Daemon) async throws {
        let rows = try await daemon.client.json("/v1/costs?group_by=day,model")["rows"]?.array ?? []
        try await withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("invoice.csv")
            var text = "date,model,amount,input_tokens,output_tokens\n"
            for (index, row) in rows.enumerated() where index != 3 {
                let (input, output) = (row["input_tokens"]?.int64 ?? 0, row["output_tokens"]?.int64 ?? 0)
                let cost = index == 1 ? "7.25" : row["cost_usd"]?.string ?? ""
                text += "\(row["day"]?.string ?? ""),\(row["model"]?.string ?? ""),\(cost),\(input),\(output)\n"
            }
            try (text + "2026-11-12,gpt-4.1,1.00,1,1\n").write(to: file, atomically: true, encoding: .utf8)
            let result = try await daemon.steward(
                "costs", "reconcile", file.path, "--tolerance", "0", "--output", "json")
            #expect(result.status == 1, "\(result)")
            let reasons =
                try JSONValue(parsing: Array(result.output.utf8))["lines"]?.array?
                .filter { $0["differs"]?.bool == true }.compactMap { $0["reason"]?.string } ?? []
            #expect(reasons.count == 3, "\(result)")
            #expect(reasons.contains { $0.hasPrefix("same tokens, another rate") })
            #expect(reasons.contains { $0.hasPrefix("no event") })
            #expect(reasons.contains { $0.hasPrefix("not invoiced") })
        }
    }

    private func analyses(_ daemon: Daemon) async throws {
        let units = try await daemon.client.json("/v1/costs/units?since=2026-11-01T00:00:00Z&success=resolved")
        let rows = units["rows"]?.array ?? []
        #expect(rows.compactMap { $0["events"]?.int64 }.reduce(0, +) == 200)
        #expect(rows.compactMap { $0["successes"]?.int64 }.reduce(0, +) == 50)
        #expect(rows.allSatisfy { $0["sessions"]?.int64 == 5 && $0["cost_per_session_usd"]?.string != nil })
        let forecast = try await daemon.steward("costs", "forecast")
        #expect(forecast.status == 0 && forecast.output.contains("spent so far"), "\(forecast)")
        let idle = try await daemon.steward("costs", "idle", "--days", "3")
        #expect(idle.status == 0, "\(idle)")
        let focus = try await daemon.steward("costs", "--focus", "--since", "2026-11-01T00:00:00Z")
        #expect(focus.output.hasPrefix("AvailabilityZone,BilledCost,"), "\(focus)")
        #expect(try await daemon.client.get("/v1/costs?format=focus&group_by=day").status == 400)
    }
}

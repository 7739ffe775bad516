import StewardMetrics
import StewardModel
import Testing

@Suite("Limit of series per metric")
struct SeriesLimitTests {
    private static func page(
        _ snapshot: MetricsSnapshot, format: MetricsFormat = .prometheus, limit: Int
    ) throws -> Exposition {
        try Exposition(MetricsPage.render(snapshot, format: format, seriesLimit: limit))
    }

    private static func sum(_ page: Exposition, _ name: String) -> Int64 {
        page.samples(named: name).compactMap { Int64($0.value) }.reduce(0, +)
    }

    @Test("the first are shown, the rest add up under other, and are counted", arguments: [0, 1, 7, 49, 50, 51])
    func overflow(limit: Int) throws {
        let page = try Self.page(Snapshots.wide(count: 50), limit: limit)
        let shown = min(limit, 50)
        let requests = page.samples(named: "steward_requests_total")
        #expect(requests.prefix(shown).map { $0.labels["deployment"] } == (0..<shown).map { "d\($0)" })
        for sample in requests.dropFirst(shown) {
            #expect(["deployment", "environment", "version"].allSatisfy { sample.labels[$0] == "other" })
        }
        #expect(Self.sum(page, "steward_requests_total") == 50)
        #expect(Self.sum(page, "steward_unpriced_events_total") == 100)
        #expect(Self.sum(page, "gen_ai_client_token_usage_total") == 350)
        #expect(Self.sum(page, "gen_ai_client_operation_duration_seconds_count") == 50)
        let dropped = page.value("steward_series_dropped_total", ["metric": "steward_requests_total"])
        #expect(dropped == String(50 - shown))
    }

    @Test("sums by status, money and durations still agree with the ledger")
    func overflowIsExact() throws {
        let page = try Self.page(Snapshots.wide(count: 50), limit: 10)
        let other = ["deployment": "other", "environment": "other", "version": "other"]
        func with(_ name: String, _ value: String) -> [String: String] { other.merging([name: value]) { $1 } }
        #expect(page.value("steward_requests_total", with("status", "ok")) == "20")
        #expect(page.value("steward_requests_total", with("status", "error")) == "20")
        #expect(page.value("gen_ai_client_token_usage_total", with("token_type", "input")) == "280")
        #expect(page.value("steward_errors_total", with("error_type", "other")) == "40")
        #expect(page.value("steward_cost_dollars_total", other) == "40.00000004")
        // 11 + 12 + … + 50 microseconds.
        #expect(page.value("gen_ai_client_operation_duration_seconds_sum", other) == "0.00122")
        #expect(page.value("gen_ai_client_operation_duration_seconds_bucket", with("le", "0.01")) == "40")
    }

    @Test("a deployment that is really called other joins the sum instead of repeating its labels")
    func realOther() throws {
        var snapshot = Snapshots.wide(count: 5)
        snapshot.series[0].series = SeriesKey(deployment: "other", environment: "other", version: "other")
        let page = try Self.page(snapshot, limit: 2)
        let other = ["deployment": "other", "environment": "other", "version": "other"]
        #expect(page.value("steward_unpriced_events_total", other) == "8")
    }

    @Test("one label set listed twice is added up")
    func duplicates() throws {
        var snapshot = Snapshots.wide(count: 1)
        snapshot.series += snapshot.series
        let page = try Self.page(snapshot, limit: 10)
        #expect(page.samples(named: "steward_unpriced_events_total").map(\.value) == ["4"])
        #expect(page.value("steward_series_dropped_total", ["metric": "steward_unpriced_events_total"]) == "0")
    }

    @Test("values of policies do not add up and are left out; their verdicts are counted")
    func policies() throws {
        var snapshot = MetricsSnapshot(process: Snapshots.process)
        snapshot.policies = (0..<5).map { index in
            .init(
                policy: "p\(index)", series: SeriesKey(deployment: "d", version: "v"), value: 1, threshold: 2,
                verdict: index == 4 ? .fail : .pass)
        }
        let page = try Self.page(snapshot, limit: 3)
        #expect(page.samples(named: "steward_policy_value").map { $0.labels["policy"] } == ["p0", "p1", "p2"])
        #expect(page.value("steward_series_dropped_total", ["metric": "steward_policy_value"]) == "2")
        let verdicts = page.samples(named: "steward_policy_verdict").filter { $0.labels["policy"] == "other" }
        #expect(verdicts.map { $0.labels["verdict"] } == ["pass", "fail", "inconclusive"])
        #expect(verdicts.map(\.value) == ["1", "1", "0"])
    }

    @Test("what is shown of a series is shown whole")
    func wholeSeries() throws {
        var snapshot = Snapshots.wide(count: 3)
        for index in snapshot.series.indices { snapshot.series[index].usage.outputTokens = 5 }
        let page = try Self.page(snapshot, limit: 1)
        let tokens = page.samples(named: "gen_ai_client_token_usage_total")
        #expect(tokens.map { $0.labels["deployment"] } == ["d0", "d0", "other", "other"])
        #expect(tokens.map(\.value) == ["7", "5", "14", "10"])
        #expect(page.value("steward_series_dropped_total", ["metric": "gen_ai_client_token_usage_total"]) == "2")
    }

    @Test("metrics whose labels no client chooses are not limited")
    func closed() throws {
        let page = try Self.page(MetricsSnapshot(process: Snapshots.process), limit: 0)
        #expect(page.value("steward_audit_log_size", [:]) == "0")
        #expect(page.samples(named: "steward_intake_events_total").count == 4)
        #expect(page.value("steward_series_dropped_total", ["metric": "steward_intake_events_total"]) == nil)
    }

    @Test("ten thousand series", arguments: MetricsFormat.allCases)
    func tenThousand(format: MetricsFormat) throws {
        let snapshot = Snapshots.wide(count: 10_000)
        let page = try Self.page(snapshot, format: format, limit: 1_000)
        #expect(Self.sum(page, "steward_requests_total") == 10_000)
        #expect(page.samples(named: "steward_requests_total").count == 1_002)
        #expect(page.samples(named: "gen_ai_client_operation_duration_seconds_count").count == 1_001)
        #expect(Self.sum(page, "steward_series_dropped_total") == 6 * 9_000)
        let bytes = MetricsPage.render(snapshot, format: format, seriesLimit: 1_000)
        #expect(bytes == MetricsPage.render(snapshot, format: format, seriesLimit: 1_000))
    }
}

import Foundation
import StewardModel
import StewardStatistics
import StewardStore
import Testing

@testable import StewardAnalysis

struct MeasuringTests {
    /// A store with 100 events of v1 (4 errors, latency 1…100 ms, one unpriced) and none of v2.
    static func store(_ body: (Store) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "steward-test-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try Store(folder: folder)
        let rows = (1...100).map { (number: Int64) -> EventRow in
            let cost: Int64? = number == 100 ? nil : 2_000_000_000
            let isError = number <= 4
            let observations: [Observation] = [
                .number(.status, isError ? 1 : 0), .number(.latency, number * 1000),
                cost.map { .number(.cost, $0) } ?? .absent(.cost),
            ]
            return EventRow(
                id: "e\(number)", time: Timestamp(seconds: 600 + number), received: Timestamp(seconds: 0),
                series: SeriesKey(deployment: "bot", version: "v1"), status: isError ? .error : .ok,
                cost: cost.map { Nanodollars($0) }, observations: observations)
        }
        _ = try await store.commit([EventBatch(rows)])
        try await body(store)
        try store.close()
    }

    @Test func metricsComeFromCountsAlone() async throws {
        try await Self.store { store in
            let key = SeriesKey(deployment: "bot", version: "v1")
            let window = SeriesWindow(series: key, from: Timestamp(seconds: 600), until: Timestamp(seconds: 700))
            let empty = SeriesWindow(
                series: SeriesKey(deployment: "bot", version: "v2"), from: window.from, until: window.until)
            let cells = try await WindowReader(store: store).read([window, empty])
            let cell = try #require(cells[window])
            #expect(Metric.requests.measure(cell) == Measurement(value: 100, sampleSize: 100))
            #expect(Metric.errorRate.measure(cell) == Measurement(value: 0.04, sampleSize: 100))
            #expect(Metric.latencyMean.measure(cell).value == 0.0505)
            let p95 = try #require(Metric.latencyP95.measure(cell).value)
            #expect(abs(p95 - 0.095) <= 0.095 / 64)
            #expect(Metric.costMean.measure(cell) == Measurement(value: 2, sampleSize: 99))
            #expect(Metric.timeToFirstTokenP95.measure(cell) == Measurement(value: nil, sampleSize: 0))
            let nothing = try #require(cells[empty])
            for metric in Metric.named where metric != .requests {
                #expect(metric.measure(nothing) == Measurement(value: nil, sampleSize: 0), "\(metric)")
            }
        }
    }

    @Test func scoresAreMeasuredByTheirNames() async throws {
        try await Self.store { store in
            let rows = (0..<10).map { (number: Int64) in
                EventRow(
                    id: "s\(number)", time: Timestamp(seconds: 600), received: Timestamp(seconds: 0),
                    series: SeriesKey(deployment: "bot", version: "v3"), status: .ok, cost: nil,
                    observations: [.named("score.helpful", Double(number) / 10)])
            }
            _ = try await store.commit([EventBatch(rows)])
            let series = SeriesKey(deployment: "bot", version: "v3")
            let window = SeriesWindow(series: series, from: Timestamp(seconds: 600), until: Timestamp(seconds: 600))
            let cell = try #require(try await WindowReader(store: store).read([window])[window])
            let metric = try #require(Metric(rawValue: "score.helpful"))
            let scores = try await store.scores([metric])
            let measured = metric.measure(cell, scores)
            #expect(measured.sampleSize == 10)
            #expect(abs(try #require(measured.value) - 0.45) < 1e-9)
            let tally = metric.tally(cell, beyond: nil, scores)
            #expect(tally.count == 10 && abs(tally.sum - 4.5) < 1e-9 && abs(tally.squares - 2.85) < 0.05)
            let other = Metric.score("other")
            #expect(other.measure(cell, try await store.scores([other])) == Measurement(value: nil, sampleSize: 0))
        }
    }

    @Test func aWindowTakesTheMinutesItTouches() async throws {
        try await Self.store { store in
            let key = SeriesKey(deployment: "bot", version: "v1")
            let first = SeriesWindow(series: key, from: Timestamp(seconds: 659), until: Timestamp(seconds: 659))
            let cells = try await WindowReader(store: store).read([first])
            #expect(cells[first]?.events == 59)
        }
    }

    @Test func stepsAddUpToTheWhole() async throws {
        try await Self.store { store in
            let signal = try #require(Signal.named("latency"))
            for step in [1, 2, 60] as [Int64] {
                let query = SeriesQuery(
                    deployment: "bot", signal: signal, since: Timestamp(seconds: 0), until: Timestamp(seconds: 7200),
                    stepMinutes: step, aggregates: SeriesQuery.Aggregate.allCases)
                let lines = try await query.run(store)
                #expect(lines.map(\.version) == ["v1"])
                #expect(lines[0].points.reduce(0) { $0 + $1.counts.count } == 100)
                let point = try #require(lines[0].points.first)
                #expect(query.value(of: .rate, at: point) == Double(point.counts.count) / Double(step * 60))
            }
        }
    }
}

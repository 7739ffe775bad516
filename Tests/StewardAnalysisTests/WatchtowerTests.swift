import Foundation
import StewardModel
import StewardStatistics
import Testing

@testable import StewardAnalysis
@testable import StewardStore

/// Simulated minutes of one service, from a seed.
struct SimulatedService {
    var series = SeriesKey(deployment: "bot", version: "v7")
    var requestsPerMinute = 40.0
    var errorRate = 0.01
    var refusalRate = 0.02
    var latencySeconds = 1.0
    var outputTokens = 200.0
    var state: UInt64

    init(seed: UInt64) { state = seed }

    private mutating func uniform() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
    }

    private mutating func normal() -> Double {
        (-2 * log(1 - uniform())).squareRoot() * cos(2 * .pi * uniform())
    }

    mutating func cell() -> RollupCell {
        var cell = RollupCell()
        let count = max(0, Int((requestsPerMinute + requestsPerMinute.squareRoot() * normal()).rounded()))
        for _ in 0..<count {
            let failed = uniform() < errorRate
            cell.add(.number(.status, failed ? 1 : 0))
            cell.add(.number(.latency, Int64(latencySeconds * 1e6 * exp(0.3 * normal()))))
            cell.add(.number(.outputTokens, Int64(outputTokens * exp(0.4 * normal()))))
            cell.add(.category(.finishReason, uniform() < 0.9 ? 1 : 2))
            cell.add(.number(.refusal, uniform() < refusalRate ? 1 : 0))
        }
        return cell
    }
}

@Suite struct WatchtowerTests {
    private static let day = 1440
    /// 2026-03-02T00:00Z, a Monday.
    private static let start = 1_772_409_600 / 60

    /// Feeds minutes of one service and reports after each.
    private static func run(
        _ tower: inout Watchtower, _ service: inout SimulatedService, from: Int, minutes: Int,
        until stop: (WatchReport) -> Bool = { _ in false }
    ) -> WatchReport {
        var report = WatchReport(minute: 0)
        for minute in from..<from + minutes {
            let cell = service.cell()
            let cells = cell.events > 0 ? [service.series: cell] : [:]
            tower.take(minute: Int64(start + minute), cells)
            report = tower.report(minute: Int64(start + minute))
            if stop(report) { break }
        }
        return report
    }

    private static func learned(seed: UInt64) -> (tower: Watchtower, service: SimulatedService) {
        var (tower, service) = (Watchtower(), SimulatedService(seed: seed))
        _ = tower.watch([WatchSubject(series: service.series)])
        for minute in 0..<3 * day {
            tower.take(minute: Int64(start + minute), [service.series: service.cell()])
        }
        return (tower, service)
    }

    @Test func aSlowerModelIsSaidOnceInWordsAndResolvedWhenItIsOver() throws {
        var (tower, service) = Self.learned(seed: 4)
        service.latencySeconds = 2.5
        let report = Self.run(&tower, &service, from: 3 * Self.day, minutes: 30) { !$0.detections.isEmpty }
        let detection = try #require(report.detections.first)
        #expect(report.detections.map(\.key.signal) == ["latency_p95_seconds"])
        #expect(detection.severity == .critical)
        #expect(abs(detection.since.minute - Int64(Self.start + 3 * Self.day)) <= 5)
        #expect(detection.title.hasPrefix("p95 latency of v7 "))
        #expect(detection.title.contains(" s, expected 1."))
        #expect(detection.title.contains("at this hour; since 00:0"))
        #expect(detection.title.hasSuffix("requests"))
        let after = try #require(detection.after)
        #expect(after.lower <= after.value && after.value <= after.upper)
        #expect((3.4...5.5).contains(after.value), "\(after)")

        service.latencySeconds = 1
        let later = Self.run(&tower, &service, from: 3 * Self.day + 40, minutes: 240) { $0.detections.isEmpty }
        #expect(later.detections.isEmpty)
        #expect(later.resolutions[detection.key]?.contains("back within what is expected") == true)
    }

    @Test func silenceOfEverythingIsAnAlarmOfTraffic() throws {
        var (tower, service) = Self.learned(seed: 8)
        service.requestsPerMinute = 0
        let report = Self.run(&tower, &service, from: 3 * Self.day, minutes: 30) { !$0.detections.isEmpty }
        let detection = try #require(report.detections.first)
        #expect(detection.key.signal == "requests" && detection.severity == .critical)
        #expect(detection.title.contains("traffic of v7 0 requests a minute, expected "))
    }

    /// While another version has the traffic it is not this one's turn, which is no outage.
    @Test func silenceBesideAnotherVersionIsNoAlarm() {
        var (tower, service) = Self.learned(seed: 8)
        var other = service
        other.series.version = "v8"
        for minute in 3 * Self.day..<3 * Self.day + 60 {
            tower.take(minute: Int64(Self.start + minute), [other.series: other.cell()])
        }
        #expect(tower.report(minute: Int64(Self.start + 4 * Self.day)).detections.isEmpty)
    }

    @Test func errorsAndRefusalsAreRates() throws {
        var (tower, service) = Self.learned(seed: 15)
        (service.errorRate, service.refusalRate) = (0.2, 0.2)
        let report = Self.run(&tower, &service, from: 3 * Self.day, minutes: 10) { $0.detections.count == 2 }
        let detection = try #require(report.detections.first { $0.key.signal == "error_rate" })
        #expect(detection.severity == .critical)
        #expect(detection.title.hasPrefix("error rate of v7 "))
        #expect(detection.title.contains("usually at most 1."))
        let refusals = try #require(report.detections.first { $0.key.signal == "refusal_rate" })
        #expect(refusals.title.hasPrefix("refusal rate of v7 "))
    }

    @Test func quietWeeksStayQuiet() {
        var alarms = 0
        for seed in 0..<3 as Range<UInt64> {
            var (tower, service) = Self.learned(seed: 100 + seed)
            for minute in 3 * Self.day..<9 * Self.day {
                tower.take(minute: Int64(Self.start + minute), [service.series: service.cell()])
                if minute % 30 == 0, !tower.report(minute: Int64(Self.start + minute)).detections.isEmpty {
                    alarms += 1
                    break
                }
            }
        }
        #expect(alarms <= 1)
    }

    private static func baseline(_ version: String) -> Baseline {
        Baseline(
            kind: .previousVersion, name: "previous_version", number: 3,
            series: SeriesKey(deployment: "bot", version: version), from: Timestamp(seconds: 0),
            until: Timestamp(seconds: 60))
    }

    @Test func driftNeedsSignificanceAndEffectAndEnoughOnBothSides() throws {
        var (tower, service) = (Watchtower(), SimulatedService(seed: 2))
        var before = service
        let reference = (0..<500).reduce(into: RollupCell()) { cell, _ in cell.add(before.cell()) }
        let subject = WatchSubject(series: service.series, baseline: Self.baseline("v6"))
        #expect(tower.watch([subject]) == [subject])
        tower.compare(subject, with: reference, earlier: [], descriptions: Signal.all)
        #expect(tower.watch([subject]).isEmpty)
        service.outputTokens = 260

        var report = Self.run(&tower, &service, from: 0, minutes: 3)
        let early = try #require(report.standings.first { $0.signal == "output_tokens" })
        #expect(early.verdict == .insufficientEvidence)
        #expect(early.explanation == "too few to judge: about 71 more events of v7", "\(early.explanation)")

        report = Self.run(&tower, &service, from: 3, minutes: 100)
        let detection = try #require(report.detections.first)
        #expect(report.detections.map(\.key.signal) == ["output_tokens"])
        #expect(detection.key.kind == .drift && detection.severity == .warning)
        #expect(detection.title.hasPrefix("output_tokens of v7 differs from previous_version #3 (v6): "))
        #expect(try #require(detection.pValue) <= 0.01)
        #expect(try #require(detection.effect) > 0.15)
        #expect(detection.guarantee.contains("all 5 signals"))
        let same = try #require(report.standings.first { $0.signal == "latency" })
        #expect(same.verdict == .noDrift, "\(same.explanation)")
    }

    /// Last week's hours are the measure: a morning like last week's is none, one unlike it is drift.
    @Test(arguments: [false, true]) func lastWeeksHoursAreComparedPairwise(changed: Bool) throws {
        var (tower, service) = (Watchtower(), SimulatedService(seed: 12))
        var past = SimulatedService(seed: 13)
        func hour(_ minute: Int) -> Double { 200 * (1 + 0.6 * sin(Double(minute % 1440) / 1440 * 2 * .pi)) }
        let week = (0..<700).reduce(into: RollupCell()) { cell, index in
            past.outputTokens = hour(index * 14)
            cell.add(past.cell())
        }
        let baseline = Baseline(
            kind: .sameHoursLastWeek, name: "last_week", number: 2,
            series: SeriesKey(deployment: "bot", version: Baseline.everyVersion), from: Timestamp(seconds: 0),
            until: Timestamp(seconds: 7 * 86_400))
        let subject = WatchSubject(series: service.series, baseline: baseline)
        #expect(tower.watch([subject]) == [subject])
        tower.compare(subject, with: week, earlier: [], descriptions: Signal.all)
        let place = Watchtower.Place(service.series)
        #expect(tower.comparedWithLastWeek == [place])
        for minute in 0..<480 {
            past.outputTokens = hour(minute)
            service.outputTokens = hour(minute) * (changed ? 1.3 : 1)
            tower.take(
                minute: Int64(Self.start + minute), [service.series: service.cell()],
                weekBefore: [place: past.cell()])
        }
        let report = tower.report(minute: Int64(Self.start + 480))
        let tokens = try #require(report.standings.first { $0.signal == "output_tokens" })
        #expect(tokens.verdict == (changed ? .drift : .noDrift), "\(tokens.explanation)")
        #expect(
            report.detections.filter { $0.key.kind == .drift }.map(\.key.signal) == (changed ? ["output_tokens"] : []))
        guard changed, let detection = report.detections.first(where: { $0.key.kind == .drift }) else { return }
        #expect(detection.title.hasPrefix("output_tokens of v7 differs from last_week #2: "), "\(detection.title)")
        let (before, after) = (try #require(detection.before), try #require(detection.after))
        #expect(before.upper < after.lower && abs(after.value / before.value - 1.3) < 0.1)
    }

    @Test func aServiceYoungerThanItsLastWeekIsLookedForAgain() {
        var tower = Watchtower()
        let series = SeriesKey(deployment: "bot", version: "v1")
        let baseline = Baseline(
            kind: .sameHoursLastWeek, name: "last_week", number: 1,
            series: SeriesKey(deployment: "bot", version: Baseline.everyVersion), from: Timestamp(seconds: 0),
            until: Timestamp(seconds: 60))
        let subject = WatchSubject(series: series, baseline: baseline)
        for _ in 0..<2 {
            #expect(tower.watch([subject]) == [subject])
            tower.compare(subject, with: RollupCell(), earlier: [], descriptions: Signal.all)
        }
        #expect(tower.report(minute: 1).standings.isEmpty)
    }

    /// The same minutes give the same state, which is how a restart rebuilds it.
    @Test func aReplayGivesTheSameReport() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "steward-test-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try Store(folder: folder)
        var number = 0
        func rows(_ minutes: Range<Int>, tokens: Int64, version: String) -> [EventRow] {
            minutes.flatMap { minute in
                (0..<30).map { index in
                    number += 1
                    return EventRow(
                        id: "e\(number)", time: Timestamp(seconds: Int64((Self.start + minute) * 60 + index)),
                        received: Timestamp(seconds: 0), series: SeriesKey(deployment: "bot", version: version),
                        status: .ok, cost: nil,
                        observations: [.number(.status, 0), .number(.outputTokens, tokens + Int64(index * index % 17))])
                }
            }
        }
        _ = try await store.commit([EventBatch(rows(0..<60, tokens: 100, version: "v6"))])
        _ = try await store.commit([EventBatch(rows(60..<100, tokens: 104, version: "v7"))])
        var baseline = Self.baseline("v6")
        baseline.from = Timestamp(minute: Int64(Self.start))
        baseline.until = Timestamp(minute: Int64(Self.start + 60))
        let subject = WatchSubject(
            series: SeriesKey(deployment: "bot", version: "v7"), baseline: baseline, from: baseline.until)
        func now(_ minute: Int) -> Timestamp { Timestamp(minute: Int64(Self.start + minute)) + .seconds(20) }

        let live = LiveWatch(store: store)
        #expect(live.report == nil)
        let first = try #require(try await live.tick(now: now(70)) { _ in [subject] })
        #expect(first.standings.map(\.signal) == ["status", "output_tokens"])
        #expect(try await live.tick(now: now(70)) { _ in [subject] } == nil)
        var last = first
        for minute in 71...100 { last = try #require(try await live.tick(now: now(minute)) { _ in [subject] }) }
        #expect(last.detections.map(\.key.signal) == ["output_tokens"])

        let restarted = LiveWatch(store: store)
        let again = try #require(try await restarted.tick(now: now(100)) { _ in [subject] })
        #expect(again.detections == last.detections)
        #expect(again.standings == last.standings)
        #expect(again.monitors == last.monitors)

        let found = try await DistributionPair.read(last.detections[0], until: now(100), store: store)
        let pair = try #require(found)
        #expect(pair.reference.count == 1800 && pair.current.count == 1200)
        #expect(abs(pair.reference.shares.reduce(0, +) - 1) < 1e-12)
        #expect(abs(pair.current.shares.reduce(0, +) - 1) < 1e-12)
        try store.close()
    }
}

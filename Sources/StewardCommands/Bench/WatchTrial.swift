import Foundation
import StewardAnalysis
import StewardJSON
import StewardModel
import StewardStatistics
import StewardStore

/// Versions that never change, watched as the daemon watches: compared with a baseline at every minute.
struct WatchTrial: Sendable {
    struct Result: Sendable {
        var trial: WatchTrial
        var series: Int
        var days: Int
        /// Series of which some signal's corrected p-value ever fell to 0.01, however small the difference.
        var significant: Int
        /// Series that were ever stated to drift, or would have been.
        var stated: Int
        var microsecondsPerLook: Double

        var looks: Int64 { Int64(series) * Int64(days) * 1440 }

        var json: JSONValue {
            [
                "what": .string(trial.name), "series": .integer(Int64(series)), "looks": .integer(looks),
                "significant_ever": .integer(Int64(significant)), "stated_ever": .integer(Int64(stated)),
                "microseconds_per_look": .number(microsecondsPerLook),
            ]
        }
    }

    var name: String
    /// Events of the baseline, which is where noise that no amount of watching averages out comes from.
    var baseline: Int
    /// Events a minute.
    var traffic: Int
    /// Against the same hours last week, in a service whose hours differ by a factor of nine.
    var isLastWeek = false

    static let all = [
        WatchTrial(name: "baseline of 200 events, 5 a minute", baseline: 200, traffic: 5),
        WatchTrial(name: "baseline of 5,000 events, 5 a minute", baseline: 5000, traffic: 5),
        WatchTrial(name: "last week's hours, 5 a minute", baseline: 5000, traffic: 5, isLastWeek: true),
    ]

    func run(series: Int, days: Int, seed: UInt64) -> Result {
        let clock = ContinuousClock()
        let outcomes = Parallel.map(series) { number in
            var outcome = (significant: false, stated: false, watching: Duration.zero)
            var random = SplitMix64(seed: seed &+ UInt64(number) &* 0xA24B_AED4_963E_E407)
            let watched = SeriesKey(deployment: "bench", version: "v2")
            let reference = Baseline(
                kind: isLastWeek ? .sameHoursLastWeek : .pinned, name: "bench", number: 1,
                series: SeriesKey(deployment: "bench", version: isLastWeek ? Baseline.everyVersion : "v1"),
                from: Timestamp(seconds: 0), until: Timestamp(seconds: 60))
            var tower = Watchtower()
            for subject in tower.watch([WatchSubject(series: watched, baseline: reference)]) {
                tower.compare(
                    subject, with: cell(baseline, 0, &random), earlier: [], descriptions: Signal.all)
            }
            let place = Watchtower.Place(watched)
            for minute in 1...Int64(days) * 1440 {
                let now = cell(traffic, minute, &random)
                let weekBefore = isLastWeek ? [place: cell(traffic, minute, &random)] : [:]
                outcome.watching += clock.measure {
                    tower.take(minute: minute, [watched: now], weekBefore: weekBefore)
                    for standing in tower.report(minute: minute).standings {
                        if let pValue = standing.pValue, pValue <= tower.rule.alpha { outcome.significant = true }
                        if standing.verdict == .drift { outcome.stated = true }
                    }
                }
            }
            return outcome
        }
        let watching = outcomes.reduce(Duration.zero) { $0 + $1.watching }
        return Result(
            trial: self, series: series, days: days, significant: outcomes.count { $0.significant },
            stated: outcomes.count { $0.stated },
            microsecondsPerLook: Double(watching.wholeMicroseconds) / Double(series * days * 1440))
    }

    private func cell(_ events: Int, _ minute: Int64, _ random: inout SplitMix64) -> RollupCell {
        let season = isLastWeek ? 1.1 * sin(Double(minute % 1440) / 1440 * 2 * .pi) : 0
        var cell = RollupCell()
        for _ in 0..<events {
            cell.add(number: random.unit() < 0.02 ? 1 : 0, of: .status)
            cell.add(number: Int64(exp(13 + season + 0.6 * random.normal())), of: .latency)
            cell.add(number: Int64(exp(5 + season + 0.8 * random.normal())), of: .outputTokens)
            cell.add(number: random.unit() < 0.1 ? 1 : 0, of: .refusal)
        }
        return cell
    }
}

import Foundation
import StewardJSON
import StewardStatistics
import Testing

@testable import StewardCommands

/// The Numenta Anomaly Benchmark (A. Lavin, S. Ahmad, arXiv 1510.03336), on the files below `nab` in the folder named
/// by STEWARD_TEST_DATA. The floors are those of the earthgecko Skyline detector on the same four categories; the
/// scorer reaches 78.2 / 72.2 / 82.1 there.
@Suite struct AnomaliesBenchmarkTests {
    private static let folder = ProcessInfo.processInfo.environment["STEWARD_TEST_DATA"].map {
        URL(filePath: $0).appending(path: "nab")
    }

    /// One scorable row: its score, the window it lies in, and its worth.
    private struct Row {
        var score: Double
        var window: Int?
        var worth: Double
    }

    private struct Profile {
        var falsePositive: Double
        var missed: Double
    }

    private static func sigma(_ y: Double) -> Double { 2 / (1 + exp(5 * y)) - 1 }

    /// Appends the rows of one file behind its probation; `firstWindow` numbers its windows.
    private static func rows(
        _ times: [Substring], _ scores: [Double], windows: [(String, String)], firstWindow: Int
    ) throws -> [Row] {
        var first: [String: Int] = [:]
        for (index, time) in times.enumerated() where first[String(time)] == nil { first[String(time)] = index }
        var rows = scores.map { Row(score: $0, window: nil, worth: -1) }
        let spans = try windows.map { begin, end in
            (try #require(first[String(begin.prefix(19))]), try #require(first[String(end.prefix(19))]))
        }
        for (begin, end) in spans where end + 1 < rows.count {
            for index in end + 1..<rows.count {
                let distance = Double(index - end) / Double(max(end - begin, 1))
                rows[index].worth = distance > 3 ? -1 : sigma(distance)
            }
        }
        for (number, (begin, end)) in spans.enumerated() {
            for index in begin...end {
                rows[index].window = firstWindow + number
                rows[index].worth = sigma(-Double(end - index + 1) / Double(end - begin + 1)) / sigma(-1)
            }
        }
        return Array(rows.dropFirst(Int(min(0.15 * Double(rows.count), 750))))
    }

    /// The best normalised score over all thresholds.
    private static func score(_ rows: [Row], windows: Int, _ profile: Profile) -> Double {
        var best = Array(repeating: -profile.missed, count: windows)
        var (raw, highest) = (-profile.missed * Double(windows), -Double.infinity)
        let sorted = rows.sorted { $0.score > $1.score }
        highest = raw
        for (index, row) in sorted.enumerated() {
            if let window = row.window {
                raw += max(0, row.worth - best[window])
                best[window] = max(best[window], row.worth)
            } else {
                raw += profile.falsePositive * row.worth
            }
            if index + 1 == sorted.count || sorted[index + 1].score < row.score { highest = max(highest, raw) }
        }
        let null = -profile.missed * Double(windows)
        return 100 * (highest - null) / (Double(windows) - null)
    }

    @Test(.enabled(if: folder != nil, "set STEWARD_TEST_DATA to a folder with nab/data and nab/labels"))
    func staysAboveTheFloorOfTheBenchmark() throws {
        let folder = try #require(Self.folder)
        let labels = try JSONValue(
            parsing: Array(Data(contentsOf: folder.appending(path: "labels/combined_windows.json"))))
        var (rows, windows): ([Row], Int) = ([], 0)
        for file in try #require(labels.members) {
            let text = String(
                decoding: try Data(contentsOf: folder.appending(path: "data/\(file.name)")), as: UTF8.self)
            let cells = text.split(whereSeparator: \.isNewline).dropFirst().map { $0.split(separator: ",") }
            var scorer = AnomalyScorer()
            let scores = try cells.map { scorer.score(try #require(Double($0[1])))?.value ?? 0 }
            let spans = try #require(file.value.array).map { span in
                (try #require(span.array?.first?.string), try #require(span.array?.last?.string))
            }
            rows += try Self.rows(cells.map { $0[0] }, scores, windows: spans, firstWindow: windows)
            windows += spans.count
        }
        let reached = [(0.11, 1.0), (0.22, 1), (0.11, 2)].map {
            Self.score(rows, windows: windows, Profile(falsePositive: $0.0, missed: $0.1))
        }
        for (score, floor) in zip(reached, [61.1, 51.7, 66.1]) { #expect(score > floor, "\(reached)") }
    }
}

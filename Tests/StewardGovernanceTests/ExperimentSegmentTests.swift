import StewardModel
import StewardPolicy
import StewardStatistics
import Testing

@testable import StewardGovernance

/// Segments are read without fishing, and a covariate from before shortens intervals.
struct ExperimentSegmentTests {
    static func group(_ value: String, _ attribute: String = "plan") -> SegmentCounts.Group {
        SegmentCounts.Group(attribute: attribute, value: value)
    }

    static func read(
        _ segments: [String: [(trials: Int64, hits: Int64)]], start: SegmentCounts = SegmentCounts()
    ) throws -> (readOut: ExperimentReadOut, rows: [SegmentReadOut.Row]) {
        var design = ExperimentTests.design()
        design.segments = ["plan"]
        var experiment = try ExperimentTests.running(design)
        experiment.startSegments = start
        let tallies = Dictionary(
            uniqueKeysWithValues: segments.map { (group($0), $1.map { Tally(hits: $0.hits, trials: $0.trials) }) })
        let total = (0..<2).map { arm in
            segments.values.reduce((trials: Int64(0), hits: Int64(0))) {
                ($0.trials + $1[arm].trials, $0.hits + $1[arm].hits)
            }
        }
        let readOut = try #require(
            ExperimentEngine.readOut(
                experiment,
                ExperimentEvidence(
                    counts: ExperimentTests.counts(total, before: 500), segments: SegmentCounts(tallies: tallies))))
        return (readOut, try #require(readOut.segments).rows)
    }

    /// One segment is much better, the others balance it: the segment shows it, and decides nothing.
    @Test func aSegmentNeverDecides() throws {
        let (readOut, rows) = try Self.read([
            "free": [(2000, 300), (2000, 150)], "pro": [(2000, 150), (2000, 300)],
        ])
        #expect(readOut.verdict == nil)
        #expect(rows.map(\.group.value) == ["free", "pro"])
        #expect(rows.allSatisfy { ($0.adjustedPValue ?? 1) < 0.05 })
        #expect((rows[0].interval?.upper ?? 1) < 0 && (rows[1].interval?.lower ?? -1) > 0)
    }

    @Test func manySegmentsAreCorrectedFor() throws {
        let one = try Self.read(["a": [(800, 100), (800, 55)]]).rows[0]
        let many = try Self.read(
            Dictionary(
                uniqueKeysWithValues: (0..<12).map {
                    ("g\($0)", $0 == 0 ? [(800, 100), (800, 55)] : [(800, 80), (800, 80)])
                })
        ).rows[0]
        let (p, raw) = (try #require(many.adjustedPValue), try #require(one.pValue))
        #expect(abs(p - min(1, 12 * raw)) < 1e-12, "Holm: the least of twelve counts twelve times")
        let widths = [one, many].compactMap { row in row.interval.map { $0.upper - $0.lower } }
        #expect(widths[1] > widths[0])
    }

    @Test func segmentsWithTooFewSaySo() throws {
        let rows = try Self.read(["big": [(500, 50), (500, 50)], "small": [(99, 0), (500, 90)]]).rows
        #expect(rows.map(\.isEnough) == [true, false])
        #expect(rows[1].interval == nil && rows[1].pValue == nil && rows[1].difference == nil)
    }

    @Test func whatWasCountedBeforeInTheHourOfTheStartIsNotCounted() throws {
        let start = SegmentCounts(tallies: [
            Self.group("free"): [Tally(hits: 400, trials: 500), Tally(hits: 0, trials: 0)]
        ])
        let rows = try Self.read(["free": [(1000, 450), (500, 50)]], start: start).rows
        #expect(rows[0].controlObservations == 500 && rows[0].controlMean == 0.1)
    }

    /// Most of the variance is between plans, and was so before the experiment.
    @Test func aCovariateFromBeforeShortensTheInterval() throws {
        var design = ExperimentTests.design()
        design.covariate = "plan"
        let experiment = try ExperimentTests.running(design)
        let groups = [
            Self.group("free"): [Tally(hits: 900, trials: 1000), Tally(hits: 880, trials: 1000)],
            Self.group("pro"): [Tally(hits: 100, trials: 1000), Tally(hits: 80, trials: 1000)],
        ]
        var evidence = ExperimentEvidence(
            counts: ExperimentTests.counts([(2000, 1000), (2000, 960)], before: 500),
            segments: SegmentCounts(tallies: groups, history: ["free": 0.9, "pro": 0.1]))
        let adjusted = try #require(ExperimentEngine.readOut(experiment, evidence))
        #expect(abs((adjusted.explainedVariance ?? 0) - 0.63) < 0.02)
        evidence.segments.history = [:]
        let plain = try #require(ExperimentEngine.readOut(experiment, evidence))
        #expect(plain.explainedVariance == nil)
        let widths = [plain, adjusted].compactMap { $0.comparisons[0].interval.map { $0.upper - $0.lower } }
        #expect(widths[1] < 0.65 * widths[0])
        #expect(abs((plain.comparisons[0].difference ?? 1) - (adjusted.comparisons[0].difference ?? 0)) < 1e-9)
        evidence.segments = SegmentCounts(tallies: groups, history: ["free": 0.9])
        let partial = try #require(ExperimentEngine.readOut(experiment, evidence))
        #expect(partial.explainedVariance == nil, "half of the requests have nothing from before")
    }
}

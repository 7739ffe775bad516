import Foundation
import Testing

@testable import StewardStatistics

/// The comparison with last week's hours: blind to what the hours are like, not to what changed.
@Suite struct PairedDriftTests {
    /// Log-normal values whose level and spread follow the hour of the day, 15 minutes at a time.
    private static func span(
        _ stream: inout SimulatedStream, _ span: Int, _ count: Int, factor: Double = 1
    ) -> LogLinearHistogram {
        let day = 2 * Double.pi * Double(span % 96) / 96
        var histogram = LogLinearHistogram()
        for _ in 0..<count {
            histogram.add(Int64(exp(6.5 + sin(day) + (0.6 + 0.3 * cos(day)) * stream.normal()) * factor))
        }
        return histogram
    }

    private static func questions(_ stream: inout SimulatedStream) -> DriftQuestions {
        var week = LogLinearHistogram()
        for span in 0..<7 * 96 { week.merge(Self.span(&stream, span, 10)) }
        return DriftQuestions(numbers: week)
    }

    @Test func strongSeasonsAreNoDriftHoweverLongOneLooks() throws {
        var alarmed: [UInt64] = []
        for seed in 0..<30 as Range<UInt64> {
            var stream = SimulatedStream(seed: seed)
            var drift = try #require(PairedDrift(Self.questions(&stream)))
            for span in 0..<10 * 96 {
                // Twice the traffic of last week in the mornings: the mix of hours differs, too.
                let traffic = span % 96 < 48 ? 60 : 20
                let minute = Int64(span * 15)
                drift.add(Self.span(&stream, span, traffic), against: Self.span(&stream, span, 30), minute: minute)
            }
            if try #require(drift.progress(level: 0.01)).pValue <= 0.01 { alarmed.append(seed) }
        }
        #expect(alarmed.isEmpty, "seeds \(alarmed)")
    }

    /// Without pairing, a morning that is held against the whole week is found to drift at once.
    @Test func unpairedTheSameStreamsDrift() throws {
        var stream = SimulatedStream(seed: 1)
        var drift = try #require(SequentialDrift(Self.questions(&stream)))
        for span in 0..<48 { drift.add(Self.span(&stream, span, 60), minute: Int64(span * 15)) }
        #expect(try #require(drift.progress(level: 0.01)).pValue <= 0.01)
    }

    @Test func aChangeIsFoundWithItsSizeAndMeans() throws {
        var stream = SimulatedStream(seed: 7)
        var drift = try #require(PairedDrift(Self.questions(&stream)))
        for span in 0..<96 {
            drift.add(Self.span(&stream, span, 60), against: Self.span(&stream, span, 60), minute: Int64(span * 15))
        }
        var found: Int?
        for span in 96..<192 where found == nil {
            let current = Self.span(&stream, span, 60, factor: 1.4)
            drift.add(current, against: Self.span(&stream, span, 60), minute: Int64(span * 15))
            if let progress = drift.progress(level: 0.01), progress.pValue <= 0.01 {
                found = span
                #expect((0.08...0.25).contains(progress.shareMoved))
                #expect(progress.sinceMinute == 96 * 15)
                #expect(progress.current.mean > 1.2 * progress.reference.mean)
                #expect(progress.currentRowsNeeded == 0 && progress.referenceRowsNeeded == 0)
            }
        }
        #expect(try #require(found) < 96 + 48)
    }

    @Test func saysWhatItWouldNeedAndNothingFromNothing() throws {
        var stream = SimulatedStream(seed: 3)
        #expect(PairedDrift(DriftQuestions(numbers: LogLinearHistogram())) == nil)
        var drift = try #require(PairedDrift(Self.questions(&stream)))
        drift.add(LogLinearHistogram(), against: Self.span(&stream, 0, 5), minute: 0)
        drift.add(Self.span(&stream, 0, 5), against: LogLinearHistogram(), minute: 0)
        #expect(drift.progress(level: 0.01) == nil)
        drift.add(Self.span(&stream, 0, 200, factor: 1.4), against: Self.span(&stream, 0, 100), minute: 0)
        let early = try #require(drift.progress(level: 0.01))
        #expect(early.pValue > 0.01 && early.currentRowsNeeded > 100 && early.referenceRowsNeeded > 50)
        #expect(early.referenceCount == 100 && early.currentCount == 200)
    }

    @Test func categoriesAreCompared() throws {
        func counts(_ stop: Int64, _ length: Int64) -> LogLinearHistogram {
            LogLinearHistogram([.init(bin: 0, count: stop), .init(bin: 1, count: length)])
        }
        var drift = try #require(PairedDrift(DriftQuestions(categories: counts(900, 100))))
        for span in 0..<40 as Range<Int64> {
            drift.add(counts(70, 30), against: counts(90, 10), minute: span * 15)
        }
        let progress = try #require(drift.progress(level: 0.01))
        #expect(progress.pValue < 1e-6 && abs(progress.shareMoved - 0.2) < 1e-9 && progress.tailRatio == nil)
    }
}

import Foundation
import StewardStatistics
import Testing

/// How often each method rejects where nothing changed, and where something did.
///
/// STEWARD_CALIBRATION_DRAWS=2000 runs the whole grid and prints it (minutes, in a release build); without it, fewer
/// draws of the smaller samples guard against a method that has lost its level.
@Suite("Calibration of two-sample tests")
struct TwoSampleCalibrationTests {
    static let draws = ProcessInfo.processInfo.environment["STEWARD_CALIBRATION_DRAWS"].flatMap { Int($0) }

    struct Cell: Sendable, CustomTestStringConvertible {
        var column: DrawnColumn
        var reference: Int
        var current: Int
        var testDescription: String { "\(column.rawValue) \(reference) vs \(current)" }
    }

    static var cells: [Cell] {
        let sizes =
            draws == nil
            ? [(100, 100), (1001, 100), (500, 500)]
            : [
                (100, 100), (1000, 100), (1001, 100), (5000, 100), (500, 500), (5000, 500), (500, 5000), (5000, 5000),
                (50_000, 500), (50_000, 50_000),
            ]
        return DrawnColumn.allCases.flatMap { column in
            sizes.map { Cell(column: column, reference: $0.0, current: $0.1) }
        }
    }

    /// The methods, and whether each rejects at 0.05.
    private func rejections(_ cell: Cell, _ random: inout SplitMix64) throws -> [(method: String, rejects: Bool)] {
        let reference = cell.column.draws(cell.reference, using: &random)
        let current = cell.column.draws(cell.current, using: &random)
        func level(_ p: Double?) -> Bool { p.map { $0 <= 0.05 } ?? false }
        func finding(_ evidence: DriftEvidence) -> Bool { DriftRule().judge([evidence])[0].verdict == .drift }
        /// The corrected p-values alone, without the declared effect.
        func significant(_ evidence: DriftEvidence) -> Bool {
            var rule = DriftRule()
            (rule.leastShareMoved, rule.leastTailRatio) = (0, 1)
            return rule.judge([evidence])[0].verdict == .drift
        }
        guard cell.column.isNumeric else {
            let counts = try #require(DrawnColumn.counts(reference, current))
            let evidence = DriftEvidence(counts)
            let psi = PopulationStability(
                counts.poolingRareCells(expected: AlignedCounts.leastExpectedForStability))
            return [
                ("finding", finding(evidence)), ("significant", significant(evidence)),
                ("chi2 pooled", level(ChiSquareHomogeneity(counts.poolingRareCells())?.pValue)),
                ("chi2 unpooled", level(ChiSquareHomogeneity(counts)?.pValue)),
                ("G pooled", level(GTest(counts.poolingRareCells())?.correctedPValue)),
                ("PSI band", psi.statistic > psi.nullUpperBound),
            ]
        }
        let sample = try #require(
            PooledSample(reference: SortedSample(reference), current: SortedSample(current)))
        let evidence = DriftEvidence(sample)
        let bins = AlignedCounts(decilesOf: sample)
        let psi = PopulationStability(bins)
        let ks = KolmogorovSmirnov(sample)
        return [
            ("finding", finding(evidence)), ("significant", significant(evidence)),
            ("KS", level(ks.pValue)), ("KS asymptotic", level(ks.asymptoticPValue)),
            ("AD", level(AndersonDarling(sample)?.pValue)),
            ("AD table", level(AndersonDarling(sample)?.tabulatedPValue)),
            ("tail low", level(TailShare(sample, .lower)?.pValue)),
            ("tail high", level(TailShare(sample, .upper)?.pValue)),
            ("CvM", level(CramerVonMises(sample)?.pValueGivenTies)),
            ("CvM, ties ignored", level(CramerVonMises(sample)?.pValue)),
            ("MWU", level(MannWhitney(sample).pValue)), ("Welch", level(WelchT(sample)?.pValue)),
            ("chi2 deciles", level(ChiSquareHomogeneity(bins)?.pValue)),
            ("PSI band", psi.statistic > psi.nullUpperBound),
        ]
    }

    @Test("unchanged columns are found at most as often as stated", arguments: cells)
    func falseAlarms(cell: Cell) throws {
        let draws = cell.reference + cell.current > 50_000 ? Self.draws.map { $0 / 4 } ?? 0 : Self.draws ?? 40
        var random = SplitMix64(seed: 20_261_121)
        var counts: [(method: String, count: Int)] = []
        for _ in 0..<draws {
            for (index, (method, rejects)) in try rejections(cell, &random).enumerated() {
                if index == counts.count { counts.append((method, 0)) }
                counts[index].count += rejects ? 1 : 0
            }
        }
        // Three standard errors of a rate of 0.05.
        let most = 0.05 * Double(draws) + 3 * (0.05 * 0.95 * Double(draws)).squareRoot()
        for (method, count) in counts where method == "finding" || method == "significant" {
            #expect(Double(count) <= most, "\(method): \(count) of \(draws), seed 20261121")
        }
        guard Self.draws != nil else { return }
        let rates = counts.map { "\($0.method) \((Double($0.count) / Double(draws) * 1000).rounded() / 1000)" }
        print("\(cell.testDescription), \(draws) draws: \(rates.joined(separator: " · "))")
    }

    static let changes: [(name: String, reference: Int, current: Int, shift: @Sendable ([Double]) -> [Double])] = [
        ("lognormal × 1.1", 5000, 5000, { $0.map { $0 * 1.1 } }),
        (
            "lognormal, top 5 % × 3", 5000, 500,
            { values in
                let edge = values.sorted()[values.count * 95 / 100]
                return values.map { $0 >= edge ? $0 * 3 : $0 }
            }
        ),
    ]

    @Test("changes are found in 95 % of draws", arguments: changes.indices)
    func power(index: Int) throws {
        let change = Self.changes[index]
        let draws = Self.draws ?? 20
        var random = SplitMix64(seed: 7)
        var found = 0
        for _ in 0..<draws {
            let reference = DrawnColumn.lognormal.draws(change.reference, using: &random)
            let current = change.shift(DrawnColumn.lognormal.draws(change.current, using: &random))
            let sample = try #require(
                PooledSample(reference: SortedSample(reference), current: SortedSample(current)))
            if DriftRule().judge([DriftEvidence(sample)])[0].verdict == .drift { found += 1 }
        }
        if Self.draws != nil { print("\(change.name): \(found) of \(draws) found") }
        #expect(Double(found) >= 0.95 * Double(draws), "\(change.name), seed 7")
    }
}

/// Many cells of few rows, where the textbook laws of G and PSI are wrong.
@Suite struct SecondOrderTests {
    @Test func manyCellsOfFewRowsKeepTheirLevel() throws {
        var random = SplitMix64(seed: 20_261_121)
        let draws = 400
        var found = (g: 0, stability: 0)
        for _ in 0..<draws {
            func counts() -> [Int] {
                var result = Array(repeating: 0, count: 100)
                for _ in 0..<1000 { result[Int.random(in: 0..<100, using: &random)] += 1 }
                return result
            }
            let counted = try #require(AlignedCounts(reference: counts(), current: counts()))
            let test = try #require(GTest(counted))
            let stability = PopulationStability(counted)
            if test.correctedPValue <= 0.05 { found.g += 1 }
            if stability.statistic > stability.nullUpperBound { found.stability += 1 }
        }
        // Three standard errors of 5 % of 400 draws are 13.
        #expect(found.g <= 33 && found.stability <= 33, "\(found)")
    }
}

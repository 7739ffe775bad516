import Foundation
import Testing

@testable import StewardStatistics

@Suite struct StreamingAnomalyTests {
    /// The grid's definition, word for word: counts of all values so far at the width that the range needs now.
    private func surprises(_ values: [Double], cellsPerRange: Int, phase: Int) -> [Double] {
        values.indices.map { index in
            let past = values[..<index]
            let (low, high) = (past.min() ?? values[index], past.max() ?? values[index])
            let range = max(high, values[index]) - min(low, values[index])
            guard range > 0 else { return 0 }
            var exponent = -1100
            while exp2(Double(exponent)) < range / Double(cellsPerRange) { exponent += 1 }
            let fifths = [1, 3, 4, 2][((exponent % 4) + 4) % 4] * phase % 5
            let cells = values[...index].map {
                Int(($0 / exp2(Double(exponent)) + Double(fifths) / 5).rounded(.down))
            }
            let (known, cell) = (Array(cells.dropLast()), cells[index])
            let kinds = Set(known)
            let distance = kinds.map { abs($0 - cell) }.min() ?? 0
            var chance = exp2(-Double(distance)) / Double(cellsPerRange)
            let visits = known.count { $0 == cell }
            chance = (Double(visits) + Double(kinds.count) * chance) / Double(known.count + kinds.count)
            let followers = zip(known, known.dropFirst()).filter { $0.0 == known.last }.map { $0.1 }
            if !followers.isEmpty {
                let variety = Double(Set(followers).count)
                chance =
                    (Double(followers.count { $0 == cell }) + variety * chance) / (Double(followers.count) + variety)
            }
            return -log2(chance)
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func aMergedGridIsTheGridOfAllValues(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let growths: [Double] = [1, 1.02, 1.1, 3]
        let growth = growths[Int(seed % 4)]
        var scale = exp2(Double(Int.random(in: -40...40, using: &random)))
        let offset = Double(Int.random(in: -3...3, using: &random)) * scale
        let values: [Double] = (0..<120).map { _ in
            scale *= growth
            return offset + scale * Double(Int.random(in: -8...8, using: &random)) / 8
        }
        let phase = Int(seed % 5)
        for cells in [8, 16] {
            var grid = ContextGrid(cellsPerRange: cells, phase: phase)
            let computed = values.map { grid.surprise($0) }
            let expected = surprises(values, cellsPerRange: cells, phase: phase)
            for (index, (one, other)) in zip(computed, expected).enumerated() {
                #expect(abs(one - other) < 1e-9, "seed \(seed), \(cells) cells, row \(index)")
            }
        }
    }

    private func scores(_ values: [Double]) -> [Double] {
        var scorer = AnomalyScorer()
        return values.map { scorer.score($0)?.value ?? -1 }
    }

    private func season(_ count: Int, seed: UInt64) -> [Double] {
        var stream = SimulatedStream(seed: seed)
        return (0..<count).map { 50 + 20 * sin(Double($0) / 40) + stream.normal() }
    }

    @Test func aSpikeALevelAndAFlatLineAreScoredWhereTheyBegin() {
        let calm = season(3000, seed: 1)
        #expect(scores(calm)[600...].allSatisfy { $0 < 0.99 })
        var (spike, level, flat) = (calm, calm, calm)
        spike[2000] += 80
        for row in 2000..<3000 { level[row] += 60 }
        for row in 2000..<3000 { flat[row] = 20 }
        for changed in [spike, level, flat] {
            let found = scores(changed)
            let first = found[600...].firstIndex { $0 >= 0.99 }
            #expect(first.map { (2000...2004).contains($0) } == true)
            #expect(found[2000..<2128].count { $0 >= 0.99 } <= 4)
        }
    }

    @Test func aConstantIsNeverAnAnomaly() {
        #expect(scores(Array(repeating: 45, count: 500)).allSatisfy { $0 == 0 })
        let last = scores(Array(repeating: 45, count: 500) + [46]).last
        #expect(last.map { $0 > 0.9 } == true)
    }

    @Test func scoresDoNotDependOnTheUnitAndLieIn0To1() {
        let values = season(1000, seed: 2)
        let found = scores(values)
        #expect(found == scores(values.map { $0 * 0x1p40 }))
        #expect(found.allSatisfy { (0...1).contains($0) })
    }

    @Test(arguments: [
        [1e308, -1e308, 0, 1, 1e-308], [.leastNonzeroMagnitude, 0, 0x1p-1040], [1e9, 1e9 + 1e-6, 1e9 - 1e-6],
        [0, -0.0, 1e300, 1e-300],
    ]) func extremeValuesAreScored(values: [Double]) {
        let repeated = (0..<200).map { values[$0 % values.count] }
        #expect(scores(repeated).allSatisfy { (0...1).contains($0) })
    }

    @Test func whatIsNoNumberChangesNothing() {
        let values = season(500, seed: 3)
        var scorer = AnomalyScorer()
        var found: [Double] = []
        for value in values {
            for gap in [Double.nan, .infinity, -.infinity] { #expect(scorer.score(gap) == nil) }
            found.append(scorer.score(value)?.value ?? -1)
        }
        #expect(found == scores(values))
    }

    /// A spike sets the range for as long as it is remembered; two generations later small changes count again.
    @Test func aGenerationForgets() {
        func found(generationRows: Int) -> Double {
            var scorer = AnomalyScorer(generationRows: generationRows)
            var largest = 0.0
            for (row, value) in season(4000, seed: 4).enumerated() {
                let score = scorer.score(row == 200 ? 1e6 : row == 3500 ? 120 : value)
                if row == 3500 { largest = score?.surpriseBits ?? 0 }
            }
            return largest
        }
        #expect(found(generationRows: 1000) > 4)
        #expect(found(generationRows: 100_000) < 1)
    }
}

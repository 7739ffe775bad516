import StewardStatistics
import Testing

@Suite("Two samples: properties")
struct TwoSamplePropertyTests {
    static let seeds: [UInt64] = [1, 2, 3, 5, 8, 13]

    private static func pooled(_ reference: [Double], _ current: [Double]) throws -> PooledSample {
        try #require(PooledSample(reference: SortedSample(reference), current: SortedSample(current)))
    }

    // MARK: - Sorting and pooling

    /// Numbers that are hard to sort by their bits: equal in the upper ones, of both signs, few, sorted, all equal.
    static let patterns: [(String, @Sendable (Int, inout SplitMix64) -> Double)] = [
        ("normal", { _, random in DrawnColumn.normal.draw(using: &random) }),
        ("offset", { _, random in 1e15 + DrawnColumn.normal.draw(using: &random) }),
        ("few", { _, random in Double(Int.random(in: -3...3, using: &random)) }),
        ("falling", { index, _ in -Double(index) }), ("constant", { _, _ in 7 }),
        ("bits", { _, random in Double(bitPattern: random.next()) }),
        (
            "last bits, and one far away",
            { index, random in index == 9 ? -1e300 : 1 + Double(random.next() & 0xFFFF) * 0x1p-52 }
        ),
    ]

    @Test("the order is that of comparing", arguments: patterns.indices)
    func sorting(pattern: Int) {
        var random = SplitMix64(seed: 4)
        for count in [0, 1, 2, 255, 256, 257, 5000] {
            let values = (0..<count).map { Self.patterns[pattern].1($0, &random) }
            let finite = values.filter(\.isFinite)
            let sorted = SortedSample(values)
            #expect(sorted.values == finite.sorted(), "\(Self.patterns[pattern].0), \(count) values")
            #expect(sorted.nonFiniteCount == count - finite.count)
        }
    }

    @Test("a pooled sample counts every value once, whatever form it came in", arguments: seeds)
    func pooling(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let reference = (0..<300).map { _ in Int64.random(in: -60...60, using: &random) }
        let current = (0..<170).map { _ in Int64.random(in: -50...90, using: &random) }
        let sample = try Self.pooled(reference.map { Double($0) }, current.map { Double($0) })
        #expect(sample.values == Set(reference + current).map { Double($0) }.sorted())
        for (index, value) in sample.values.enumerated() {
            #expect(sample.referenceThrough[index] == reference.count { Double($0) <= value }, "seed \(seed)")
            #expect(sample.currentThrough[index] == current.count { Double($0) <= value }, "seed \(seed)")
        }
        // Values up to 127 have a bin of their own, so nothing is lost in a histogram.
        var (first, second) = (LogLinearHistogram(), LogLinearHistogram())
        for value in reference { first.add(value) }
        for value in current { second.add(value) }
        #expect(PooledSample(reference: first, current: second) == sample, "seed \(seed)")
    }

    @Test("bins never overstate the distance of the values in them", arguments: seeds)
    func binsAreConservative(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let reference = DrawnColumn.lognormal.draws(800, using: &random).map { ($0 * 1000).rounded() }
        let current = DrawnColumn.lognormal.draws(500, using: &random).map { ($0 * 1100).rounded() }
        var (first, second) = (LogLinearHistogram(), LogLinearHistogram())
        for value in reference { first.add(Int64(value)) }
        for value in current { second.add(Int64(value)) }
        let exact = try Self.pooled(reference, current)
        let binned = try #require(PooledSample(reference: first, current: second))
        let (d, binnedD) = (KolmogorovSmirnov(exact).statistic, KolmogorovSmirnov(binned).statistic)
        #expect(binnedD <= d && binnedD > d - 0.02, "seed \(seed)")
        let (w, binnedW) = (Wasserstein(exact).distance, Wasserstein(binned).distance)
        #expect(abs(binnedW / w - 1) < 0.05, "seed \(seed)")
    }

    @Test("no data, no comparison")
    func empty() {
        #expect(PooledSample(reference: SortedSample([]), current: SortedSample([1])) == nil)
        #expect(PooledSample(reference: SortedSample([.nan]), current: SortedSample([1])) == nil)
        #expect(PooledSample(values: [2, 1], reference: [1, 1], current: [1, 1]) == nil)
        #expect(PooledSample(values: [1, 2], reference: [1, -1], current: [1, 1]) == nil)
        #expect(PooledSample(values: [1, 2], reference: [0, 0], current: [1, 1]) == nil)
        #expect(AlignedCounts(reference: [1, 2], current: [0, 0]) == nil)
        #expect(AlignedCounts(reference: [1, 2], current: [1]) == nil)
    }

    // MARK: - Tests

    /// Every way in which `n` of `n + m` places can be the reference's.
    private static func arrangements(_ n: Int, _ m: Int) -> [[Bool]] {
        if n == 0 { return [[Bool](repeating: false, count: m)] }
        if m == 0 { return [[Bool](repeating: true, count: n)] }
        return arrangements(n - 1, m).map { [true] + $0 } + arrangements(n, m - 1).map { [false] + $0 }
    }

    @Test(
        "the exact p-value is the share of all arrangements",
        arguments: [(3, 3), (4, 6), (5, 7), (2, 9), (6, 6), (1, 5)])
    func exactKolmogorovSmirnov(n: Int, m: Int) throws {
        let tests = try Self.arrangements(n, m).map { places in
            let ranks = places.indices.map { Double($0) }
            return KolmogorovSmirnov(
                try Self.pooled(
                    zip(ranks, places).filter(\.1).map(\.0), zip(ranks, places).filter { !$0.1 }.map(\.0)))
        }
        for test in tests {
            let share = Double(tests.count { $0.statistic >= test.statistic - 1e-12 }) / Double(tests.count)
            let pValue = try #require(test.exactPValue)
            #expect(abs(pValue - share) < 1e-12, "D \(test.statistic)")
        }
    }

    @Test("exchanging the samples changes no distance, and no p-value of a symmetric test", arguments: seeds)
    func symmetry(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let first = DrawnColumn.poisson.draws(60, using: &random)
        let second = DrawnColumn.poisson.draws(45, using: &random).map { $0 + 1 }
        let (there, back) = (try Self.pooled(first, second), try Self.pooled(second, first))
        func close(_ a: Double?, _ b: Double?) -> Bool {
            guard let a, let b else { return a == b }
            return abs(a - b) <= 1e-9 * max(abs(a), 1e-3)
        }
        #expect(close(KolmogorovSmirnov(there).pValue, KolmogorovSmirnov(back).pValue))
        #expect(close(AndersonDarling(there)?.pValue, AndersonDarling(back)?.pValue))
        #expect(close(CramerVonMises(there)?.pValueGivenTies, CramerVonMises(back)?.pValueGivenTies))
        #expect(close(MannWhitney(there).pValue, MannWhitney(back).pValue))
        #expect(close(Wasserstein(there).distance, Wasserstein(back).distance))
        #expect(close(EnergyDistance.value(there), EnergyDistance.value(back)))
        #expect(close(TailShare(there, .upper)?.pValue, TailShare(back, .upper)?.pValue))
        #expect(close(TailShare(there, .upper)?.ratio, (TailShare(back, .upper)?.ratio).map { 1 / $0 }))
    }

    @Test("two values: Anderson–Darling given ties is the chi-square test")
    func andersonDarlingOfTwoValues() throws {
        let reference = [Double](repeating: 0, count: 700) + [Double](repeating: 1, count: 300)
        let current = [Double](repeating: 0, count: 330) + [Double](repeating: 1, count: 170)
        let test = try #require(AndersonDarling(try Self.pooled(reference, current)))
        let counts = try #require(AlignedCounts(reference: [700, 300], current: [330, 170]))
        let chiSquare = try #require(ChiSquareHomogeneity(counts))
        #expect(abs(test.pValue / chiSquare.pValue - 1) < 0.01)
        #expect(test.tabulatedPValue < chiSquare.pValue, "which ignores ties")
    }

    @Test("what is undefined is nil, not NaN")
    func undefined() throws {
        let constant = try Self.pooled([3, 3, 3, 3], [3, 3, 3])
        #expect(AndersonDarling(constant) == nil && WelchT(constant) == nil && Wasserstein(constant).overIQR == nil)
        #expect(TailShare(constant, .upper) == nil && TailShare(constant, .lower) == nil)
        #expect(KolmogorovSmirnov(constant).pValue == 1 && MannWhitney(constant).pValue == 1)
        let short = try Self.pooled([1], [1, 2])
        #expect(CramerVonMises(short) == nil && WelchT(short) == nil && AndersonDarling(short) == nil)
        let single = try #require(AlignedCounts(reference: [5, 0], current: [7, 0]))
        #expect(ChiSquareHomogeneity(single) == nil && GTest(single) == nil && CramersV.value(single) == nil)
        #expect(PopulationStability(single).nullUpperBound == 0)
    }

    @Test("rare cells are pooled by their sums alone, and no row is lost", arguments: seeds)
    func pooledCells(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let counts = try #require(
            DrawnColumn.counts(
                DrawnColumn.zipf200.draws(400, using: &random), DrawnColumn.zipf200.draws(150, using: &random)))
        let pooled = counts.poolingRareCells()
        #expect(pooled.reference.reduce(0, +) == 400 && pooled.current.reduce(0, +) == 150)
        #expect((ChiSquareHomogeneity(pooled)?.leastExpected ?? 0) >= 1)
        #expect(pooled.reference.count < counts.occupied.count)
        #expect(pooled.poolingRareCells() == pooled, "seed \(seed)")
    }

    // MARK: - Vectors

    @Test("random features come near the kernel's discrepancy, and their sums add up", arguments: seeds)
    func randomFeatures(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        func vectors(_ count: Int, _ shift: Double) -> [[Double]] {
            (0..<count).map { _ in DrawnColumn.normal.draws(4, using: &random).map { $0 + shift } }
        }
        let (reference, current) = (vectors(150, 0), vectors(120, 0.7))
        let exact = try #require(MaximumMeanDiscrepancy(reference: reference, current: current))
        let features = try #require(
            RandomFourierFeatures(
                dimension: 4, features: 1024, squaredBandwidth: exact.squaredBandwidth, using: &random))
        var (first, half, second) = (features.empty, features.empty, features.empty)
        for (index, vector) in reference.enumerated() {
            #expect(index < 70 ? features.add(vector, to: &first) : features.add(vector, to: &half))
        }
        for vector in current { #expect(features.add(vector, to: &second)) }
        first.merge(half)
        #expect(first.count == 150)
        let squared = try #require(features.squaredDiscrepancy(first, second))
        #expect(abs(squared - exact.biased) < 0.05, "\(squared), not \(exact.biased), seed \(seed)")
        #expect(!features.add([1, 2, 3], to: &second) && !features.add([1, 2, 3, .nan], to: &second))
        #expect(features.squaredDiscrepancy(features.empty, second) == nil)
    }

    @Test("vectors that cannot be compared give nothing")
    func noDiscrepancy() {
        #expect(MaximumMeanDiscrepancy(reference: [[1]], current: [[2], [3]]) == nil)
        #expect(MaximumMeanDiscrepancy(reference: [[1], [2]], current: [[2], [3, 4]]) == nil)
        #expect(MaximumMeanDiscrepancy(reference: [[1], [.nan]], current: [[2], [3]]) == nil)
        #expect(MaximumMeanDiscrepancy(reference: [[1], [1]], current: [[1], [1]]) == nil)
    }
}

@Suite("The rule that makes a finding")
struct TwoSampleRuleTests {
    private func evidence(_ n: Int, _ m: Int, _ tests: [(Double, DriftEvidence.Effect)]) -> DriftEvidence {
        DriftEvidence(
            referenceCount: n, currentCount: m,
            tests: tests.map { DriftEvidence.Test(method: .kolmogorovSmirnov, pValue: $0.0, effect: $0.1) })
    }

    @Test(
        "significance, size and rows are all needed",
        arguments: [
            (100, 100, 0.001, .shareMoved(0.1), .drift), (100, 100, 0.051, .shareMoved(0.9), .noDrift),
            (100, 100, 1e-9, .shareMoved(0.019), .noDrift), (100, 29, 1e-9, .shareMoved(1), .insufficientEvidence),
            (29, 100, 0.9, .shareMoved(0), .insufficientEvidence), (100, 100, 0.01, .tailRatio(1.3), .drift),
            (100, 100, 0.01, .tailRatio(0.7), .drift), (100, 100, 0.01, .tailRatio(.infinity), .drift),
            (100, 100, 0.01, .tailRatio(1.2), .noDrift),
            (100, 100, 0.001, .shareMoved(.nan), .noDrift), (100, 100, 0.001, .tailRatio(.nan), .noDrift),
        ] as [(Int, Int, Double, DriftEvidence.Effect, DriftRule.Verdict)])
    func verdict(n: Int, m: Int, p: Double, effect: DriftEvidence.Effect, expected: DriftRule.Verdict) {
        let judgement = DriftRule().judge([evidence(n, m, [(p, effect)])])[0]
        #expect(judgement.verdict == expected)
        #expect(judgement.missingReferenceRows == max(0, 30 - n) && judgement.missingCurrentRows == max(0, 30 - m))
    }

    @Test("one correction covers all tests of all columns, and leaves out columns that are too short")
    func correction() {
        let moved = DriftEvidence.Effect.shareMoved(0.5)
        let judgements = DriftRule().judge([
            evidence(100, 100, [(0.03, moved), (0.9, moved)]), evidence(5, 5, [(1e-9, moved)]),
            evidence(100, 100, [(0.001, moved)]), evidence(100, 100, []),
        ])
        #expect(judgements.map(\.verdict) == [.noDrift, .insufficientEvidence, .drift, .noDrift])
        #expect(judgements.map(\.adjustedPValues) == [[0.06, 0.9], [], [0.003], []])
    }
}

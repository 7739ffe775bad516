/// What the tests that may decide say about one column: a p-value each, and beside it how large the difference is.
package struct DriftEvidence: Sendable, Equatable {
    package enum Method: String, Sendable, CaseIterable {
        case kolmogorovSmirnov = "ks"
        case andersonDarling = "anderson_darling"
        case lowerTail = "tail_lower"
        case upperTail = "tail_upper"
        case chiSquarePooled = "chi_square_pooled"
        /// The share of rows without a value.
        case missing
    }

    /// How large a difference is, in what people can declare to be small.
    package enum Effect: Sendable, Equatable {
        /// The share of rows that would have to move, 0…1: D for numbers, the total variation distance for categories.
        case shareMoved(Double)
        /// One sample's share of the most extreme values over the other's; from 0, also infinite.
        case tailRatio(Double)
    }

    package struct Test: Sendable, Equatable {
        package var method: Method
        package var pValue: Double
        package var effect: Effect

        package init(method: Method, pValue: Double, effect: Effect) {
            self.method = method
            self.pValue = pValue
            self.effect = effect
        }
    }

    package var referenceCount: Int
    package var currentCount: Int
    /// Empty where both samples hold the same single value: there is nothing to test, and no difference.
    package var tests: [Test]
    /// How many rows the smaller side would need for its categories to be compared at all, where it has fewer.
    package var rowsForCategories: Int?

    package init(referenceCount: Int, currentCount: Int, tests: [Test], rowsForCategories: Int? = nil) {
        self.referenceCount = referenceCount
        self.currentCount = currentCount
        self.tests = tests
        self.rowsForCategories = rowsForCategories
    }

    /// The four tests of numbers: two of the whole distribution, one of each tail. Their levels hold for every
    /// distribution, with and without ties.
    package init(
        _ sample: PooledSample, ks: KolmogorovSmirnov, andersonDarling: AndersonDarling?, lowerTail: TailShare?,
        upperTail: TailShare?
    ) {
        let moved = Effect.shareMoved(ks.statistic)
        var tests = [Test(method: .kolmogorovSmirnov, pValue: ks.pValue, effect: moved)]
        if let andersonDarling {
            tests.append(Test(method: .andersonDarling, pValue: andersonDarling.pValue, effect: moved))
        }
        for (method, tail) in [(Method.lowerTail, lowerTail), (.upperTail, upperTail)] {
            if let tail { tests.append(Test(method: method, pValue: tail.pValue, effect: .tailRatio(tail.ratio))) }
        }
        self.init(
            referenceCount: sample.referenceCount, currentCount: sample.currentCount,
            tests: sample.values.count > 1 ? tests : [])
    }

    package init(_ sample: PooledSample) {
        self.init(
            sample, ks: KolmogorovSmirnov(sample), andersonDarling: AndersonDarling(sample),
            lowerTail: TailShare(sample, .lower), upperTail: TailShare(sample, .upper))
    }

    /// The test of categories: chi-square with rare cells put together.
    package init(_ counts: AlignedCounts) {
        self.init(
            referenceCount: counts.referenceCount, currentCount: counts.currentCount,
            tests: ChiSquareHomogeneity(counts.poolingRareCells()).map {
                [
                    Test(
                        method: .chiSquarePooled, pValue: $0.pValue,
                        effect: .shareMoved(TotalVariation.value(counts)))
                ]
            } ?? [],
            rowsForCategories: Self.rowsForCategories(counts))
    }

    /// Where pooling leaves a single cell of several: at how many rows of the smaller side the second most frequent
    /// category would be expected often enough to stand alone.
    private static func rowsForCategories(_ counts: AlignedCounts) -> Int? {
        guard counts.occupied.count > 1, counts.poolingRareCells().occupied.count == 1 else { return nil }
        let sums = counts.occupied.map { counts.reference[$0] + counts.current[$0] }.sorted()
        let share = Double(sums[sums.count - 2]) / Double(counts.count)
        return Int((AlignedCounts.leastExpected / share).rounded(.up))
    }
}

/// One test per attribute: is there any difference among the groups at all? Asked before the pairs are.
///
/// Those who succeeded and those who did not are two samples, and the groups the cells that both are counted in.
package struct OmnibusTest: Sendable, Equatable {
    private let test: ChiSquareHomogeneity
    /// The size of the association, from 0 to 1.
    package let cramersV: Double

    package var statistic: Double { test.statistic }
    package var degreesOfFreedom: Int { test.degreesOfFreedom }
    package var pValue: Double { test.pValue }
    /// Whether a cell expects fewer than five, where the p-value is rough.
    package var isApproximate: Bool { test.leastExpected < AlignedCounts.leastExpected }

    /// - Assumption: independent trials. Groups without trials take no part.
    /// - Returns: `nil` with fewer than two groups, or where no trial or every trial succeeded: nothing can differ.
    /// - Reference: as ``ChiSquareHomogeneity`` and ``CramersV``.
    package init?(_ proportions: [Proportion]) {
        let successes = proportions.map { Int($0.successes) }
        let failures = proportions.map { Int($0.trials - $0.successes) }
        guard let counts = AlignedCounts(reference: successes, current: failures),
            let test = ChiSquareHomogeneity(counts), let cramersV = CramersV.value(counts)
        else { return nil }
        self.test = test
        self.cramersV = cramersV
    }
}

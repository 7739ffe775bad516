/// Two samples as counts of the same cells: categories, or bins of numbers.
package struct AlignedCounts: Sendable, Equatable {
    package let reference: [Int]
    package let current: [Int]
    /// n, at least 1.
    package let referenceCount: Int
    /// m, at least 1.
    package let currentCount: Int

    package var count: Int { referenceCount + currentCount }

    /// - Returns: `nil` where a side is empty, a count is negative, or the sides have different numbers of cells.
    package init?(reference: [Int], current: [Int]) {
        guard reference.count == current.count, reference.allSatisfy({ $0 >= 0 }), current.allSatisfy({ $0 >= 0 })
        else { return nil }
        self.reference = reference
        self.current = current
        referenceCount = reference.reduce(0, +)
        currentCount = current.reduce(0, +)
        if referenceCount == 0 || currentCount == 0 { return nil }
    }

    /// Numbers counted in bins (a, b] between ascending inner edges; the outer bins are open to −∞ and +∞.
    package init(_ sample: PooledSample, innerEdges: [Double]) {
        var (reference, current): ([Int], [Int]) = ([], [])
        var (referenceBelow, currentBelow) = (0, 0)
        for edge in innerEdges + [.infinity] {
            let above = sample.index(above: edge)
            let through = above == 0 ? (0, 0) : (sample.referenceThrough[above - 1], sample.currentThrough[above - 1])
            reference.append(through.0 - referenceBelow)
            current.append(through.1 - currentBelow)
            (referenceBelow, currentBelow) = through
        }
        self.reference = reference
        self.current = current
        referenceCount = sample.referenceCount
        currentCount = sample.currentCount
    }

    /// The bins of the reference's deciles, of which equal ones are one.
    package init(decilesOf sample: PooledSample) {
        var edges: [Double] = []
        for edge in sample.quantiles((1...9).map { Double($0) / 10 }, of: .reference) where edge != edges.last {
            edges.append(edge)
        }
        self.init(sample, innerEdges: edges)
    }

    /// The indices of cells in which either side has a count.
    package var occupied: [Int] { reference.indices.filter { reference[$0] + current[$0] > 0 } }

    /// The shares of the cells, reference and current.
    package var shares: [(reference: Double, current: Double)] {
        reference.indices.map {
            (Double(reference[$0]) / Double(referenceCount), Double(current[$0]) / Double(currentCount))
        }
    }

    /// How often the smaller sample must be expected to hold a cell for it not to be rare.
    package static let leastExpected = 5.0

    /// What the band of ``PopulationStability`` needs of a cell.
    package static let leastExpectedForStability = 10.0

    /// The same counts with rare cells put together, so that chi-square's approximation holds.
    ///
    /// Rare is a cell of which the smaller sample is expected to hold less than `expected`. If even all rare cells
    /// together are expected to hold less than one fifth of that, the rarest other cell joins them.
    ///
    /// The choice looks only at the sums of both sides, which the test takes as given, so it favours no outcome.
    package func poolingRareCells(expected: Double = leastExpected) -> AlignedCounts {
        let smaller = Double(min(referenceCount, currentCount)) / Double(count)
        func sum(_ index: Int) -> Int { reference[index] + current[index] }
        let ascending = occupied.sorted { (sum($0), $0) < (sum($1), $1) }
        var pooled = 0
        var poolSum = 0
        for (place, index) in ascending.enumerated() {
            let isRare = Double(sum(index)) * smaller < expected
            guard isRare || (poolSum > 0 && Double(poolSum) * smaller < expected / 5) else { break }
            pooled = place + 1
            poolSum += sum(index)
        }
        guard pooled > 1 else { return self }
        let (rare, kept) = (ascending[..<pooled], ascending[pooled...].sorted())
        return AlignedCounts(
            merging: self, kept: kept, reference: rare.reduce(0) { $0 + reference[$1] },
            current: rare.reduce(0) { $0 + current[$1] })
    }

    private init(merging counts: AlignedCounts, kept: [Int], reference: Int, current: Int) {
        self.reference = kept.map { counts.reference[$0] } + [reference]
        self.current = kept.map { counts.current[$0] } + [current]
        referenceCount = counts.referenceCount
        currentCount = counts.currentCount
    }
}

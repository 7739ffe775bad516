import StewardStatistics

/// Counts of numbers in bins that follow the distribution of the first ones: how a column goes on in constant memory
/// after its first million.
///
/// There are at most 4096 bins of equal counts, and each remembers the mean of what fell into it. A distance between
/// distribution functions is seen to 1/4096 of the rows, never overstated.
package struct FileDriftGrid: Sendable {
    private static let bins = 4096

    /// Ascending; bin i holds what is above edge i − 1 and at most edge i, the last one all above the last edge.
    let edges: [Double]
    private(set) var counts: [Int]
    /// Sums of the distances from the bin's edge, so that a large offset costs no digits.
    private var sums: [Double]
    private(set) var count = 0

    /// An empty grid whose bins are cut at quantiles of the numbers, which must be finite and at least one.
    init(quantilesOf numbers: [Double]) {
        let sorted = SortedSample(numbers)
        var edges: [Double] = []
        for index in 1..<Self.bins {
            let edge = sorted[index * (sorted.count - 1) / Self.bins]
            if edge != edges.last { edges.append(edge) }
        }
        self.edges = edges
        counts = [Int](repeating: 0, count: edges.count + 1)
        sums = [Double](repeating: 0, count: edges.count + 1)
    }

    /// An empty grid with the same bins.
    init(like other: FileDriftGrid) {
        edges = other.edges
        counts = [Int](repeating: 0, count: edges.count + 1)
        sums = [Double](repeating: 0, count: edges.count + 1)
    }

    mutating func add(_ number: Double) { add(number, count: 1) }

    private mutating func add(_ number: Double, count added: Int) {
        var (low, high) = (0, edges.count)
        while low < high {
            let middle = (low + high) / 2
            if edges[middle] < number { low = middle + 1 } else { high = middle }
        }
        counts[low] += added
        sums[low] += (number - origin(ofBin: low)) * Double(added)
        count += added
    }

    /// Adds what another grid, of other bins, holds: each of its bins as its mean.
    private mutating func merge(_ other: FileDriftGrid) {
        if other.edges == edges {
            for bin in counts.indices {
                counts[bin] += other.counts[bin]
                sums[bin] += other.sums[bin]
            }
            count += other.count
        } else {
            for bin in other.counts.indices where other.counts[bin] > 0 {
                add(other.mean(ofBin: bin, with: nil), count: other.counts[bin])
            }
        }
    }

    private func origin(ofBin bin: Int) -> Double { edges[min(bin, edges.count - 1)] }

    /// The mean of a bin of one or two grids, kept inside the bin, where rounding might move it out.
    private func mean(ofBin bin: Int, with other: FileDriftGrid?) -> Double {
        let count = counts[bin] + (other?.counts[bin] ?? 0)
        let sum = sums[bin] + (other?.sums[bin] ?? 0)
        let mean = origin(ofBin: bin) + sum / Double(max(count, 1))
        let above = bin > 0 ? edges[bin - 1].nextUp : -Double.greatestFiniteMagnitude
        let through = bin < edges.count ? edges[bin] : Double.greatestFiniteMagnitude
        return min(max(mean, above), through)
    }

    /// The numbers of two columns as one pooled sample: exactly where both were kept one by one, else in bins.
    ///
    /// - Returns: `nil` where a column has no numbers.
    static func pooled(_ reference: FileDriftColumn, _ current: FileDriftColumn) -> PooledSample? {
        guard let grid = reference.grid ?? current.grid else {
            return PooledSample(
                reference: SortedSample(reference.numbers), current: SortedSample(current.numbers))
        }
        func gridded(_ column: FileDriftColumn) -> FileDriftGrid {
            var counted = FileDriftGrid(like: grid)
            for number in column.numbers { counted.add(number) }
            if let rest = column.grid { counted.merge(rest) }
            return counted
        }
        let (first, second) = (gridded(reference), gridded(current))
        return PooledSample(
            values: grid.counts.indices.map { first.mean(ofBin: $0, with: second) }, reference: first.counts,
            current: second.counts)
    }
}

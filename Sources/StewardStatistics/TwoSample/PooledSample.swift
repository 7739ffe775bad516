/// Two samples as counts of the distinct values of both: the one form from which every two-sample statistic of numbers
/// is computed. Ties are exact, and counts of bins are such a sample too, one value for each bin.
package struct PooledSample: Sendable, Equatable {
    /// Distinct, ascending, finite; at least one.
    package let values: [Double]
    /// How many values of the reference are at most each value; the last element is all of them.
    package let referenceThrough: [Int]
    /// How many values of the current sample are at most each value.
    package let currentThrough: [Int]
    /// n, at least 1.
    package let referenceCount: Int
    /// m, at least 1.
    package let currentCount: Int

    /// How often the most frequent value occurs in both samples together, at least once.
    package let largestTie: Int
    /// Of the reference.
    package let referenceMoments: Moments
    package let currentMoments: Moments

    package struct Moments: Sendable, Equatable {
        /// A value amid both samples, the same for both.
        var origin: Double
        /// The mean less the origin: differences of means keep their digits where all values have a large offset.
        var offset: Double
        /// The sum of squared deviations from the mean.
        package var squares: Double
        package var count: Int

        package var mean: Double { origin + offset }

        /// Of the sample as a population: with the count, not one less, as divisor.
        package var standardDeviation: Double { (squares / Double(count)).squareRoot() }
    }

    /// Whether ties, or too few values, make null distributions of ranks differ from their limits by more than about
    /// one part in a thousand: ties shift their moments by at most about the largest tie's share.
    var isFarFromLimit: Bool { count < 1000 || largestTie > count / 1000 }

    package var count: Int { referenceCount + currentCount }

    /// - Returns: `nil` where a sample is empty: no data is not "no difference".
    package init?(reference first: SortedSample, current second: SortedSample) {
        guard first.count > 0, second.count > 0 else { return nil }
        let capacity = first.count + second.count
        var distinct = 0
        var (reference, current): ([Int], [Int]) = ([], [])
        values = [Double](unsafeUninitializedCapacity: capacity) { values, count in
            reference = [Int](unsafeUninitializedCapacity: capacity) { reference, count in
                current = [Int](unsafeUninitializedCapacity: capacity) { current, count in
                    distinct = Self.merge(first.keys, second.keys, values, reference, current)
                    count = distinct
                }
                count = distinct
            }
            count = distinct
        }
        referenceThrough = reference
        currentThrough = current
        referenceCount = first.count
        currentCount = second.count
        (referenceMoments, currentMoments, largestTie) = Self.summary(values, reference, current)
    }

    /// - Parameters: counts of the same bins, in the order of `values`, one ascending number to stand for each bin.
    /// - Returns: `nil` where a side has no counts, or the values do not ascend or do not fit the counts.
    package init?(values: [Double], reference: [Int], current: [Int]) {
        guard values.count == reference.count, values.count == current.count,
            zip(values, values.dropFirst()).allSatisfy({ $0 < $1 }), values.allSatisfy(\.isFinite),
            reference.allSatisfy({ $0 >= 0 }), current.allSatisfy({ $0 >= 0 })
        else { return nil }
        var kept: (values: [Double], reference: [Int], current: [Int]) = ([], [], [])
        var (n, m) = (0, 0)
        for index in values.indices where reference[index] + current[index] > 0 {
            n += reference[index]
            m += current[index]
            kept.values.append(values[index])
            kept.reference.append(n)
            kept.current.append(m)
        }
        guard n > 0, m > 0 else { return nil }
        (self.values, referenceThrough, currentThrough) = kept
        (referenceCount, currentCount) = (n, m)
        (referenceMoments, currentMoments, largestTie) = Self.summary(kept.values, kept.reference, kept.current)
    }

    /// Two histograms, each bin as its middle.
    ///
    /// What is computed from it is what sorted values would give, were they rounded to their bins: ranks and shares at
    /// the edges are exact, so a Kolmogorov–Smirnov distance is never above that of the values.
    package init?(reference: LogLinearHistogram, current: LogLinearHistogram) {
        var all = reference
        all.merge(current)
        func counts(_ histogram: LogLinearHistogram) -> [Int] {
            var rest = histogram.entries[...]
            return all.entries.map { entry in
                guard let next = rest.first, next.bin == entry.bin else { return 0 }
                rest.removeFirst()
                return Int(next.count)
            }
        }
        self.init(
            values: all.entries.map { LogLinearHistogram.representative(ofBin: $0.bin) },
            reference: counts(reference), current: counts(current))
    }

    /// Merges sorted keys without branches on the data, which a processor could not predict.
    ///
    /// - Returns: how many distinct values there are.
    private static func merge(
        _ first: [UInt64], _ second: [UInt64], _ values: UnsafeMutableBufferPointer<Double>,
        _ reference: UnsafeMutableBufferPointer<Int>, _ current: UnsafeMutableBufferPointer<Int>
    ) -> Int {
        first.withUnsafeBufferPointer { first in
            second.withUnsafeBufferPointer { second in
                // No number has the key 0.
                var (i, j, k, last) = (0, 0, -1, UInt64(0))
                while i < first.count, j < second.count {
                    let (a, b) = (first[i], second[j])
                    let key = min(a, b)
                    i &+= a <= b ? 1 : 0
                    j &+= b <= a ? 1 : 0
                    k &+= key != last ? 1 : 0
                    last = key
                    values[k] = RadixSort.value(ofKey: key)
                    reference[k] = i
                    current[k] = j
                }
                while i < first.count || j < second.count {
                    let key = i < first.count ? first[i] : second[j]
                    if i < first.count { i += 1 } else { j += 1 }
                    k += key != last ? 1 : 0
                    last = key
                    values[k] = RadixSort.value(ofKey: key)
                    reference[k] = i
                    current[k] = j
                }
                return k + 1
            }
        }
    }

    /// The index of the first value above `value`; the number of values where there is none.
    func index(above value: Double) -> Int {
        var (low, high) = (0, values.count)
        while low < high {
            let middle = (low + high) / 2
            if values[middle] <= value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

// MARK: - Summaries

extension PooledSample {
    package enum Side: Sendable { case reference, current }

    /// How many values of one sample are at most each value.
    private func through(_ side: Side) -> [Int] { side == .reference ? referenceThrough : currentThrough }

    /// The moments of both samples and the largest tie. All sums are taken about a value amid them, so that a large
    /// offset of all values costs no digits.
    private static func summary(
        _ values: [Double], _ reference: [Int], _ current: [Int]
    ) -> (Moments, Moments, largestTie: Int) {
        let origin = values[values.count / 2]
        let last = values.count - 1
        let (n, m) = (Double(reference[last]), Double(current[last]))
        var (sums, below, largestTie) = ((0.0, 0.0), (0.0, 0.0), 0.0)
        for index in values.indices {
            let offset = values[index] - origin
            let through = (Double(reference[index]), Double(current[index]))
            sums.0 += (through.0 - below.0) * offset
            sums.1 += (through.1 - below.1) * offset
            largestTie = max(largestTie, through.0 - below.0 + through.1 - below.1)
            below = through
        }
        let means = (sums.0 / n, sums.1 / m)
        var squares = (0.0, 0.0)
        below = (0, 0)
        for index in values.indices {
            let (a, b) = (values[index] - origin - means.0, values[index] - origin - means.1)
            let through = (Double(reference[index]), Double(current[index]))
            squares.0 += (through.0 - below.0) * a * a
            squares.1 += (through.1 - below.1) * b * b
            below = through
        }
        return (
            Moments(origin: origin, offset: means.0, squares: squares.0, count: reference[last]),
            Moments(origin: origin, offset: means.1, squares: squares.1, count: current[last]), Int(largestTie)
        )
    }

    /// Quantiles of one sample, interpolated linearly between its values (Hyndman and Fan's type 7).
    ///
    /// - Parameter shares: each 0…1.
    package func quantiles(_ shares: [Double], of side: Side) -> [Double] {
        let through = through(side)
        let total = through[through.count - 1]
        /// The value with `rank` values of the sample below it.
        func value(atRank rank: Int) -> Double {
            var (low, high) = (0, through.count - 1)
            while low < high {
                let middle = (low + high) / 2
                if through[middle] <= rank { low = middle + 1 } else { high = middle }
            }
            return values[low]
        }
        return shares.map { share in
            let place = min(max(share, 0), 1) * Double(total - 1)
            let rank = Int(place)
            let fraction = place - Double(rank)
            let lower = value(atRank: rank)
            let upper = value(atRank: min(rank + 1, total - 1))
            // The form that is exact at the nearer end.
            return fraction < 0.5
                ? lower + (upper - lower) * fraction : upper - (upper - lower) * (1 - fraction)
        }
    }
}

/// Counts of integers in fixed, log-linear bins: the additive form in which every numeric signal is kept.
///
/// The edges are the same for all histograms, so merging is addition, a window slides by subtraction, and two machines
/// that saw the same values hold equal histograms. Values −128…127 have a bin of their own; beyond that each power of
/// two is cut into 64 equal bins, so a bin is never wider than 1/64 of its smallest magnitude.
///
/// - Assumption: none about the distribution; counts are exact, only the place inside a bin is lost.
/// - Range: all of `Int64`; bins −3712…3711. A total beyond `Int64.max` traps.
/// - When not to use: values far from zero with a small spread (10⁹ ± 1) all fall into one bin. Pick a finer stored
///   unit or subtract an offset first.
/// - Reference: G. Tene, HdrHistogram (2012), for linear bins inside powers of two; C. Masson, J. E. Rim, H. K. Lee,
///   "DDSketch", PVLDB 12(12), 2019, for quantiles with a bounded relative error from mergeable counts.
package struct LogLinearHistogram: Sendable, Equatable {
    /// How often values fell into one bin.
    package struct Entry: Sendable, Equatable {
        package var bin: Int32
        /// At least 1.
        package var count: Int64

        package init(bin: Int32, count: Int64) {
            self.bin = bin
            self.count = count
        }
    }

    /// The bins that are not empty, ascending; equal contents therefore always compare equal.
    package private(set) var entries: [Entry]
    /// How many values were added.
    package private(set) var count: Int64

    package init() {
        entries = []
        count = 0
    }

    /// Entries in any order, a bin any number of times; entries with a count below 1 are left out.
    package init(_ unordered: some Sequence<Entry>) {
        self.init()
        for entry in unordered { add(bin: entry.bin, count: entry.count) }
    }

    package var isEmpty: Bool { entries.isEmpty }

    /// Adds `count` values equal to `value`; a count below 1 changes nothing.
    package mutating func add(_ value: Int64, count: Int64 = 1) {
        add(bin: Self.bin(of: value), count: count)
    }

    /// Adds `count` values of one bin; a count below 1 changes nothing.
    package mutating func add(bin: Int32, count added: Int64) {
        guard added > 0 else { return }
        count += added
        let index = index(ofFirstBinNotBelow: bin)
        if index < entries.count, entries[index].bin == bin {
            entries[index].count += added
        } else {
            entries.insert(Entry(bin: bin, count: added), at: index)
        }
    }

    /// Adds all counts of another histogram, in time linear in the bins of both.
    package mutating func merge(_ other: Self) {
        if other.isEmpty { return }
        if isEmpty {
            self = other
            return
        }
        var merged: [Entry] = []
        merged.reserveCapacity(entries.count + other.entries.count)
        var index = 0
        for entry in other.entries {
            while index < entries.count, entries[index].bin < entry.bin {
                merged.append(entries[index])
                index += 1
            }
            if index < entries.count, entries[index].bin == entry.bin {
                merged.append(Entry(bin: entry.bin, count: entries[index].count + entry.count))
                index += 1
            } else {
                merged.append(entry)
            }
        }
        merged.append(contentsOf: entries[index...])
        entries = merged
        count += other.count
    }

    /// Takes away counts that were merged before: how a window drops its oldest minute.
    ///
    /// Every bin must hold at least what is taken from it. Debug builds stop where that is not so; release builds
    /// empty the bin, since a negative count would poison every later quantile.
    package mutating func subtract(_ other: Self) {
        var index = 0
        for entry in other.entries {
            while index < entries.count, entries[index].bin < entry.bin { index += 1 }
            guard index < entries.count, entries[index].bin == entry.bin else {
                assertionFailure("subtracting bin \(entry.bin), which is empty")
                continue
            }
            assert(entries[index].count >= entry.count, "subtracting more than bin \(entry.bin) holds")
            let taken = min(entries[index].count, entry.count)
            entries[index].count -= taken
            count -= taken
        }
        entries.removeAll { $0.count == 0 }
    }

    /// The index of the first entry whose bin is at least `bin`; `entries.count` when there is none.
    ///
    /// Bins ascend by at least one, which bounds the index from both ends: where no bin in the middle is empty, there
    /// is nothing to search. What is left is halved without branches on the data, which cannot be predicted.
    private func index(ofFirstBinNotBelow bin: Int32) -> Int {
        entries.withUnsafeBufferPointer { entries in
            guard let first = entries.first, let last = entries.last, last.bin >= bin else { return entries.count }
            guard first.bin < bin else { return 0 }
            var low = max(1, entries.count - 1 - (Int(last.bin) - Int(bin)))
            var length = min(entries.count - 1, Int(bin) - Int(first.bin)) - low
            while length > 0 {
                let half = (length + 1) / 2
                low += entries[low + half - 1].bin < bin ? half : 0
                length -= half
            }
            return low
        }
    }
}

// MARK: - Reading

extension LogLinearHistogram {
    /// The `q`-quantile: the smallest value whose rank is at least `q` · `count`, in the unit of the values.
    ///
    /// That value's bin is certain; inside it the values of the bin are taken to lie at equal distances, and the
    /// answer is interpolated. Its error against the sorted values is therefore below the width of the bin: none for
    /// −128…127, else at most 1/64 of the value.
    ///
    /// - Parameter q: 0…1; 0 gives the smallest value, 1 the largest. Values outside are taken as the nearer end.
    /// - Returns: `nil` when there are no values or `q` is NaN.
    package func quantile(_ q: Double) -> Double? {
        guard !isEmpty, !q.isNaN else { return nil }
        let rank = Self.rank(q, count: count)
        var below: Int64 = 0
        for entry in entries {
            if below + entry.count >= rank {
                let lower = Double(Self.lowerBound(ofBin: entry.bin))
                let upper = Double(Self.upperBound(ofBin: entry.bin))
                let place = (Double(rank - below) - 0.5) / Double(entry.count)
                return lower + (upper - lower) * place
            }
            below += entry.count
        }
        return nil
    }

    /// Count, mean and deviation, each value taken as the middle of its bin.
    package var moments: RunningMoments {
        guard !isEmpty else { return RunningMoments() }
        // About a value amid them, so that the squares do not cancel.
        let origin = Self.representative(ofBin: entries[entries.count / 2].bin)
        var (sum, squares) = (0.0, 0.0)
        for entry in entries {
            let distance = Self.representative(ofBin: entry.bin) - origin
            sum += Double(entry.count) * distance
            squares += Double(entry.count) * distance * distance
        }
        let offset = sum / Double(count)
        return RunningMoments(
            count: Int(count), mean: origin + offset, squares: max(0, squares - offset * sum))
    }

    /// How many values are at most `value`, as the `le` buckets of Prometheus need it.
    ///
    /// A bin whose upper bound is at most `value` counts whole; the one bin that straddles `value` counts whole when
    /// its ``representative(ofBin:)`` is at most `value`, else not at all. So the answer never falls as `value` or the
    /// counts grow, the answers of two histograms add up to that of their sum, and an edge is off by at most 1/128.
    package func cumulativeCount(through value: Int64) -> Int64 {
        var total: Int64 = 0
        for entry in entries {
            if Self.upperBound(ofBin: entry.bin) > value {
                if Self.midpoint(ofBin: entry.bin) <= value { total += entry.count }
                break
            }
            total += entry.count
        }
        return total
    }

    /// ⌈q·n⌉ within 1…n. A product that misses a whole number only by rounding is that number: 0.07 · 100 is 7.
    private static func rank(_ q: Double, count: Int64) -> Int64 {
        let product = min(max(q, 0), 1) * Double(count)
        let nearest = product.rounded()
        let rank = abs(product - nearest) <= 2 * product.ulp ? nearest : product.rounded(.up)
        return min(max(Int64(exactly: rank) ?? count, 1), count)
    }
}

// MARK: - Bins

extension LogLinearHistogram {
    /// The bin of `Int64.max`, the last one; the first is `-1 - lastBin`.
    package static let lastBin: Int32 = 3711

    /// The bin that holds `value`; never falls as `value` grows.
    ///
    /// 0…127 are their own bins. Above, with e = ⌊log₂ v⌋ and s = e − 6, the bin is 64·s + ⌊v / 2ˢ⌋: 128…255 in steps
    /// of 2 are bins 128…191, 256…511 in steps of 4 are bins 192…255, and so on. Negative values mirror:
    /// bin(v) = −1 − bin(−1 − v), so −1 is bin −1.
    package static func bin(of value: Int64) -> Int32 {
        if value < 0 { return -1 - bin(of: -1 - value) }
        if value < 128 { return Int32(value) }
        let shift = 57 - value.leadingZeroBitCount
        return Int32(shift << 6) + Int32(value >> Int64(shift))
    }

    /// The smallest value of a bin. A bin beyond the last (or first) is taken for the last (or first).
    package static func lowerBound(ofBin bin: Int32) -> Int64 {
        if bin < 0 { return -1 - upperBound(ofBin: -1 - bin) }
        let (mantissa, shift) = parts(ofBin: bin)
        return mantissa << shift
    }

    /// The largest value of a bin. A bin beyond the last (or first) is taken for the last (or first).
    package static func upperBound(ofBin bin: Int32) -> Int64 {
        if bin < 0 { return -1 - lowerBound(ofBin: -1 - bin) }
        let (mantissa, shift) = parts(ofBin: bin)
        return (mantissa << shift) + ((1 << shift) - 1)
    }

    /// The number that stands for all values of a bin: the middle of its bounds.
    package static func representative(ofBin bin: Int32) -> Double {
        let lower = lowerBound(ofBin: bin)
        return Double(lower) + Double(upperBound(ofBin: bin) - lower) / 2
    }

    /// ``representative(ofBin:)`` rounded up to an integer: no integer lies between the two.
    private static func midpoint(ofBin bin: Int32) -> Int64 {
        let (lower, upper) = (lowerBound(ofBin: bin), upperBound(ofBin: bin))
        return upper - (upper - lower) / 2
    }

    /// A bin of values from 0 starts at mantissa · 2ˢʰⁱᶠᵗ and is 2ˢʰⁱᶠᵗ wide.
    private static func parts(ofBin bin: Int32) -> (mantissa: Int64, shift: Int64) {
        let bin = Int64(min(bin, lastBin))
        if bin < 128 { return (bin, 0) }
        let shift = (bin >> 6) - 1
        return (bin - (shift << 6), shift)
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Adaptive windowing: keeps the longest window of recent values within which no two parts have different means.
///
/// The window is a list of buckets of 1, 2, 4, … values, at most five of a size, so memory is O(log n). Every 32
/// values each split between buckets is tested; while one shows a difference, the oldest bucket is dropped.
///
/// - Assumption: values are independent; the bound uses the window's variance (Bernstein), so that bounded or
///   light-tailed values are meant.
/// - Range: finite values. `confidence` is δ, the chance of a false cut per check by the bound; 0.002 is customary.
/// - When not to use: raw on autocorrelated, seasonal or heavy-tailed values (AR(1) 0.7 gives 16 false alarms in 10,000
///   values, a daily season one every two hours of minutes): give it standardised residuals, as ``ChangeMonitor`` does.
/// - Reference: A. Bifet, R. Gavaldà, "Learning from Time-Changing Data with Adaptive Windowing", SDM 2007, ADWIN2.
package struct ADWIN: Sendable {
    private struct Bucket {
        var total: Double
        var squares: Double
    }

    private static let bucketsPerSize = 5
    private static let shortestPart = 5
    private static let shortestWindow = 10
    private static let checkEvery = 32

    private let confidence: Double
    /// Row k holds buckets of 2^k values, oldest first.
    private var rows: [[Bucket]] = [[]]
    private var squares = 0.0
    private var ticks = 0
    /// The number of values in the window.
    package private(set) var width = 0
    /// Their sum.
    package private(set) var total = 0.0

    /// - Parameter confidence: 0…1, exclusive.
    package init(confidence: Double = 0.002) { self.confidence = confidence }

    /// The mean of the window; 0 before the first value.
    package var mean: Double { width == 0 ? 0 : total / Double(width) }

    /// The variance of the window (divided by the number of values); 0 before the first value.
    package var variance: Double { width == 0 ? 0 : squares / Double(width) }

    /// Takes the next value; returns the change when the window was cut.
    package mutating func add(_ value: Double) -> StreamChange? {
        guard value.isFinite else { return nil }
        if width > 0 {
            let deviation = value - mean
            squares += Double(width) * deviation * deviation / Double(width + 1)
        }
        width += 1
        total += value
        rows[0].append(Bucket(total: value, squares: 0))
        compress()
        ticks += 1
        guard ticks % Self.checkEvery == 0, width > Self.shortestWindow else { return nil }
        var dropped = RunningMoments()
        while hasCut { dropOldest(into: &dropped) }
        guard dropped.count > 0 else { return nil }
        return StreamChange(
            detectedAt: ticks - 1, changedAt: ticks - width, before: dropped,
            after: RunningMoments(count: width, mean: mean, squares: max(0, squares)))
    }

    /// Whether some split of the window shows a difference.
    private var hasCut: Bool {
        var (older, olderTotal) = (0, 0.0)
        let scale = log(2 * log(Double(width)) / confidence)
        for size in rows.indices.reversed() {
            for (index, bucket) in rows[size].enumerated() {
                older += 1 << size
                olderTotal += bucket.total
                let newer = width - older
                if size == 0, index == rows[0].count - 1 { return false }
                guard older >= Self.shortestPart, newer >= Self.shortestPart else { continue }
                let difference = olderTotal / Double(older) - (total - olderTotal) / Double(newer)
                let spread =
                    1 / Double(older - Self.shortestPart + 1) + 1 / Double(newer - Self.shortestPart + 1)
                let bound = (2 * spread * variance * scale).squareRoot() + 2 / 3 * scale * spread
                if abs(difference) > bound { return true }
            }
        }
        return false
    }

    private mutating func dropOldest(into dropped: inout RunningMoments) {
        let size = rows.count - 1
        let bucket = rows[size].removeFirst()
        let count = 1 << size
        let bucketMean = bucket.total / Double(count)
        width -= count
        total -= bucket.total
        let deviation = bucketMean - mean
        squares -=
            bucket.squares + Double(count) * Double(width) * deviation * deviation / Double(count + width)
        dropped.merge(RunningMoments(count: count, mean: bucketMean, squares: bucket.squares))
        while rows.count > 1, rows[rows.count - 1].isEmpty { rows.removeLast() }
    }

    /// Where a size has too many buckets, its two oldest become one of the next.
    private mutating func compress() {
        var size = 0
        while size < rows.count, rows[size].count > Self.bucketsPerSize {
            let (first, second) = (rows[size][0], rows[size][1])
            let count = Double(1 << size)
            let deviation = (first.total - second.total) / count
            let merged = Bucket(
                total: first.total + second.total,
                squares: first.squares + second.squares + count * deviation * deviation / 2)
            rows[size].removeFirst(2)
            if size + 1 == rows.count { rows.append([]) }
            rows[size + 1].append(merged)
            size += 1
        }
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What is asked of a distribution to compare it with a baseline: yes-or-no questions, frozen from the baseline.
///
/// Of numbers: is it at most an edge, where the edges are the baseline's quantiles and the place below its least
/// value. Of categories: is it this one, for the baseline's most frequent ones, and is it any other, new ones included.
///
/// - Range: at most ``mostCategories`` + 1 questions; counts of any size.
/// - When not to use: for differences that show at none of the edges; 5 % of the events cannot move without crossing
///   one.
package struct DriftQuestions: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// Bins of ``LogLinearHistogram``, ascending: "at most the upper bound of this bin".
        case ordered(edges: [Int32])
        /// Numbers of categories; the question after the last is "any other".
        case categories([Int32])
    }

    static let mostCategories = 15
    private static let shares = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99]
    private static let tailShare = 0.95

    package let kind: Kind
    package let referenceCount: Int64
    package let referenceSuccesses: [Int64]
    package let referenceMoments: RunningMoments
    /// The question that separates the upper tail.
    private let tail: Int?
    /// Where numbers are places of vectors on a random direction: the frequency of a random Fourier feature of them.
    private let frequency: Double?
    /// Mean cosine and sine of the baseline's numbers at that frequency.
    let referenceFeature: SIMD2<Double>

    /// - Parameter frequency: see ``ProjectedDiscrepancy``; `nil` for all else.
    package init(numbers baseline: LogLinearHistogram, frequency: Double? = nil) {
        var edges: [Int32] = baseline.entries.first.map { [$0.bin - 1] } ?? []
        var below: Int64 = 0
        var rest = Self.shares[...]
        var tail: Int?
        for entry in baseline.entries {
            below += entry.count
            let reached = Double(below) / Double(baseline.count)
            guard let next = rest.first, reached >= next else { continue }
            if reached >= Self.tailShare, tail == nil { tail = edges.count }
            edges.append(entry.bin)
            rest = rest.drop { $0 <= reached }
        }
        kind = .ordered(edges: edges)
        self.frequency = frequency
        referenceFeature = Self.feature(baseline, frequency) / Double(max(baseline.count, 1))
        self.tail = tail
        referenceCount = baseline.count
        referenceMoments = baseline.moments
        referenceSuccesses = Self.through(edges, baseline)
    }

    package init(categories baseline: LogLinearHistogram) {
        let frequent = baseline.entries.sorted { ($1.count, $0.bin) < ($0.count, $1.bin) }.prefix(Self.mostCategories)
        let bins = frequent.map(\.bin).sorted()
        kind = .categories(bins)
        (tail, frequency, referenceFeature) = (nil, nil, .zero)
        referenceCount = baseline.count
        referenceMoments = baseline.moments
        referenceSuccesses = Self.among(bins, baseline)
    }

    /// How many of the counts answer each question with yes.
    package func successes(_ counts: LogLinearHistogram) -> [Int64] {
        switch kind {
        case .ordered(let edges): Self.through(edges, counts)
        case .categories(let bins): Self.among(bins, counts)
        }
    }

    /// The sums of the counts' cosines and sines; 0 without a frequency.
    func feature(_ counts: LogLinearHistogram) -> SIMD2<Double> { Self.feature(counts, frequency) }

    private static func feature(_ counts: LogLinearHistogram, _ frequency: Double?) -> SIMD2<Double> {
        guard let frequency else { return .zero }
        return counts.entries.reduce(into: .zero) { sum, entry in
            let phase = frequency * LogLinearHistogram.representative(ofBin: entry.bin)
            sum += Double(entry.count) * SIMD2(cos(phase), sin(phase))
        }
    }

    private static func through(_ edges: [Int32], _ counts: LogLinearHistogram) -> [Int64] {
        var result: [Int64] = []
        result.reserveCapacity(edges.count)
        var below: Int64 = 0
        var index = 0
        let entries = counts.entries
        for edge in edges {
            while index < entries.count, entries[index].bin <= edge {
                below += entries[index].count
                index += 1
            }
            result.append(below)
        }
        return result
    }

    private static func among(_ bins: [Int32], _ counts: LogLinearHistogram) -> [Int64] {
        var result = [Int64](repeating: 0, count: bins.count + 1)
        var index = 0
        for entry in counts.entries {
            while index < bins.count, bins[index] < entry.bin { index += 1 }
            result[index < bins.count && bins[index] == entry.bin ? index : bins.count] += entry.count
        }
        return result
    }

    func shareMoved(_ successes: [Int64], _ trials: Int64) -> Double {
        shareMoved(referenceShares, successes.map { Double($0) / Double(trials) })
    }

    func tailRatio(_ successes: [Int64], _ trials: Int64) -> Double? {
        tailRatio(referenceShares, successes.map { Double($0) / Double(trials) })
    }

    private var referenceShares: [Double] { referenceSuccesses.map { Double($0) / Double(referenceCount) } }

    /// - Parameters: the rates of the answers on both sides.
    func shareMoved(_ reference: [Double], _ current: [Double]) -> Double {
        let differences = zip(reference, current).map { abs($0 - $1) }
        switch kind {
        case .ordered: return differences.max() ?? 0
        case .categories: return differences.reduce(0, +) / 2
        }
    }

    func tailRatio(_ reference: [Double], _ current: [Double]) -> Double? {
        guard let tail else { return nil }
        // Weighted sums may miss 1 by rounding.
        let (before, now) = (max(0, 1 - reference[tail]), max(0, 1 - current[tail]))
        return before > 1e-12 ? now / before : now > 1e-12 ? .infinity : nil
    }
}

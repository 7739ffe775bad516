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
    /// The question that separates the upper tail.
    private let tail: Int?

    package init(numbers baseline: LogLinearHistogram) {
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
        self.tail = tail
        referenceCount = baseline.count
        referenceSuccesses = Self.through(edges, baseline)
    }

    package init(categories baseline: LogLinearHistogram) {
        let frequent = baseline.entries.sorted { ($1.count, $0.bin) < ($0.count, $1.bin) }.prefix(Self.mostCategories)
        let bins = frequent.map(\.bin).sorted()
        kind = .categories(bins)
        tail = nil
        referenceCount = baseline.count
        referenceSuccesses = Self.among(bins, baseline)
    }

    /// How many of the counts answer each question with yes.
    package func successes(_ counts: LogLinearHistogram) -> [Int64] {
        switch kind {
        case .ordered(let edges): Self.through(edges, counts)
        case .categories(let bins): Self.among(bins, counts)
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
        let differences = zip(successes, referenceSuccesses).map {
            abs(Double($0) / Double(trials) - Double($1) / Double(referenceCount))
        }
        switch kind {
        case .ordered: return differences.max() ?? 0
        case .categories: return differences.reduce(0, +) / 2
        }
    }

    func tailRatio(_ successes: [Int64], _ trials: Int64) -> Double? {
        guard let tail else { return nil }
        let before = Double(referenceCount - referenceSuccesses[tail]) / Double(referenceCount)
        let now = Double(trials - successes[tail]) / Double(trials)
        return before > 0 ? now / before : now > 0 ? .infinity : nil
    }
}

import StewardModel
import StewardStatistics

/// All counts of one group of one series in one hour: its signals as in any rollup, and beside them what single signals
/// cannot tell, because it is about two of them at once: outcome by truth, and score by truth.
package struct GroupCell: Sendable, Equatable {
    /// The category that stands for a truth nobody has told yet.
    package static let noTruth: Int32 = -1

    package struct Decided: Hashable, Sendable {
        package var outcome: Int32
        package var truth: Int32
    }

    package struct Scored: Hashable, Sendable {
        /// ``ScoreGrid``
        package var bin: Int32
        package var truth: Int32
    }

    package struct ScoreSum: Sendable, Equatable {
        package var count: Int64 = 0
        /// In millionths.
        package var sum: Int64 = 0
    }

    package private(set) var signals = RollupCell()
    /// Events with an outcome, by what turned out to be true; no entry is 0.
    package private(set) var decided: [Decided: Int64] = [:]
    package private(set) var scored: [Scored: ScoreSum] = [:]

    package init() {}

    /// Number of events.
    package var events: Int64 { signals.events }

    package mutating func add(_ other: GroupCell) {
        signals.add(other.signals)
        for (key, count) in other.decided { add(decided: key, count) }
        for (key, sum) in other.scored { add(scored: key, sum.count, sum.sum) }
    }

    /// Adds what one event contributes, or what feedback added to it.
    mutating func add(_ stored: SignalCoding.Stored) { signals.add(stored) }

    /// Takes away signals that were added before.
    mutating func subtract(signals other: RollupCell) { signals.subtract(other) }

    /// Counts an event's outcome and score with its truth; with a `sign` of −1, takes them back.
    mutating func count(_ joint: GroupJoint, sign: Int64 = 1) {
        if let decided = joint.decided { add(decided: decided, sign) }
        if let score = joint.scored {
            add(
                scored: Scored(bin: ScoreGrid.bin(of: score.millionths), truth: score.truth), sign,
                sign * score.millionths)
        }
    }

    private mutating func add(decided key: Decided, _ count: Int64) {
        let sum = decided[key, default: 0] + count
        decided[key] = sum == 0 ? nil : sum
    }

    private mutating func add(scored key: Scored, _ count: Int64, _ sum: Int64) {
        var entry = scored[key, default: ScoreSum()]
        entry.count += count
        entry.sum += sum
        scored[key] = entry == ScoreSum() ? nil : entry
    }
}

/// What of an event is counted jointly: its last outcome, score and truth.
struct GroupJoint: Equatable {
    var decided: GroupCell.Decided?
    var scored: (millionths: Int64, truth: Int32)?

    static func == (a: Self, b: Self) -> Bool {
        a.decided == b.decided && a.scored?.millionths == b.scored?.millionths && a.scored?.truth == b.scored?.truth
    }

    /// - Parameters:
    ///   - score: the signal of the declared score, once it has a number; likewise `truth`.
    init(_ stored: [SignalCoding.Stored], score: Signal?, truth: Signal?) {
        var outcome: Int32?
        var said = GroupCell.noTruth
        var points: Int64?
        for value in stored {
            switch value {
            case .category(.outcome, let category): outcome = category
            case .category(let signal, let category) where signal == truth: said = category
            case .number(let signal, let number) where signal == score: points = number
            default: break
            }
        }
        decided = outcome.map { GroupCell.Decided(outcome: $0, truth: said) }
        scored = points.map { ($0, said) }
    }
}

/// The fixed cut of scores: thousandths from 0 to 1, log-linear bins outside.
package enum ScoreGrid {
    private static let step: Int64 = 1000
    private static let last: Int64 = 1_000_000

    package static func bin(of millionths: Int64) -> Int32 {
        if (0...last).contains(millionths) { return Int32(millionths / step) }
        let bin = LogLinearHistogram.bin(of: millionths)
        return millionths < 0 ? bin : bin + Int32(last / step)
    }

    /// The least score of a bin.
    package static func lowerBound(ofBin bin: Int32) -> Double {
        if let share = share(ofBin: bin) { return share }
        let bin = bin < 0 ? bin : bin - Int32(last / step)
        return Double(LogLinearHistogram.lowerBound(ofBin: bin)) / Double(last)
    }

    /// The least score of a bin from 0 to 1; `nil` for those outside.
    package static func share(ofBin bin: Int32) -> Double? {
        (0...Int32(last / step)).contains(bin) ? Double(bin) * Double(step) / Double(last) : nil
    }
}

// MARK: - Stored form

extension GroupCell {
    /// Number of outcome entries, the entries; number of score entries, the entries; then the signals.
    func encoded(into writer: inout ByteWriter) {
        writer.unsigned(UInt64(decided.count))
        for (key, count) in decided.sorted(by: { ($0.key.outcome, $0.key.truth) < ($1.key.outcome, $1.key.truth) }) {
            writer.signed(Int64(key.outcome))
            writer.signed(Int64(key.truth))
            writer.signed(count)
        }
        writer.unsigned(UInt64(scored.count))
        var previous: Int64 = 0
        for (key, sum) in scored.sorted(by: { ($0.key.bin, $0.key.truth) < ($1.key.bin, $1.key.truth) }) {
            writer.signed(Int64(key.bin) - previous)
            writer.signed(Int64(key.truth))
            writer.signed(sum.count)
            writer.signed(sum.sum)
            previous = Int64(key.bin)
        }
        signals.encoded(into: &writer)
    }

    init?(encoded bytes: UnsafeBufferPointer<UInt8>) {
        var reader = ByteReader(bytes)
        guard let outcomes = reader.unsigned(), outcomes <= bytes.count else { return nil }
        for _ in 0..<outcomes {
            guard let outcome = reader.int32(), let truth = reader.int32(), let count = reader.signed() else {
                return nil
            }
            decided[Decided(outcome: outcome, truth: truth)] = count
        }
        guard let scores = reader.unsigned(), scores <= bytes.count else { return nil }
        var bin: Int64 = 0
        for _ in 0..<scores {
            guard let step = reader.signed(), case let (next, overflow) = bin.addingReportingOverflow(step), !overflow,
                let narrow = Int32(exactly: next), let truth = reader.int32(), let count = reader.signed(),
                let sum = reader.signed()
            else { return nil }
            bin = next
            scored[Scored(bin: narrow, truth: truth)] = ScoreSum(count: count, sum: sum)
        }
        guard let signals = RollupCell(encoded: reader.rest) else { return nil }
        self.signals = signals
    }
}

extension ByteReader {
    fileprivate mutating func int32() -> Int32? { signed().flatMap { Int32(exactly: $0) } }
}

/// Where a group's cell lies.
struct GroupCellKey: Hashable {
    /// Hours since 1970-01-01T00:00Z.
    var hour: Int64
    var series: Int64
    var group: Int64
}

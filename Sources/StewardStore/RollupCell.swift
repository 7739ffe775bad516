import StewardModel
import StewardStatistics

/// The additive counts of one signal over some set of events.
///
/// For a numeric signal `values` holds its stored integers and `sum` their exact sum; for a categorical one a bin is
/// the number of a category and `sum` stays 0. `absent` counts events that should have had the signal and did not.
/// Adding two counts gives the counts of the union, in any order, to the bit.
package struct SignalCounts: Sendable, Equatable {
    package private(set) var sum: Int64 = 0
    package private(set) var absent: Int64 = 0
    package private(set) var values = LogLinearHistogram()

    package init() {}

    /// Events that had the signal.
    package var count: Int64 { values.count }

    /// The mean of a numeric signal in its stored unit; `nil` when no event had it.
    package var mean: Double? { count > 0 ? Double(sum) / Double(count) : nil }

    mutating func add(number value: Int64) {
        sum += value
        values.add(value)
    }

    mutating func add(category: Int32) { values.add(bin: category, count: 1) }

    mutating func addAbsent() { absent += 1 }

    /// Takes away what was added before.
    mutating func subtract(_ other: SignalCounts) {
        sum -= other.sum
        absent -= other.absent
        values.subtract(other.values)
    }

    package mutating func add(_ other: SignalCounts) {
        sum += other.sum
        absent += other.absent
        values.merge(other.values)
    }
}

/// All counts of one series in one span of time: what an event is turned into, and all that analysis ever reads.
package struct RollupCell: Sendable, Equatable {
    /// Sorted by signal.
    package private(set) var signals: [(signal: Signal, counts: SignalCounts)] = []

    package init() {}

    package static func == (left: Self, right: Self) -> Bool {
        left.signals.elementsEqual(right.signals) { $0.signal == $1.signal && $0.counts == $1.counts }
    }

    package subscript(signal: Signal) -> SignalCounts? {
        signals.first { $0.signal == signal }?.counts
    }

    /// Number of events: each has exactly one status.
    package var events: Int64 { self[.status]?.count ?? 0 }

    /// Number of events with status error, which is stored as 1 where ok is 0.
    package var errors: Int64 { self[.status]?.sum ?? 0 }

    /// Adds one number of a signal.
    package mutating func add(number value: Int64, of signal: Signal) { update(signal) { $0.add(number: value) } }

    package mutating func add(_ other: RollupCell) {
        for entry in other.signals { update(entry.signal) { $0.add(entry.counts) } }
    }

    /// Takes away what was added before; a signal that nothing is left of is gone.
    mutating func subtract(_ other: RollupCell) {
        for entry in other.signals { update(entry.signal) { $0.subtract(entry.counts) } }
        signals.removeAll { $0.counts.count == 0 && $0.counts.absent == 0 }
    }

    mutating func update(_ signal: Signal, _ change: (inout SignalCounts) -> Void) {
        var position = 0
        while position < signals.count, signals[position].signal.rawValue < signal.rawValue { position += 1 }
        if position == signals.count || signals[position].signal != signal {
            signals.insert((signal, SignalCounts()), at: position)
        }
        change(&signals[position].counts)
    }
}

// MARK: - Stored form

extension RollupCell {
    /// Per signal: number, sum, absent, count of bins, then each bin's distance from the one before and its count.
    func encoded(into writer: inout ByteWriter) {
        for (signal, counts) in signals {
            writer.unsigned(UInt64(signal.rawValue))
            writer.signed(counts.sum)
            writer.unsigned(UInt64(counts.absent))
            writer.unsigned(UInt64(counts.values.entries.count))
            var previous: Int64 = 0
            for entry in counts.values.entries {
                writer.signed(Int64(entry.bin) - previous)
                writer.unsigned(UInt64(entry.count))
                previous = Int64(entry.bin)
            }
        }
    }

    init?(encoded bytes: UnsafeBufferPointer<UInt8>) {
        var reader = ByteReader(bytes)
        while !reader.isAtEnd {
            guard let number = reader.unsigned(), number <= UInt16.max, let sum = reader.signed(),
                let absent = reader.unsigned(), absent <= Int64.max, let binCount = reader.unsigned(),
                binCount <= bytes.count
            else { return nil }
            var values = LogLinearHistogram()
            var index: Int64 = 0
            for _ in 0..<binCount {
                guard let step = reader.signed(), let count = reader.unsigned(), count <= Int64.max,
                    case let (next, overflow) = index.addingReportingOverflow(step), !overflow,
                    let narrow = Int32(exactly: next)
                else { return nil }
                index = next
                values.add(bin: narrow, count: Int64(count))
            }
            let signal = Signal(rawValue: UInt16(number))
            signals.append((signal, SignalCounts(sum: sum, absent: Int64(absent), values: values)))
        }
    }
}

extension SignalCounts {
    fileprivate init(sum: Int64, absent: Int64, values: LogLinearHistogram) {
        self.sum = sum
        self.absent = absent
        self.values = values
    }
}

/// Where a cell lies: a minute of a series, or all time of it.
struct CellKey: Hashable {
    /// Minutes since 1970-01-01T00:00Z; 0 stands for all time.
    var minute: Int64
    var series: Int64

    static let seriesBits: Int64 = 24

    /// The row id of the cell: minutes are the high part, so that a minute's cells lie together at the table's end.
    var row: Int64 { minute << Self.seriesBits | series }

    init(minute: Int64, series: Int64) {
        self.minute = minute
        self.series = series
    }

    init(row: Int64) {
        minute = row >> Self.seriesBits
        series = row & ((1 << Self.seriesBits) - 1)
    }
}

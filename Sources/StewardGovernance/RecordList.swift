import StewardModel

/// Records in order, in pieces that copies share: every decision is made on a copy of the state, which must not cost
/// more the longer a history is.
package struct RecordList: Sendable, Equatable, RandomAccessCollection {
    private static let piece = 256
    /// All of ``piece`` records.
    private var full: [[Record]] = []
    private var latest: [Record] = []

    package init() {}

    package var startIndex: Int { 0 }
    package var endIndex: Int { full.count * Self.piece + latest.count }

    package subscript(index: Int) -> Record {
        let piece = index / Self.piece
        return piece < full.count ? full[piece][index % Self.piece] : latest[index - full.count * Self.piece]
    }

    mutating func append(_ record: Record) {
        latest.append(record)
        guard latest.count == Self.piece else { return }
        full.append(latest)
        latest = []
    }

    /// How many of them are not later than a time. Records are in the order of their times.
    package func count(until time: Timestamp) -> Int { lowerBound { $0.time > time } }
}

import GRDB
import StewardModel

/// What one transaction adds to the rollups.
struct Deltas {
    private(set) var cells: [CellKey: RollupCell] = [:]
    private(set) var groups: [GroupCellKey: GroupCell] = [:]
    /// Events by day.
    private(set) var days: [Int64: Int64] = [:]
    /// The latest minute with an event, by series.
    private(set) var lastMinutes: [Int64: Int64] = [:]

    mutating func add(_ stored: [SignalCoding.Stored], cell key: CellKey) {
        for value in stored { cells[key, default: RollupCell()].add(value) }
    }

    mutating func update(_ key: GroupCellKey, _ change: (inout GroupCell) -> Void) {
        change(&groups[key, default: GroupCell()])
    }

    mutating func addEvent(day: Int64, minute: Int64, series: Int64) {
        days[day, default: 0] += 1
        lastMinutes[series] = max(lastMinutes[series] ?? minute, minute)
    }
}

/// A row of the spend table: one UTC day of one series for one attribution.
struct SpendKey: Hashable, Comparable {
    /// Days since 1970-01-01.
    var day: Int64
    var series: Int64
    var attribution: Int64

    init(day: Int64, series: Int64, attribution: Int64) {
        self.day = day
        self.series = series
        self.attribution = attribution
    }

    init(minute: Int64, series: Int64, attribution: Int64) {
        self.init(day: floorDivide(minute, 1440), series: series, attribution: attribution)
    }

    static func < (left: SpendKey, right: SpendKey) -> Bool {
        (left.day, left.series, left.attribution) < (right.day, right.series, right.attribution)
    }
}

/// Events, tokens and money: additive, in integers.
package struct Spend: Sendable, Equatable {
    package var events: Int64 = 0
    package var unpriced: Int64 = 0
    package var inputTokens: Int64 = 0
    package var outputTokens: Int64 = 0
    package var cachedInputTokens: Int64 = 0
    package var cacheWriteTokens: Int64 = 0
    package var reasoningTokens: Int64 = 0
    /// The sum over the priced events.
    package var cost = Nanodollars.zero

    package init() {}

    /// `nil` when events that should have a price have none and nothing else cost anything: unknown is not free.
    package var knownCost: Nanodollars? { unpriced > 0 && cost == .zero ? nil : cost }

    package mutating func add(_ other: Spend) {
        events += other.events
        unpriced += other.unpriced
        inputTokens += other.inputTokens
        outputTokens += other.outputTokens
        cachedInputTokens += other.cachedInputTokens
        cacheWriteTokens += other.cacheWriteTokens
        reasoningTokens += other.reasoningTokens
        cost += other.cost
    }

    static let columnNames = [
        "events", "unpriced", "input_tokens", "output_tokens", "cached_input_tokens", "cache_write_tokens",
        "reasoning_tokens", "cost",
    ]

    var columns: [Int64] {
        [
            events, unpriced, inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens, reasoningTokens,
            cost.amount,
        ]
    }

    /// Reads ``columnNames`` from a row, starting at a column.
    init(_ row: Row, at column: Int) {
        events = row[column]
        unpriced = row[column + 1]
        inputTokens = row[column + 2]
        outputTokens = row[column + 3]
        cachedInputTokens = row[column + 4]
        cacheWriteTokens = row[column + 5]
        reasoningTokens = row[column + 6]
        cost = Nanodollars(row[column + 7])
    }

    /// What one event adds.
    init(_ stored: [SignalCoding.Stored], cost: Nanodollars?) {
        events = 1
        if let cost { self.cost = cost }
        if stored.contains(.absent(.cost)) { unpriced = 1 }
        for case .number(let signal, let value) in stored {
            switch signal {
            case .inputTokens: inputTokens = value
            case .outputTokens: outputTokens = value
            case .cachedInputTokens: cachedInputTokens = value
            case .cacheWriteTokens: cacheWriteTokens = value
            case .reasoningTokens: reasoningTokens = value
            default: break
            }
        }
    }
}

import GRDB
import StewardModel

/// Names that rows refer to by number: interned once, loaded at start, bounded.
struct Dictionaries {
    /// Limits after which new names go to `other`.
    enum Limit {
        static let series = 20_000
        /// Combinations of provider, model, team, project, user and tags; beyond it users and tags are `other`, and
        /// beyond twice that all of it is.
        static let attributions = 50_000
        static let categoriesPerSignal = 256
        static let namedSignals = 512
    }

    static let other = "other"
    /// The category that stands for all names beyond the limit.
    static let otherCategory: Int32 = 0

    private(set) var series: [SeriesKey: Int64] = [:]
    private var attributions: [Attribution: Int64] = [:]
    private var categories: [CategoryKey: Int32] = [:]
    private var categoryCounts: [Signal: Int] = [:]
    private var nextCategory: Int32 = 1
    private var signals: [String: (signal: Signal, kind: Signal.Kind)] = [:]

    private struct CategoryKey: Hashable {
        var signal: Signal
        var name: String
    }

    init() {}

    init(_ database: Database) throws {
        for row in try Row.fetchAll(database, sql: "SELECT id, deployment, environment, version FROM series") {
            series[SeriesKey(deployment: row[1], environment: row[2], version: row[3])] = row[0]
        }
        let columns = "id, provider, model, team, project, user, tags"
        for row in try Row.fetchAll(database, sql: "SELECT \(columns) FROM attributions") {
            let attribution = Attribution(
                provider: row[1], model: row[2], team: row[3], project: row[4], user: row[5], tags: row[6])
            attributions[attribution] = row[0]
        }
        for row in try Row.fetchAll(database, sql: "SELECT id, signal, name FROM categories") {
            let signal = Signal(rawValue: row[1])
            categories[CategoryKey(signal: signal, name: row[2])] = row[0]
            categoryCounts[signal, default: 0] += 1
            nextCategory = max(nextCategory, row[0] + 1)
        }
        for description in try Store.namedSignals(database) {
            signals[description.name] = (description.signal, description.kind)
        }
    }

    /// The number of a series; the second answer says that the limit made it `other`.
    mutating func id(of key: SeriesKey, _ database: Database) throws -> (id: Int64, dropped: Bool) {
        if let id = series[key] { return (id, false) }
        guard series.count < Limit.series else {
            let fallback = SeriesKey(deployment: Self.other, environment: Self.other, version: Self.other)
            if let id = series[fallback] { return (id, true) }
            return (try insert(fallback, database), true)
        }
        return (try insert(key, database), false)
    }

    private mutating func insert(_ key: SeriesKey, _ database: Database) throws -> Int64 {
        try database.execute(
            sql: "INSERT INTO series (deployment, environment, version) VALUES (?, ?, ?)",
            arguments: [key.deployment, key.environment, key.version])
        series[key] = database.lastInsertedRowID
        return database.lastInsertedRowID
    }

    mutating func id(of attribution: Attribution, _ database: Database) throws -> Int64 {
        if let id = attributions[attribution] { return id }
        var stored = attribution
        if attributions.count >= Limit.attributions {
            stored.user = stored.user.map { _ in Self.other }
            stored.tags = nil
        }
        if attributions.count >= 2 * Limit.attributions {
            stored = Attribution(provider: Self.other, model: Self.other, team: Self.other, project: Self.other)
        }
        if let id = attributions[stored] { return id }
        let insert = try database.cachedStatement(
            sql: "INSERT INTO attributions (provider, model, team, project, user, tags) VALUES (?, ?, ?, ?, ?, ?)")
        try insert.execute(
            arguments: [stored.provider, stored.model, stored.team, stored.project, stored.user, stored.tags])
        attributions[stored] = database.lastInsertedRowID
        return database.lastInsertedRowID
    }

    mutating func category(_ signal: Signal, _ name: String, _ database: Database) throws -> Int32 {
        let key = CategoryKey(signal: signal, name: name)
        if let id = categories[key] { return id }
        guard categoryCounts[signal, default: 0] < Limit.categoriesPerSignal else { return Self.otherCategory }
        let id = nextCategory
        try database.execute(
            sql: "INSERT INTO categories (id, signal, name) VALUES (?, ?, ?)",
            arguments: [id, signal.rawValue, name])
        categories[key] = id
        categoryCounts[signal, default: 0] += 1
        nextCategory += 1
        return id
    }

    /// The signal with a name that a sender chose; `nil` beyond the limit, or when the name means the other kind.
    mutating func signal(named name: String, _ kind: Signal.Kind, _ database: Database) throws -> Signal? {
        if let known = signals[name] { return known.kind == kind ? known.signal : nil }
        guard signals.count < Limit.namedSignals else { return nil }
        let signal = Signal(rawValue: Signal.firstNamed + UInt16(signals.count))
        try database.execute(
            sql: "INSERT INTO signals (id, name, kind) VALUES (?, ?, ?)",
            arguments: [signal.rawValue, name, kind.rawValue])
        signals[name] = (signal, kind)
        return signal
    }

    /// The signal with such a name, if it has one already and means that kind.
    func knownSignal(named name: String, _ kind: Signal.Kind) -> Signal? {
        signals[name].flatMap { $0.kind == kind ? $0.signal : nil }
    }

    /// An observation with its names replaced by numbers; `nil` when a limit leaves no place for it.
    mutating func stored(_ observation: Observation, _ database: Database) throws -> SignalCoding.Stored? {
        switch observation {
        case .number(let signal, let number): return .number(signal, number)
        case .absent(let signal): return .absent(signal)
        case .category(let signal, let name): return .category(signal, try category(signal, name, database))
        case .named(let name, let value):
            guard let signal = try signal(named: name, .numeric, database) else { return nil }
            let capped = min(max(value, -Signal.namedLimit), Signal.namedLimit)
            return .number(signal, Int64((capped * Signal.namedScale).rounded(.toNearestOrEven)))
        case .namedCategory(let name, let value):
            guard let signal = try signal(named: name, .categorical, database) else { return nil }
            return .category(signal, try category(signal, value, database))
        }
    }
}

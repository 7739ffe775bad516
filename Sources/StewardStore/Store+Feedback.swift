import GRDB
import StewardModel

extension Store {
    /// Stores feedback in one transaction; when this returns, it is durable and, where its event is known, counted.
    package func commit(_ feedback: [Feedback], received: Timestamp) async throws -> BatchOutcome {
        do {
            return try await pool.writeWithoutTransaction { [writer] in
                try writer.commit(feedback, received: received, $0)
            }
        } catch let error as DatabaseError {
            throw Self.failure(error)
        }
    }

    /// All feedback about an event, in order of arrival.
    package func feedback(eventID: String) async throws -> [Feedback] {
        try await read { try Self.feedback($0, where: "event_id = ?", [eventID]) }
    }

    /// The signals whose names senders chose.
    package func namedSignals() async throws -> [Signal.Description] { try await read(Self.namedSignals) }

    static func feedback(
        _ database: Database, where condition: String, _ arguments: StatementArguments
    ) throws -> [Feedback] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT key, event_id, time, name, kind, number, text, source FROM feedback
                WHERE \(condition) ORDER BY id
                """, arguments: arguments
        ).compactMap { row in
            Feedback.Value(kind: row[4], number: row[5], text: row[6]).map { value in
                Feedback(
                    key: row[0], eventID: row[1], time: Timestamp(microseconds: row[2]), name: row[3], value: value,
                    source: row[7])
            }
        }
    }

    static func namedSignals(_ database: Database) throws -> [Signal.Description] {
        try Row.fetchAll(database, sql: "SELECT id, name, kind FROM signals ORDER BY id").map { row in
            let kind = Signal.Kind(rawValue: row[2]) ?? .numeric
            return Signal.Description(
                signal: Signal(rawValue: row[0]), name: row[1], kind: kind,
                unit: kind == .numeric ? "millionth" : "", scale: kind == .numeric ? Signal.namedScale : 1,
                displayUnit: "")
        }
    }
}

extension Feedback.Value {
    /// As the columns `kind`, `number` and `text` hold it.
    var columns: (kind: String, number: Double?, text: String?) {
        switch self {
        case .score(let value): ("score", value, nil)
        case .rating(let value): ("rating", value, nil)
        case .label(let text): ("label", nil, text)
        case .groundTruth(let text): ("ground_truth", nil, text)
        }
    }

    init?(kind: String, number: Double?, text: String?) {
        switch (kind, number, text) {
        case ("score", let value?, _): self = .score(value)
        case ("rating", let value?, _): self = .rating(value)
        case ("label", _, let text?): self = .label(text)
        case ("ground_truth", _, let text?): self = .groundTruth(text)
        default: return nil
        }
    }
}

import Foundation
import GRDB
import StewardModel
import StewardStatistics
import Testing

@testable import StewardStore

struct StoreTests {
    static func row(
        _ id: String, at seconds: Int64 = 1_772_546_580, version: String = "v1", cost: Int64? = 1_500_000,
        latency: Int64 = 250_000, error: Bool = false
    ) -> EventRow {
        EventRow(
            id: id, time: Timestamp(seconds: seconds), received: Timestamp(seconds: seconds + 1),
            series: SeriesKey(deployment: "bot", version: version),
            attribution: Attribution(provider: "openai", model: "gpt-4o-mini", team: "care"),
            status: error ? .error : .ok, cost: cost.map { Nanodollars($0) }, session: "s1",
            observations: [
                .number(.status, error ? 1 : 0), .number(.latency, latency), .number(.inputTokens, 100),
                .number(.outputTokens, 20), cost.map { .number(.cost, $0) } ?? .absent(.cost),
                .category(.finishReason, "stop"),
            ])
    }

    @Test func aBatchIsStoredOnceWithItsRollupsAndMoney() async throws {
        try await withStore { store, _ in
            let outcomes = try await store.commit([
                [Self.row("a"), Self.row("b", cost: nil, error: true), Self.row("a")], [Self.row("b")],
            ])
            #expect(
                outcomes == [
                    .init(accepted: 2, duplicates: 1, repeated: [2]), .init(accepted: 0, duplicates: 1, repeated: [0]),
                ])
            let again = try await store.commit([[Self.row("a", at: 1)]])
            #expect(
                again == [.init(accepted: 0, duplicates: 1, repeated: [0])],
                "the id decides, whatever else the retry says")

            let totals = try await store.totals()
            let cell = try #require(totals.first?.cell)
            #expect(cell.events == 2)
            #expect(cell.errors == 1)
            #expect(cell[.cost]?.sum == 1_500_000)
            #expect(cell[.cost]?.absent == 1)
            let minute = Timestamp(seconds: 1_772_546_580).minute
            let points = try await store.rollups(minutes: minute..<minute + 1) { _ in true }
            #expect(points.map(\.cell) == [cell])

            let spend = try await store.spend(days: 0..<1_000_000, groupedBy: [.deployment, .model, .day])
            #expect(spend.map(\.group) == [["bot", "gpt-4o-mini", "2026-03-03"]])
            #expect(spend.first?.spend.cost == Nanodollars(1_500_000))
            #expect(spend.first?.spend.unpriced == 1)
            #expect(try await store.fsck().flatMap(\.problems) == [])
        }
    }

    @Test func repricingChangesRowsRollupsAndMoneyTogetherOrNothing() async throws {
        try await withStore { store, _ in
            _ = try await store.commit([
                EventBatch((0..<10).map { Self.row("e\($0)", cost: $0 < 5 ? nil : 1000, error: $0 == 9) })
            ])
            func change(_ sequence: Int64, _ after: Int64?) -> RepricedEvent {
                RepricedEvent(
                    id: "e\(sequence - 1)", sequence: sequence, time: Timestamp(seconds: 1_772_546_580),
                    series: SeriesKey(deployment: "bot", version: "v1"), model: nil, before: nil,
                    after: after.map { Nanodollars($0) })
            }
            let append = RecordAppend(
                size: 0, leaves: [[1]], nodes: [], checkpoint: "c", time: Timestamp(seconds: 1), specs: [:])
            // To a price, to none, to what it was, and an event that is not there.
            let changes = [change(1, 700), change(2, 0), change(6, nil), change(7, 1000), change(99, 5)]
            try await store.append(append, with: .repriced(changes))
            #expect(try await store.fsck().flatMap(\.problems) == [])
            let spend = try await store.spend(days: 0..<1_000_000, groupedBy: [])
            #expect(spend.first?.spend.cost == Nanodollars(4 * 1000 + 700))
            #expect(spend.first?.spend.unpriced == 4)
            #expect(spend.first?.spend.events == 10)

            await #expect(throws: StewardError.self) {
                try await store.append(append, with: .repriced([change(1, 9), change(3, 9)]))
            }
            #expect(try await store.spend(days: 0..<1_000_000, groupedBy: []).map(\.spend) == spend.map(\.spend))
            #expect(try await store.fsck().flatMap(\.problems) == [])
            _ = try await store.commit([[Self.row("later")]])
            #expect(try await store.fsck().flatMap(\.problems) == [])
        }
    }

    @Test func eventsAreFoundByIdAfterTheirRunWasSealed() async throws {
        try await withStore { store, folder in
            let count = EventIndex.runLength + 100
            for start in stride(from: 0, to: count, by: 5000) {
                _ = try await store.commit([
                    EventBatch((start..<min(start + 5000, count)).map { Self.row("id-\($0)") })
                ])
            }
            _ = try await store.commit([[Self.row("last")]])
            for reopened in [false, true] {
                let store = reopened ? try Store(folder: folder) : store
                for id in ["id-0", "id-32767", "id-\(count - 1)", "last"] {
                    #expect(try await store.event(id: id)?.event.id == id, "reopened: \(reopened)")
                    #expect(
                        try await store.commit([[Self.row(id)]]) == [.init(accepted: 0, duplicates: 1, repeated: [0])])
                }
                #expect(try await store.event(id: "never") == nil)
            }
            #expect(try await store.fsck().flatMap(\.problems) == [])
        }
    }

    @Test func listingsPageWithoutGapsOrRepeats() async throws {
        try await withStore { store, _ in
            _ = try await store.commit([EventBatch((0..<25).map { Self.row("e\($0)", at: 1000 + Int64($0 / 3)) })])
            var seen: [String] = []
            var filter = EventFilter()
            filter.limit = 4
            while true {
                let page = try await store.events(filter)
                seen += page.map(\.id)
                guard let last = page.last else { break }
                filter.before = (last.time, last.sequence)
            }
            #expect(seen == (0..<25).reversed().map { "e\($0)" })
            filter = EventFilter()
            filter.after = 20
            #expect(try await store.events(filter).map(\.id) == ["e20", "e21", "e22", "e23", "e24"])
            filter = EventFilter()
            filter.status = .error
            #expect(try await store.events(filter).isEmpty)
        }
    }

    @Test func categoriesBeyondTheLimitAreOneCategory() async throws {
        try await withStore { store, _ in
            let rows = (0..<Dictionaries.Limit.categoriesPerSignal + 40).map { number in
                var row = Self.row("c\(number)")
                row.observations = [.number(.status, 0), .category(.errorType, "type \(number)")]
                return row
            }
            _ = try await store.commit([EventBatch(rows)])
            let cell = try #require(try await store.totals().first?.cell)
            let other = cell[.errorType]?.values.entries.first { $0.bin == Dictionaries.otherCategory }
            #expect(other?.count == 40)
            #expect(cell[.errorType]?.count == Int64(rows.count))
        }
    }

    @Test(arguments: [true, false])
    func feedbackJoinsItsEventWhicheverComesFirst(feedbackFirst: Bool) async throws {
        try await withStore { store, _ in
            let feedback = [
                Feedback(key: "k1", eventID: "a", time: Timestamp(seconds: 5), name: "help", value: .score(0.25)),
                Feedback(key: "k2", eventID: "a", time: Timestamp(seconds: 6), name: "topic", value: .label("billing")),
            ]
            let received = Timestamp(seconds: 7)
            if feedbackFirst { #expect(try await store.commit(feedback, received: received).accepted == 2) }
            _ = try await store.commit([[Self.row("a"), Self.row("b")]])
            if !feedbackFirst { #expect(try await store.commit(feedback, received: received).accepted == 2) }
            #expect(try await store.commit(feedback, received: received) == .init(accepted: 0, duplicates: 2))

            let signals = try await store.namedSignals()
            #expect(signals.map(\.name) == ["score.help", "label.topic"])
            let minute = Timestamp(seconds: 1_772_546_580).minute
            let cell = try #require(try await store.rollups(minutes: minute..<minute + 1) { _ in true }.first?.cell)
            #expect(cell[signals[0].signal]?.sum == 250_000)
            #expect(cell[signals[1].signal]?.count == 1)
            #expect(cell.events == 2)
            #expect(try await store.feedback(eventID: "a") == feedback)
            #expect(try await store.fsck().flatMap(\.problems) == [])
        }
    }

    @Test func feedbackThatWaitsSurvivesARestart() async throws {
        try await withStore { store, folder in
            let one = Feedback(key: "k", eventID: "late", time: Timestamp(seconds: 5), name: "help", value: .score(1))
            _ = try await store.commit([one], received: Timestamp(seconds: 6))
            let reopened = try Store(folder: folder)
            _ = try await reopened.commit([[Self.row("late")]])
            let signal = try #require(try await reopened.namedSignals().first).signal
            #expect(try await reopened.totals().first?.cell[signal]?.sum == 1_000_000)
            #expect(try await reopened.fsck().flatMap(\.problems) == [])
            try reopened.close()
        }
    }

    @Test func aSignalKeepsItsKindAndTheirNumberIsBounded() async throws {
        try await withStore { store, _ in
            var row = Self.row("a", cost: nil)
            row.observations = [.number(.status, 0), .named("x", 1), .namedCategory("x", "no")]
            row.observations += (0..<Dictionaries.Limit.namedSignals + 10).map { .named("s\($0)", 1) }
            _ = try await store.commit([[row]])
            let signals = try await store.namedSignals()
            #expect(signals.count == Dictionaries.Limit.namedSignals)
            #expect(signals.first?.kind == .numeric)
            #expect(try await store.fsck().flatMap(\.problems) == [])
        }
    }

    /// Every kind of damage that fsck must see, as a statement that does it.
    @Test(arguments: [
        ("UPDATE events SET cost = cost + 1 WHERE seq = 1", "events"),
        ("UPDATE events SET time = time + 60000000 WHERE seq = 1", "rollups"),
        ("DELETE FROM rollups WHERE cell = (SELECT MAX(cell) FROM rollups)", "rollups"),
        ("UPDATE rollups SET counts = x'00' WHERE cell = (SELECT MIN(cell) FROM rollups)", "rollups"),
        ("UPDATE spend SET cost = cost + 1", "money"), ("UPDATE events SET id = 'a' WHERE seq = 2", "idempotency"),
        ("DELETE FROM events WHERE seq = 2", "rollups"),
    ])
    func fsckSeesDamage(statement: String, check: String) async throws {
        try await withStore { store, _ in
            _ = try await store.commit([[Self.row("a"), Self.row("b")]])
            try await store.pool.writeWithoutTransaction { try store.writer.writeSpend($0) }
            try await store.pool.write { try $0.execute(sql: statement) }
            let failed = try await store.fsck().filter { !$0.problems.isEmpty }.map(\.name)
            #expect(failed.contains(check), "\(failed)")
        }
    }

    @Test func aFailedCommitLeavesNothingBehind() async throws {
        try await withStore { store, _ in
            _ = try await store.commit([[Self.row("a")]])
            try await store.pool.write {
                try $0.execute(
                    sql: """
                        CREATE TRIGGER stop BEFORE INSERT ON events WHEN NEW.seq = 3
                        BEGIN SELECT RAISE(ABORT, 'no'); END
                        """)
            }
            await #expect(throws: StewardError.self) {
                _ = try await store.commit([[Self.row("b", version: "new"), Self.row("c")]])
            }
            try await store.pool.write { try $0.execute(sql: "DROP TRIGGER stop") }
            let retry = try await store.commit([[Self.row("b", version: "new"), Self.row("c")]])
            #expect(retry == [.init(accepted: 2, duplicates: 0)])
            #expect(try await store.fsck().flatMap(\.problems) == [])
        }
    }

    @Test func theSchemaIsTheOneOnRecord() async throws {
        try await withStore { store, _ in
            let schema = try await store.read { database in
                try String.fetchAll(
                    database,
                    sql: "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'grdb%' ORDER BY name")
            }
            let pageSize = try await store.read { try Int.fetchOne($0, sql: "PRAGMA page_size") }
            #expect(pageSize == Schema.pageSize)
            let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "schema.golden.sql")
            let text = schema.joined(separator: ";\n\n") + ";\n"
            if ProcessInfo.processInfo.environment["STEWARD_RECORD"] != nil {
                try text.write(to: file, atomically: true, encoding: .utf8)
            }
            #expect(try String(contentsOf: file, encoding: .utf8) == text)
        }
    }

    @Test func aStoreFromTheFutureIsRefused() async throws {
        try await withStore { store, folder in
            try await store.pool.write {
                try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('99 from the future')")
            }
            let error = #expect(throws: StewardError.self) { _ = try Store(folder: folder) }
            #expect(error?.message.contains("newer version") == true)
        }
    }
}

/// Runs a test with a fresh store in a folder of its own.
func withStore(_ body: (Store, String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "steward-test-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = try Store(folder: folder)
    try await body(store, folder)
    try store.close()
}

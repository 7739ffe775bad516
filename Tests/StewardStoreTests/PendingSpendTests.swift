import GRDB
import StewardModel
import Testing

@testable import StewardStore

/// Spend may wait in memory for its table; what anybody reads never shows it.
struct PendingSpendTests {
    private static func rows(_ range: Range<Int>, cost: Int64 = 1000) -> [EventRow] {
        range.map { number in
            var row = StoreTests.row("e\(number)", cost: cost)
            row.attribution.user = "u\(number)"
            return row
        }
    }

    private static func total(_ store: Store) async throws -> Spend? {
        try await store.spend(days: 0..<1_000_000, groupedBy: []).first?.spend
    }

    private static func stored(_ store: Store) async throws -> Int? {
        try await store.read { try Int.fetchOne($0, sql: "SELECT SUM(events) FROM spend") }
    }

    @Test func whatWaitsSurvivesACrash() async throws {
        try await withStore { store, folder in
            _ = try await store.commit([EventBatch(Self.rows(0..<20))])
            try await store.pool.writeWithoutTransaction { try store.writer.writeSpend($0) }
            _ = try await store.commit([EventBatch(Self.rows(20..<30))])
            #expect(try await Self.stored(store) == 20)
            // Opened beside the first, which is never closed: as after a crash.
            let reopened = try Store(folder: folder)
            let spend = try #require(try await Self.total(reopened))
            #expect(spend.events == 30)
            #expect(spend.inputTokens == 3000)
            #expect(spend.cost == Nanodollars(30_000))
            #expect(try await reopened.fsck().flatMap(\.problems) == [])
        }
    }

    @Test func whatWaitsSurvivesAFailedCommit() async throws {
        try await withStore { store, _ in
            _ = try await store.commit([EventBatch(Self.rows(0..<5))])
            try await store.pool.write {
                try $0.execute(
                    sql: """
                        CREATE TRIGGER stop BEFORE INSERT ON events WHEN NEW.seq = 8
                        BEGIN SELECT RAISE(ABORT, 'no'); END
                        """)
            }
            await #expect(throws: StewardError.self) { _ = try await store.commit([EventBatch(Self.rows(5..<10))]) }
            #expect(try await Self.total(store)?.events == 5)
            try await store.pool.write { try $0.execute(sql: "DROP TRIGGER stop") }
            _ = try await store.commit([EventBatch(Self.rows(5..<10))])
            #expect(try await Self.total(store)?.events == 10)
            #expect(try await store.fsck().flatMap(\.problems) == [])
        }
    }

    @Test func tooMuchDoesNotWait() async throws {
        try await withStore { store, _ in
            _ = try await store.commit([EventBatch(Self.rows(0..<10_000))])
            #expect(try await Self.stored(store) == nil)
            _ = try await store.commit([EventBatch(Self.rows(10_000..<20_000))])
            #expect(try await Self.stored(store) == 20_000)
        }
    }

    @Test func anEventThatCannotBeReadIsForFsckToName() async throws {
        try await withStore { store, folder in
            _ = try await store.commit([EventBatch(Self.rows(0..<3))])
            try await store.pool.write { try $0.execute(sql: "UPDATE events SET signals = x'FF' WHERE seq = 2") }
            let failed = try await Store(folder: folder).fsck().filter { !$0.problems.isEmpty }.map(\.name)
            #expect(failed.contains("events"), "\(failed)")
        }
    }
}

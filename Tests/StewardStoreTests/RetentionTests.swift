import Foundation
import GRDB
import StewardModel
import StewardStatistics
import Testing

@testable import StewardStore

/// Dropping days and adding cells up: less is kept, and nothing that was counted changes.
struct RetentionTests {
    private static let day: Int64 = 20_515

    private static func batch(_ ids: [String], at seconds: [Int64], day: Int64) -> EventBatch {
        let rows = zip(ids, seconds).enumerated().map { position, event in
            var row = StoreTests.row(event.0, at: day * 86_400 + event.1)
            row.payload = PayloadPlace(block: 0, part: position)
            return row
        }
        return EventBatch(rows, blocks: [PayloadBlock(day: day, bytes: Array(ids.joined().utf8))])
    }

    /// Drops what is before a day, as the governing side does: with a record.
    private static func drop(before day: Int64, _ store: Store, size: Int64 = 0) async throws {
        let append = RecordAppend(
            size: size, leaves: [[1]], nodes: [], checkpoint: "c", time: Timestamp(seconds: 1), specs: [:])
        try await store.append(append, with: .dropped(before: day))
    }

    private static func sweepAll(_ store: Store) async throws -> Int {
        var swept = 0
        while case let count = try await store.sweep(limit: 3), count > 0 { swept += count }
        return swept
    }

    private static func problems(_ store: Store) async throws -> [String] {
        try await store.fsck { _ in 100 }.flatMap(\.problems)
    }

    @Test func daysAreDroppedWhole() async throws {
        try await withStore { store, folder in
            for offset in 0..<3 as Range<Int64> {
                let ids = (0..<5).map { "d\(offset)-\($0)" }
                _ = try await store.commit([
                    Self.batch(ids, at: [0, 60, 61, 7200, 86_399], day: Self.day + offset)
                ])
            }
            _ = try await store.commit(
                [
                    Feedback(
                        key: "k", eventID: "d0-0", time: Timestamp(seconds: 5), name: "score", value: .score(1),
                        source: nil)
                ], received: Timestamp(seconds: 6))
            let totals = try await store.totals().map(\.cell)
            let spend = try await store.spend(days: 0..<1_000_000, groupedBy: [.day]).map(\.spend)
            let before = try await store.retentionFacts()
            #expect(before.days.map(\.events) == [5, 5, 5])
            #expect(before.days.map(\.bytes) == [24, 24, 24])

            try await Self.drop(before: Self.day + 2, store)
            // Gone for readers at once, before any row is taken away.
            #expect(try await store.events(EventFilter()).count == 5)
            #expect(try await store.event(id: "d0-0") == nil)
            #expect(try await store.event(id: "d2-0")?.payload?.part == 0)
            #expect(store.firstEvent == Timestamp(seconds: (Self.day + 2) * 86_400))
            #expect(try await store.retentionFacts().days.map(\.day) == [Self.day + 2])
            let files = try FileManager.default.contentsOfDirectory(atPath: PayloadFiles.folder(in: folder))
            #expect(files == ["2026-03-05.blocks"])
            #expect(try await Self.problems(store) == [])

            #expect(try await Self.sweepAll(store) == 10)
            #expect(try await store.read { try Int64.fetchOne($0, sql: "SELECT COUNT(*) FROM feedback") } == 0)
            #expect(try await Self.problems(store) == [])
            #expect(try await store.totals().map(\.cell) == totals)
            #expect(try await store.spend(days: 0..<1_000_000, groupedBy: [.day]).map(\.spend) == spend)

            let reopened = try Store(folder: folder)
            #expect(reopened.firstEvent == store.firstEvent)
            #expect(try await reopened.events(EventFilter()).count == 5)
        }
    }

    @Test func numbersAreNotGivenTwice() async throws {
        try await withStore { store, folder in
            _ = try await store.commit([Self.batch(["a", "b"], at: [0, 1], day: Self.day)])
            try await Self.drop(before: Self.day + 1, store)
            #expect(try await Self.sweepAll(store) == 2)
            #expect(try await store.lastSequence() == 2)
            let reopened = try Store(folder: folder)
            _ = try await reopened.commit([Self.batch(["c"], at: [0], day: Self.day + 1)])
            #expect(try await reopened.events(EventFilter()).map(\.sequence) == [3])
            #expect(try await Self.problems(reopened) == [])
        }
    }

    @Test func aCrashBetweenTheCommitAndTheUnlinkIsMadeGood() async throws {
        try await withStore { store, folder in
            _ = try await store.commit([Self.batch(["a"], at: [0], day: Self.day)])
            let path = PayloadFiles.path(PayloadFiles.folder(in: folder), day: Self.day)
            let content = try Data(contentsOf: URL(fileURLWithPath: path))
            try await Self.drop(before: Self.day + 1, store)
            try content.write(to: URL(fileURLWithPath: path))
            _ = try Store(folder: folder)
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func idsOfDroppedEventsAreForgotten() async throws {
        try await withStore { store, folder in
            let count = EventIndex.runLength
            for (day, prefix) in [(Self.day, "old"), (Self.day + 1, "new")] {
                for start in stride(from: 0, to: count, by: 8192) {
                    let rows = (start..<start + 8192).map { StoreTests.row("\(prefix)-\($0)", at: day * 86_400) }
                    _ = try await store.commit([EventBatch(rows)])
                }
            }
            try await Self.drop(before: Self.day + 1, store)
            while try await store.sweep(limit: 10_000) > 0 {}
            _ = try await store.sweep(limit: 1)
            let runs: @Sendable (Database) throws -> [Int64] = {
                try Int64.fetchAll($0, sql: "SELECT DISTINCT run FROM event_keys")
            }
            #expect(try await store.read(runs) == [])
            for store in [store, try Store(folder: folder)] {
                let again = try await store.commit([[StoreTests.row("new-7", at: (Self.day + 1) * 86_400)]])
                #expect(again.first?.duplicates == 1)
                #expect(try await store.event(id: "old-7") == nil)
            }
            #expect(try await Self.problems(store) == [])
        }
    }

    /// Whatever comes whenever, and however often cells are added up: sums by day, and over all, stay what they were.
    @Test(arguments: 0..<8 as Range<UInt64>) func compactionChangesNoSum(seed: UInt64) async throws {
        try await withStore { store, _ in
            var random = SplitMix64(seed: seed)
            func rows(_ round: Int) -> EventBatch {
                EventBatch(
                    (0..<60).map { index in
                        StoreTests.row(
                            "\(round)-\(index)",
                            at: Self.day * 86_400 + Int64.random(in: 0..<4 * 86_400, using: &random),
                            version: "v\(Int.random(in: 1...3, using: &random))",
                            cost: Bool.random(using: &random) ? Int64.random(in: 0...1000, using: &random) : nil,
                            latency: Int64.random(in: 1...10_000_000, using: &random))
                    })
            }
            func days() async throws -> [Int64: [String: RollupCell]] {
                var result: [Int64: [String: RollupCell]] = [:]
                for point in try await store.rollups(minutes: 1..<1 << 32, where: { _ in true }) {
                    result[floorDivide(point.minute, 1440), default: [:]][point.key.version, default: RollupCell()]
                        .add(point.cell)
                }
                return result
            }
            func compact(_ span: CompactionSpan, until day: Int64) async throws {
                while try await store.compact(span, until: day * 1440) {}
            }
            _ = try await store.commit([rows(0), rows(1)])
            let before = try await days()
            let hour = Self.day + Int64.random(in: 0...4, using: &random)
            try await compact(.hour, until: hour)
            // Days are made of hours only.
            try await compact(.day, until: Self.day + Int64.random(in: 0...4, using: &random))
            #expect(try await days() == before, "seed \(seed)")
            #expect(try await Self.problems(store) == [], "seed \(seed)")
            let minutes = try await store.rollups(minutes: 1..<hour * 1440) { _ in true }.map(\.minute)
            #expect(minutes.allSatisfy { $0 % 60 == 0 }, "seed \(seed)")

            // Late events, feedback and prices find the cell that their minute is in by now.
            _ = try await store.commit([rows(2)])
            let late = Feedback(
                key: "k", eventID: "0-3", time: Timestamp(seconds: 5), name: "score", value: .score(0.5), source: nil)
            _ = try await store.commit([late], received: Timestamp(seconds: 6))
            let repriced = RepricedEvent(
                id: "0-4", sequence: 5, time: Timestamp(seconds: 0),
                series: SeriesKey(deployment: "bot", version: "v1"), model: nil, before: nil, after: Nanodollars(77))
            let append = RecordAppend(
                size: 0, leaves: [[1]], nodes: [], checkpoint: "c", time: Timestamp(seconds: 1), specs: [:])
            try await store.append(append, with: .repriced([repriced]))
            #expect(try await Self.problems(store) == [], "seed \(seed)")
            try await compact(.hour, until: Self.day + 4)
            try await compact(.day, until: Self.day + 4)
            #expect(try await Self.problems(store) == [], "seed \(seed)")
            let cells = try await store.rollups(minutes: 1..<1 << 32) { _ in true }
            #expect(cells.count == 4 * 3 && cells.allSatisfy { $0.minute % 1440 == 0 }, "seed \(seed)")
        }
    }

    @Test func fsckHoldsDroppedDaysAgainstAllTime() async throws {
        for (statement, check) in [
            (
                "UPDATE rollups SET counts = (SELECT counts FROM rollups WHERE cell < 16777216) WHERE cell > 16777216",
                "rollups"
            ),
            ("UPDATE spend SET cost = cost + 1", "money"), ("DELETE FROM event_days", "days"),
        ] {
            try await withStore { store, _ in
                for offset in 0..<2 as Range<Int64> {
                    _ = try await store.commit([
                        Self.batch(["d\(offset)"], at: [0], day: Self.day + offset)
                    ])
                }
                try await Self.drop(before: Self.day + 1, store)
                try await store.pool.write { try $0.execute(sql: statement) }
                let failed = try await store.fsck { _ in 9 }.filter { !$0.problems.isEmpty }.map(\.name)
                #expect(failed.contains(check), "\(failed)")
            }
        }
    }
}

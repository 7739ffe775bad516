import Foundation
import GRDB
import StewardModel
import Testing

@testable import StewardStore

/// Payloads in files beside the database: durable with their events, or not there at all.
struct PayloadTests {
    private static let day: Int64 = 20_515
    private static let text = Array("one two".utf8)

    /// A batch of one block that two events share.
    private static func batch(_ ids: [String], day: Int64 = day, block: [UInt8] = text) -> EventBatch {
        let rows = ids.enumerated().map { position, id in
            var row = StoreTests.row(id, at: day * 86_400 + 5)
            row.payload = PayloadPlace(block: 0, part: position)
            return row
        }
        return EventBatch(rows, blocks: [PayloadBlock(day: day, bytes: block)])
    }

    private static func length(_ folder: String, day: Int64 = day) -> Int64? {
        PayloadFiles.size(of: PayloadFiles.path(PayloadFiles.folder(in: folder), day: day))
    }

    @Test func eventsShareABlockInTheFileOfTheirDay() async throws {
        try await withStore { store, folder in
            _ = try await store.commit([Self.batch(["a", "b"]), Self.batch(["c"], day: Self.day - 1, block: [7])])
            for (id, payload) in [
                ("a", StoredPayload(block: Self.text, part: 0)), ("b", StoredPayload(block: Self.text, part: 1)),
                ("c", StoredPayload(block: [7], part: 0)),
            ] {
                #expect(try await store.event(id: id)?.payload == payload)
            }
            #expect(Self.length(folder) == 11)
            #expect(Self.length(folder, day: Self.day - 1) == 5)
            #expect(try await store.fsck { _ in 2 }.flatMap(\.problems) == [])
            #expect(try await store.facts().bytes > 16)
        }
    }

    @Test func aBatchThatIsSentAgainTakesNoRoom() async throws {
        try await withStore { store, folder in
            for ids in [["a", "b"], ["a", "b"], ["b"]] { _ = try await store.commit([Self.batch(ids)]) }
            #expect(Self.length(folder) == 11)
        }
    }

    @Test func whatWasNotCommittedIsOverwritten() async throws {
        try await withStore { store, folder in
            _ = try await store.commit([Self.batch(["a"])])
            try await store.pool.write {
                try $0.execute(
                    sql: """
                        CREATE TRIGGER stop BEFORE INSERT ON events WHEN NEW.seq = 3
                        BEGIN SELECT RAISE(ABORT, 'no'); END
                        """)
            }
            await #expect(throws: StewardError.self) {
                _ = try await store.commit([Self.batch(["b", "c"], block: Array(repeating: 9, count: 100))])
            }
            #expect(Self.length(folder) == 115)
            try await store.pool.write { try $0.execute(sql: "DROP TRIGGER stop") }
            _ = try await store.commit([Self.batch(["b"], block: [1, 2, 3])])
            #expect(try await store.event(id: "b")?.payload == StoredPayload(block: [1, 2, 3], part: 0))
            #expect(try await store.event(id: "a")?.payload == StoredPayload(block: Self.text, part: 0))
        }
    }

    @Test func whatACrashLeftBehindIsCutOff() async throws {
        try await withStore { store, folder in
            _ = try await store.commit([Self.batch(["a"])])
            let path = PayloadFiles.path(PayloadFiles.folder(in: folder), day: Self.day)
            let file = try #require(FileHandle(forWritingAtPath: path))
            try file.seekToEnd()
            try file.write(contentsOf: Data(repeating: 1, count: 1000))
            try file.close()

            let reopened = try Store(folder: folder)
            #expect(Self.length(folder) == 11)
            _ = try await reopened.commit([Self.batch(["b"], block: [5])])
            #expect(try await reopened.event(id: "b")?.payload == StoredPayload(block: [5], part: 0))
            #expect(try await reopened.fsck { _ in 1 }.flatMap(\.problems) == [])
        }
    }

    @Test(arguments: ["gone", "cut", "length", "parts"]) func fsckSeesDamage(damage: String) async throws {
        try await withStore { store, folder in
            _ = try await store.commit([Self.batch(["a", "b"])])
            let path = PayloadFiles.path(PayloadFiles.folder(in: folder), day: Self.day)
            switch damage {
            case "gone": try FileManager.default.removeItem(atPath: path)
            case "cut": #expect(truncate(path, 10) == 0)
            case "length": try Data([255, 255, 255, 255] + Self.text).write(to: URL(fileURLWithPath: path))
            default: break
            }
            let checks = try await store.fsck { _ in damage == "parts" ? 1 : 2 }
            #expect(checks.filter { !$0.problems.isEmpty }.map(\.name) == ["payloads"])
            if damage != "parts" {
                await #expect(throws: StewardError.self) { _ = try await store.event(id: "a") }
            }
        }
    }
}

import Foundation
import StewardJSON
import StewardModel
import StewardStore
import StewardTransparency
import Testing

@testable import StewardGovernance

struct GovernorTests {
    static func signer() throws -> NoteSigner { try NoteSigner(name: "test/log", seed: Array(repeating: 7, count: 32)) }

    @Test func stateAndLogSurviveARestartAndAgree() async throws {
        let folder = try Folder()
        var before: GovernanceState?
        for round in 0..<2 {
            let store = try Store(folder: folder.path)
            let governor = try await Governor(store: store, signer: Self.signer()) { Timestamp(seconds: 5000) }
            if let before { #expect(governor.state == before) }
            let spec = try Spec(["provider": "openai", "model": .string("m\(round)")])
            try await governor.perform(
                .registerVersion(deployment: "bot", name: nil, digest: spec.digest), by: Actor(.person, "ada"),
                specs: [spec.digest: spec.canonical])
            #expect(try await governor.spec(digest: spec.digest)?["model"]?.string == "m\(round)")
            before = governor.state
            let checkpoint = try await store.checkpoint()
            #expect(checkpoint?.size == governor.state.size)
            let files = try AuditBundle.files(
                entries: try await store.leaves(), checkpoint: checkpoint?.note ?? "",
                verifierKey: governor.verifierKey)
            #expect(files.contains { $0.path == "entries.ndjson" })
            try store.close()
        }
    }

    @Test func aRefusedCommandRecordsNothing() async throws {
        let folder = try Folder()
        let store = try Store(folder: folder.path)
        let governor = try await Governor(store: store, signer: Self.signer()) { Timestamp(seconds: 5000) }
        await #expect(throws: StewardError.self) {
            try await governor.perform(
                [.createDeployment("bot"), .promote(deployment: "bot", environment: "p", version: "v9", reason: nil)],
                by: .daemon)
        }
        #expect(governor.state == GovernanceState(), "all or none")
        #expect(try await store.leaves().isEmpty)
        try store.close()
    }

    /// NaN and infinity are null in JSON: a record with one would keep the daemon from starting again.
    @Test func aRecordThatCouldNotBeReadAgainIsNotWritten() async throws {
        let folder = try Folder()
        let store = try Store(folder: folder.path)
        let governor = try await Governor(store: store, signer: Self.signer()) { Timestamp(seconds: 5000) }
        try await governor.perform(.createDeployment("bot"), by: Actor(.person, "ada"))
        var rollout = try RolloutLane().rollout
        rollout.startCounts.canary[0].squares = .infinity
        await #expect(throws: StewardError.self) {
            try await governor.perform(.note(.rolloutStarted(rollout)), by: .daemon)
        }
        #expect(governor.state.rollouts.isEmpty)
        #expect(try await store.leaves().count == 1)
        try store.close()
    }

    @Test func commandsAtTheSameTimeAreDecidedOneAfterTheOther() async throws {
        let folder = try Folder()
        let store = try Store(folder: folder.path)
        let governor = try await Governor(store: store, signer: Self.signer()) { Timestamp(seconds: 5000) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<50 {
                group.addTask {
                    try await governor.perform(.createDeployment("d\(number % 25)"), by: Actor(.person, "ada"))
                }
            }
            try await group.waitForAll()
        }
        #expect(governor.state.size == 25)
        #expect(try await store.leaves().count == 25)
        try store.close()
    }

    @Test func aLogThatWasChangedIsNotOpened() async throws {
        let folder = try Folder()
        let store = try Store(folder: folder.path)
        let governor = try await Governor(store: store, signer: Self.signer()) { Timestamp(seconds: 5000) }
        try await governor.perform(.createDeployment("bot"), by: Actor(.person, "ada"))
        try store.close()
        let sqlite = Process()
        sqlite.executableURL = URL(filePath: "/usr/bin/env")
        sqlite.arguments = [
            "python3", "-c",
            """
            import sqlite3, sys
            c = sqlite3.connect(sys.argv[1])
            c.execute("UPDATE records SET leaf = CAST(REPLACE(CAST(leaf AS TEXT), 'ada', 'eve') AS BLOB)")
            c.commit()
            """, folder.path + "/steward.db",
        ]
        try sqlite.run()
        sqlite.waitUntilExit()
        #expect(sqlite.terminationStatus == 0)
        let reopened = try Store(folder: folder.path)
        let error = await #expect(throws: StewardError.self) {
            _ = try await Governor(store: reopened, signer: Self.signer()) { Timestamp(seconds: 5000) }
        }
        #expect(error?.message.contains("does not fit its signed checkpoint") == true)
        try reopened.close()
    }
}

/// A folder that is gone when the test is.
final class Folder {
    let path = FileManager.default.temporaryDirectory.appending(path: "steward-test-\(UUID().uuidString)").path
    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }
}

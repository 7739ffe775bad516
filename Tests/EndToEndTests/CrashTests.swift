import Foundation
import StewardJSON
import Synchronization
import Testing

@Suite struct CrashTests {
    private static let batch = 50

    /// What one client sent, in order, and how much of it was acknowledged before the daemon died.
    private struct Sender: Sendable {
        var name: String
        var acknowledged = 0
        /// Batches sent; the last may be in doubt.
        var sent = 0

        func lines(_ batch: Int) -> [String] {
            (0..<CrashTests.batch).map { Traffic.event(id: ids(batch)[$0], failed: $0 % 7 == 0) }
        }
        func ids(_ batch: Int) -> [String] { (0..<CrashTests.batch).map { "\(name)-\(batch)-\($0)" } }
    }

    @Test func acknowledgedEventsSurviveAKillAndCountOnce() async throws {
        try await Daemon.run { daemon in
            let senders = try await load(daemon, killAfterAcknowledged: 24)
            let acknowledged = senders.flatMap { sender in (0..<sender.acknowledged).flatMap { sender.ids($0) } }
            #expect(acknowledged.count >= 24 * Self.batch)

            try await daemon.restart()
            let stored = try await daemon.client.allEvents().compactMap { $0["id"]?.string }
            #expect(Set(stored).count == stored.count, "an event is stored twice")
            #expect(Set(acknowledged).subtracting(stored).isEmpty, "an acknowledged event is lost")

            // A client that does not know sends again: everything counts once, in events and in money.
            for sender in senders {
                for batch in 0..<sender.sent {
                    let answer = try await daemon.client.postEvents(sender.lines(batch))
                    #expect(answer.status == 202, "\(answer)")
                }
            }
            let all = senders.flatMap { sender in (0..<sender.sent).flatMap { sender.ids($0) } }
            let events = try await daemon.client.allEvents()
            #expect(events.compactMap { $0["id"]?.string }.sorted() == all.sorted())
            let total = try await daemon.client.json("/v1/costs?group_by=deployment")["total"]
            #expect(total?["events"]?.int64 == Int64(all.count))
            #expect(total?["cost_nanodollars"]?.int64 == Int64(all.count) * Traffic.costNanodollars)

            #expect(try await daemon.stop() == 0)
            let check = try await daemon.steward("fsck", "--data", daemon.data.path)
            #expect(check.status == 0, "\(check)")
        }
    }

    @Test func aSecondDaemonOnTheSameFolderIsRefused() async throws {
        try await Daemon.run { daemon in
            let second = try await Program.run(
                try Program.steward(), ["serve", "--data", daemon.data.path, "--listen", "127.0.0.1:0"], seconds: 20)
            #expect(second.status == 1, "\(second)")
            #expect(second.error.contains("a running daemon uses this folder"), "\(second)")
            #expect(try await daemon.client.get("/healthz").status == 200)
        }
    }

    /// Four clients send batches until the daemon is killed under them.
    private func load(_ daemon: Daemon, killAfterAcknowledged limit: Int) async throws -> [Sender] {
        let client = daemon.client
        let process = daemon.process.processIdentifier
        let batches = Counter()
        let senders = await withTaskGroup(of: Sender.self) { group in
            for name in ["a", "b", "c", "d"] {
                group.addTask {
                    var sender = Sender(name: name)
                    while sender.sent < 10_000 {
                        sender.sent += 1
                        let answer = try? await client.postEvents(sender.lines(sender.sent - 1))
                        guard answer?.status == 202 else { break }
                        sender.acknowledged += 1
                        if batches.increment() == limit { kill(process, SIGKILL) }
                    }
                    return sender
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        daemon.kill()
        return senders
    }
}

/// Counts for several tasks at once.
final class Counter: Sendable {
    private let count = Mutex(0)

    func increment() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}

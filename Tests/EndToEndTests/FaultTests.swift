import Foundation
import StewardJSON
import StewardStatistics
import Testing

/// The short form of `scripts/faults`: kills, a disk without space, a log cut short. `fsck` is the judge.
@Suite(.serialized) struct FaultTests {
    @Test func fiveKillsLoseNothingAndDoubleNothing() async throws {
        let seed = UInt64.random(in: .min ... .max)
        print("seed of the kills: \(seed)")
        var random = SplitMix64(seed: seed)
        try await Daemon.run { daemon in
            var sender = Sender()
            for _ in 0..<5 {
                // After so many acknowledged batches the daemon is gone while the next is under way.
                try await sender.send(to: daemon, batches: Int(random.next() % 20))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    let client = daemon.client
                    let lines = sender.lines(sender.acknowledged)
                    group.addTask { _ = try? await client.postEvents(lines) }
                    for _ in 0..<random.next() % 2000 { await Task.yield() }
                    daemon.kill()
                    try await group.waitForAll()
                }
                try await daemon.restart()
                let stored = try await daemon.client.allEvents().compactMap { $0["id"]?.string }
                #expect(Set(sender.ids).subtracting(stored).isEmpty, "acknowledged events are lost")
                // The client does not know, so it sends again.
                try await sender.send(to: daemon, batches: 1)
            }
            try await sender.settle(daemon)
        }
    }

    @Test func aDiskWithoutSpaceRefusesEventsAndKeepsReading() async throws {
        try await Daemon.run { daemon in
            var sender = Sender()
            try await sender.send(to: daemon, batches: 3)
            let tracer = try await Tracer(daemon, fault: "pwrite64:error=ENOSPC")
            defer { tracer.stop() }
            for _ in 0..<3 {
                let answer = try await daemon.client.postEvents(sender.lines(sender.acknowledged))
                #expect(answer.status == 503, "\(answer)")
                #expect(answer.headers["retry-after"].flatMap { Int($0) } != nil, "\(answer.headers)")
            }
            let change = try await daemon.client.post("/v1/deployments", "{\"name\":\"x\"}")
            #expect(change.status == 503, "\(change)")
            for path in ["/healthz", "/v1/events", "/v1/costs?group_by=deployment", "/metrics"] {
                #expect(try await daemon.client.get(path).status == 200, "\(path)")
            }
            tracer.stop()
            try await sender.send(to: daemon, batches: 3)
            #expect(try await daemon.client.post("/v1/deployments", "{\"name\":\"x\"}").status == 201)
            try await sender.settle(daemon)
        }
    }

    @Test func nothingIsAcknowledgedThatTheDiskDoesNotConfirm() async throws {
        try await Daemon.run { daemon in
            var sender = Sender()
            try await sender.send(to: daemon, batches: 1)
            let tracer = try await Tracer(daemon, fault: "fdatasync:error=EIO")
            defer { tracer.stop() }
            let answer = try await daemon.client.postEvents(sender.lines(sender.acknowledged))
            #expect(answer.status == 503, "acknowledged, although fdatasync failed: \(answer)")
            tracer.stop()
            try await sender.send(to: daemon, batches: 1)
            try await sender.settle(daemon)
        }
    }

    @Test func aLogCutShortKeepsWhatWasCommittedBefore() async throws {
        let seed = UInt64.random(in: .min ... .max)
        print("seed of the cuts: \(seed)")
        var random = SplitMix64(seed: seed)
        try await Daemon.run { daemon in
            var sender = Sender()
            try await sender.send(to: daemon, batches: 20)
            daemon.kill()
            let log = daemon.data.appendingPathComponent("steward.db-wal")
            let length = try #require(try FileManager.default.attributesOfItem(atPath: log.path)[.size] as? UInt64)
            try FileManager.default.removeItem(at: daemon.data.appendingPathComponent("steward.db-shm"))
            let handle = try FileHandle(forWritingTo: log)
            // Behind its first half, so that the tables are there.
            try handle.truncate(atOffset: length - random.next() % (length / 2))
            try handle.close()
            let check = try await daemon.steward("fsck", "--data", daemon.data.path)
            #expect(check.status == 0, "\(check)")

            try await daemon.restart()
            let stored = try await daemon.client.allEvents().compactMap { $0["id"]?.string }
            #expect(stored.count % Sender.batch == 0, "a batch was kept in part")
            #expect(stored == Array(sender.ids.prefix(stored.count)), "what is left is not the beginning")
            // Sent again, what was cut off is new and the rest is not counted twice.
            for batch in 0..<sender.acknowledged {
                let answer = try await daemon.client.postEvents(sender.lines(batch))
                #expect(answer.status == 202, "\(answer)")
            }
            try await sender.settle(daemon)
        }
    }
}

/// A client that sends batches in order and knows which were acknowledged.
private struct Sender {
    static let batch = 20
    private(set) var acknowledged = 0

    var ids: [String] { (0..<acknowledged).flatMap(ids) }

    func lines(_ batch: Int) -> [String] { ids(batch).map { Traffic.event(id: $0) } }

    mutating func send(to daemon: Daemon, batches: Int) async throws {
        for _ in 0..<batches {
            let answer = try await daemon.client.postEvents(lines(acknowledged))
            guard answer.status == 202 else { throw Failure("batch \(acknowledged): \(answer)") }
            acknowledged += 1
        }
    }

    /// Every acknowledged event is stored, counted and priced once, and `fsck` finds no difference.
    func settle(_ daemon: Daemon) async throws {
        let stored = try await daemon.client.allEvents().compactMap { $0["id"]?.string }
        #expect(stored.sorted() == ids.sorted())
        let total = try await daemon.client.json("/v1/costs?group_by=deployment")["total"]
        #expect(total?["events"]?.int64 == Int64(ids.count))
        #expect(total?["cost_nanodollars"]?.int64 == Int64(ids.count) * Traffic.costNanodollars)
        #expect(try await daemon.stop() == 0)
        let check = try await daemon.steward("fsck", "--data", daemon.data.path)
        #expect(check.status == 0, "\(check)")
    }

    private func ids(_ batch: Int) -> [String] { (0..<Self.batch).map { "\(batch)-\($0)" } }
}

/// Makes a system call of the daemon fail until it is stopped.
private final class Tracer {
    private let process = Process()

    init(_ daemon: Daemon, fault: String) async throws {
        let output = daemon.data.deletingLastPathComponent().appendingPathComponent("strace-\(UUID().uuidString)")
        try Data().write(to: output)
        process.executableURL = try Program.find("strace", package: "strace")
        process.arguments = [
            "-f", "-o", "/dev/null", "-e", "trace=\(fault.prefix { $0 != ":" })", "-e", "inject=\(fault)",
            "-p", "\(daemon.process.processIdentifier)",
        ]
        process.standardError = try FileHandle(forWritingTo: output)
        try process.run()
        let process = process
        _ = try await eventually("strace traces the daemon") { () throws -> Bool? in
            let text = try String(contentsOf: output, encoding: .utf8)
            guard process.isRunning else { throw Failure("strace ended: \(text)") }
            return text.contains(" attached") ? true : nil
        }
    }

    func stop() {
        guard process.isRunning else { return }
        // Foundation starts programs with signals blocked, so a gentler signal would not arrive. The kernel lets go of
        // the daemon then, and nothing is being written at this moment.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}

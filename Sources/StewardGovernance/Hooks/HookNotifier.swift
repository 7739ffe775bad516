import StewardJSON
import StewardModel
import StewardPolicy

/// Tells webhooks of records, in their order and each hook at its own pace, so that a slow one delays nobody else.
/// What happens while the daemon does not run is in the log, and is not told afterwards.
package actor HookNotifier {
    /// Attempts a record while the other side is down or slow, within a quarter of a minute and their timeouts.
    package static let attempts = 5
    /// Records that a hook may lie behind; it is told of the latest.
    static let longest: Int64 = 1000

    /// What could not be delivered, for the daemon's log: the hook, the record and why.
    package struct Failure: Sendable, Equatable {
        package var hook: String
        package var record: Int64
        package var reason: String
    }

    private let policies: @Sendable () -> PolicySet
    private let key: @Sendable (WebhookPolicy) -> [UInt8]?
    private let read: @Sendable (_ from: Int64, _ limit: Int) async throws -> [Record]
    private let send: @Sendable (HookCall) async -> HookReply
    private let now: @Sendable () -> Timestamp
    private let wait: @Sendable (Duration) async -> Void
    private let start: Int64
    private var cursors: [String: Int64] = [:]
    private var busy: Set<String> = []

    /// - Parameters:
    ///   - start: the first record that anybody is told of.
    ///   - read: records from a sequence number on.
    package init(
        policies: @Sendable @escaping () -> PolicySet, start: Int64,
        key: @Sendable @escaping (WebhookPolicy) -> [UInt8]?,
        read: @Sendable @escaping (_ from: Int64, _ limit: Int) async throws -> [Record],
        now: @Sendable @escaping () -> Timestamp, wait: @Sendable @escaping (Duration) async -> Void,
        send: @Sendable @escaping (HookCall) async -> HookReply
    ) {
        self.policies = policies
        self.start = start
        self.key = key
        self.read = read
        self.now = now
        self.wait = wait
        self.send = send
    }

    /// Tells every hook of what it was not told of yet; those that are still busy go on by themselves.
    ///
    /// - Parameter size: records in the log.
    /// - Returns: what was begun, for those who want to wait for it.
    @discardableResult
    package func tick(size: Int64, report: @Sendable @escaping (Failure) -> Void) -> [Task<Void, Never>] {
        let hooks = policies().webhookEntries.map(\.policy).filter { $0.role == .notify }
        return hooks.filter { !busy.contains($0.name) }.compactMap { hook in
            let from = max(cursors[hook.name] ?? start, size - Self.longest)
            guard from < size else { return nil }
            busy.insert(hook.name)
            return Task { await self.tell(hook, from: from, until: size, report) }
        }
    }

    private func tell(
        _ hook: WebhookPolicy, from: Int64, until: Int64, _ report: @Sendable (Failure) -> Void
    ) async {
        defer { busy.remove(hook.name) }
        guard let key = key(hook), let records = try? await read(from, Int(until - from)) else { return }
        for record in records {
            let change = record.change
            if hook.isTold(action: change.action, deployment: change.deployment, environment: change.environment) {
                if let reason = await deliver(record, to: hook, key) {
                    report(Failure(hook: hook.name, record: record.sequence, reason: reason))
                }
            }
            cursors[hook.name] = record.sequence + 1
        }
    }

    /// - Returns: why it could not be delivered.
    private func deliver(_ record: Record, to hook: WebhookPolicy, _ key: [UInt8]) async -> String? {
        let body: JSONValue = [
            "type": .string(record.change.action), "timestamp": .string(record.time.rfc3339), "data": record.json,
        ]
        var reply = HookReply.silence("it was not called")
        for attempt in 1...Self.attempts {
            reply = await send(HookCall(hook, key: key, id: "record-\(record.sequence)", body: body, now: now()))
            if reply.isSuccess { return nil }
            guard reply.isPassing, attempt < Self.attempts else { break }
            await wait(HookPause.after(attempt))
        }
        return reply.text
    }
}

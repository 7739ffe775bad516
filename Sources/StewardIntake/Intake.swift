import StewardMetrics
import StewardModel
import StewardPolicy
import StewardStore
import StewardWire
import Synchronization

/// Admission: decodes, prices and compresses events, queues them for the one writer, and answers after the commit.
package final class Intake: Sendable {
    package struct Limits: Sendable {
        package var queueBytes = 64 << 20
        package var events = EventLimits()
        /// Events in one transaction.
        package var groupEvents = 4096
        /// Free bytes of the disk below which nothing more is taken in.
        package var minimumFreeBytes: Int64 = 256 << 20
        package init() {}
    }

    /// Who sends: the queue is shared fairly between names.
    package struct Sender: Sendable {
        package var name: String
        /// When set, the only deployment whose events the sender may send.
        package var scope: String?
        package init(name: String, scope: String? = nil) {
            self.name = name
            self.scope = scope
        }
    }

    /// What an operator should know; told once when it begins and once when it ends.
    package enum Notice: Sendable, Equatable {
        case commitsFail(StewardError), commitsWork
        case diskNearlyFull(freeBytes: Int64), diskHasRoom(freeBytes: Int64)
    }

    /// What a sender is told.
    package struct Answer: Sendable {
        package var accepted: Int
        package var duplicates: Int
        package var rejected: [Rejection]
    }

    private typealias Ticket = @Sendable (Result<BatchOutcome, any Error>) -> Void

    private struct State {
        var queue: GroupQueue<Ticket>
        var disk: DiskGate
        var isFailing = false
        /// The writer, while it waits for work.
        var writer: CheckedContinuation<Void, Never>?
    }

    private let store: Store
    private let prices: PriceCatalogue
    /// What policies want counted besides what is always counted; replaced when they are read again.
    private let counting: Mutex<Counting>
    private let tags = TagLimit()
    private let codec: PayloadCodec
    private let limits: Limits
    private let now: @Sendable () -> Timestamp
    private let makeID: @Sendable () -> String
    private let notify: @Sendable (Notice) -> Void
    private let onCommit: @Sendable ([EventRow], BatchOutcome) -> Void
    private let state: Mutex<State>
    package let counters: RuntimeCounters

    package init(
        store: Store, prices: PriceCatalogue, groups: GroupPlan, declared: [SignalDeclarations], codec: PayloadCodec,
        limits: Limits, counters: RuntimeCounters,
        now: @Sendable @escaping () -> Timestamp, makeID: @Sendable @escaping () -> String,
        notify: @Sendable @escaping (Notice) -> Void = { _ in },
        onCommit: @Sendable @escaping ([EventRow], BatchOutcome) -> Void = { _, _ in }
    ) {
        self.store = store
        self.prices = prices
        counting = Mutex(Counting(groups: groups, declared: declared))
        self.codec = codec
        self.limits = limits
        self.counters = counters
        self.now = now
        self.makeID = makeID
        self.notify = notify
        self.onCommit = onCommit
        state = Mutex(
            State(
                queue: GroupQueue(limitBytes: limits.queueBytes, groupEvents: limits.groupEvents),
                disk: DiskGate(minimumFreeBytes: limits.minimumFreeBytes)))
    }

    package var queued: (events: Int, bytes: Int, limitBytes: Int) {
        state.withLock { ($0.queue.queuedEvents, $0.queue.queuedBytes, $0.queue.limitBytes) }
    }

    /// Decodes a body and stores its good events; `done` is called once, on any thread, when they are durable.
    ///
    /// Fails with ``StewardError``: `invalidInput` when nothing can be parsed, `overloaded` when the queue is full or
    /// the disk refuses; then nothing of the body was stored.
    package func receive(
        _ body: [UInt8], format: EventFormat, from sender: Sender,
        done: @Sendable @escaping (Result<Answer, any Error>) -> Void
    ) {
        do throws(StewardError) {
            var decoded = try EventDecoder.decode(
                body, format: format, now: now(), limits: eventLimits, makeID: makeID)
            if let scope = sender.scope { decoded.reject(allBut: scope) }
            let rejected = decoded.rejected
            counters.add(IntakeTotals(rejected: Int64(rejected.count)))
            submit(decoded.events.map(\.event), from: sender) { result in
                done(
                    result.map { outcome in
                        Answer(accepted: outcome.accepted, duplicates: outcome.duplicates, rejected: rejected)
                    })
            }
        } catch {
            done(.failure(error))
        }
    }

    /// As ``receive(_:format:from:done:)``, for those who can wait.
    package func receive(_ body: [UInt8], format: EventFormat, from sender: Sender) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            receive(body, format: format, from: sender) { continuation.resume(with: $0) }
        }
    }

    /// Stores decoded events; returns when they are durable.
    package func submit(_ events: [Event], from sender: Sender) async throws -> BatchOutcome {
        try await withCheckedThrowingContinuation { continuation in
            submit(events, from: sender) { continuation.resume(with: $0) }
        }
    }

    private func submit(
        _ events: [Event], from sender: Sender, done: @Sendable @escaping (Result<BatchOutcome, any Error>) -> Void
    ) {
        guard !events.isEmpty else { return done(.success(BatchOutcome(accepted: 0, duplicates: 0))) }
        enqueue(batch(events), sender) { [counters, count = Int64(events.count)] result in
            switch result {
            case .success(let outcome):
                counters.add(
                    IntakeTotals(accepted: Int64(outcome.accepted), duplicates: Int64(outcome.duplicates)))
            case .failure: counters.add(IntakeTotals(refused: count))
            }
            done(result)
        }
    }

    /// Decodes feedback and stores what is good; returns when it is durable.
    ///
    /// - Throws: ``StewardError`` when nothing can be parsed or the store refuses; then nothing was stored.
    package func receiveFeedback(_ body: [UInt8], format: EventFormat) async throws -> Answer {
        let time = now()
        let decoded = try FeedbackDecoder.decode(body, format: format, now: time)
        let outcome = try await store.commit(decoded.feedback, received: time)
        return Answer(accepted: outcome.accepted, duplicates: outcome.duplicates, rejected: decoded.rejected)
    }

    /// What an exporter is told of telemetry.
    package struct TelemetryOutcome: Sendable {
        /// Spans or records that were not taken and must not be sent again.
        package var rejected = 0
        package var message: String?
        package init() {}
    }

    /// Stores the model calls among the spans of an OTLP request, and what evaluations in them say.
    ///
    /// - Throws: ``StewardError``; `overloaded` asks the exporter to send the request again.
    package func receiveTraces(
        _ body: [UInt8], encoding: OTLPEncoding, rules: SpanAttribution, from sender: Sender
    ) async throws -> TelemetryOutcome {
        let time = now()
        let decoded = try OTLPTraces.decode(body, encoding: encoding, rules: rules, now: time, limits: eventLimits)
        let allowed = decoded.events.filter { event in sender.scope.map { $0 == event.series.deployment } ?? true }
        var outcome = TelemetryOutcome()
        outcome.rejected = decoded.rejectedSpans + decoded.events.count - allowed.count
        outcome.message = decoded.partialSuccess
        if let scope = sender.scope, allowed.count < decoded.events.count, outcome.message == nil {
            outcome.message = "the token works for the deployment '\(scope)' only"
        }
        counters.add(IntakeTotals(rejected: Int64(outcome.rejected)))
        _ = try await submit(allowed, from: sender)
        if !decoded.feedback.isEmpty { _ = try await store.commit(decoded.feedback, received: time) }
        return outcome
    }

    /// Stores the evaluations among the log records of an OTLP request.
    package func receiveLogs(_ body: [UInt8], encoding: OTLPEncoding) async throws -> TelemetryOutcome {
        let time = now()
        let decoded = try OTLPLogs.decode(body, encoding: encoding, now: time, limits: limits.events)
        if !decoded.feedback.isEmpty { _ = try await store.commit(decoded.feedback, received: time) }
        var outcome = TelemetryOutcome()
        outcome.rejected = decoded.rejectedRecords
        outcome.message = decoded.rejected.first.map { "record \($0.index) \($0.reason)" }
        return outcome
    }

    private var eventLimits: EventLimits {
        var result = limits.events
        result.firstEvent = store.firstEvent
        return result
    }

    private func batch(_ events: [Event]) -> EventBatch {
        var packer = PayloadPacker(codec: codec)
        let counting = counting.withLock { $0 }
        let rows = events.map { event in row(event, counting, payload: packer.add(event.payload, of: event.time)) }
        return EventBatch(rows, blocks: packer.finished())
    }

    private struct Counting: Sendable {
        var groups: GroupPlan
        var declared: [SignalDeclarations]
    }

    /// Counts the events that come from now on as other policies say.
    package func count(groups: GroupPlan, declared: [SignalDeclarations]) {
        counting.withLock { counting in
            let requests = counting.groups.requests
            counting = Counting(groups: groups, declared: declared)
            counting.groups.requests = requests
        }
    }

    /// Counts the events that come from now on by the segments of these experiments, too.
    package func count(requests: [GroupRequest]) { counting.withLock { $0.groups.requests = requests } }

    private func row(_ event: Event, _ counting: Counting, payload: PayloadPlace) -> EventRow {
        let cost = prices.price(of: event)
        return EventRow(
            id: event.id, time: event.time, received: now(), series: event.series,
            attribution: attribution(of: event),
            status: event.status, simulated: event.simulated, cost: cost, session: event.session,
            observations: observations(of: event, cost, counting.declared),
            groups: counting.groups.memberships(of: event), payload: payload)
    }

    private func attribution(of event: Event) -> Attribution {
        Attribution(
            provider: event.provider, model: event.model ?? event.responseModel, team: event.team,
            project: event.project, user: event.user, tags: tags.text(event.tags))
    }

    private func observations(
        of event: Event, _ cost: Nanodollars?, _ declared: [SignalDeclarations]
    ) -> [Observation] {
        var result = event.observations(cost: cost)
        for declarations in declared where declarations.applies(to: event.series.deployment) {
            result += declarations.observations(payload: event.payload)
        }
        return result
    }

    private func enqueue(_ batch: EventBatch, _ sender: Sender, _ ticket: @escaping Ticket) {
        let (offer, writer) = state.withLock {
            state -> (GroupQueue<Ticket>.Offer?, CheckedContinuation<Void, Never>?) in
            guard state.disk.isOpen else { return (nil, nil) }
            let offer = state.queue.offer(batch, sender: sender.name, ticket: ticket)
            return (offer, offer == .queued ? state.writer.take() : nil)
        }
        writer?.resume()
        if let refusal = offer.map(refusal) ?? Self.diskIsNearlyFull { ticket(.failure(refusal)) }
    }

    private static let diskIsNearlyFull = StewardError(
        .overloaded, "the disk is nearly full; free space in the data folder, or lower store.minimum_free",
        retryAfterSeconds: 30)

    private func refusal(of offer: GroupQueue<Ticket>.Offer) -> StewardError? {
        switch offer {
        case .queued: nil
        case .full:
            StewardError(
                .overloaded,
                "the intake queue is full (\(limits.queueBytes) bytes); send again later; see intake.queue_bytes",
                retryAfterSeconds: 1)
        case .shareUsed:
            StewardError(
                .tooManyRequests,
                "this token has its share of the intake queue (\(limits.queueBytes) bytes, shared by all tokens); "
                    + "send again later; see intake.queue_bytes",
                retryAfterSeconds: 1)
        case .closed: StewardError(.overloaded, "the daemon is shutting down", retryAfterSeconds: 5)
        }
    }

    /// Takes note of how much the disk of the data folder has left; to be called every second or so.
    package func observe(freeBytes: Int64) {
        let isOpen = state.withLock { $0.disk.observe(freeBytes: freeBytes) ? $0.disk.isOpen : nil }
        guard let isOpen else { return }
        notify(isOpen ? .diskHasRoom(freeBytes: freeBytes) : .diskNearlyFull(freeBytes: freeBytes))
    }
}

// MARK: - The writer

extension Intake {
    /// While several senders post at once, a transaction waits for more of them, the longer the more there were last
    /// time: a commit costs the same for five events as for fifty. A lone sender never waits.
    private static func gathering(after senders: Int) -> Duration? {
        senders > 1 ? .microseconds(min(100 * senders, 2000)) : nil
    }

    /// Commits groups until ``close()`` was called and the queue is empty.
    package func write() async {
        var senders = 0
        while true {
            if let pause = Self.gathering(after: senders) { try? await Task.sleep(for: pause) }
            let (group, isClosed) = state.withLock { ($0.queue.takeGroup(), $0.queue.isClosed) }
            senders = group.count
            if !group.isEmpty {
                await commit(group)
            } else if isClosed {
                return
            } else {
                await waitForWork()
            }
        }
    }

    /// Refuses what comes from now on and lets ``write()`` end when all that waits is stored.
    package func close() {
        let writer = state.withLock { state in
            state.queue.close()
            return state.writer.take()
        }
        writer?.resume()
    }

    private func commit(_ group: [GroupQueue<Ticket>.Entry]) async {
        let clock = ContinuousClock()
        let start = clock.now
        do {
            let batches = group.map(\.batch)
            let outcomes = try await store.commit(batches) { [onCommit] outcomes in
                for (batch, outcome) in zip(batches, outcomes) { onCommit(batch.rows, outcome) }
            }
            counters.recordCommit(microseconds: start.duration(to: clock.now).wholeMicroseconds)
            for (entry, outcome) in zip(group, outcomes) { entry.ticket(.success(outcome)) }
            noteCommit(failure: nil)
        } catch {
            for entry in group { entry.ticket(.failure(error)) }
            noteCommit(failure: error)
        }
    }

    private func noteCommit(failure: (any Error)?) {
        let changed = state.withLock { state in
            defer { state.isFailing = failure != nil }
            return state.isFailing != (failure != nil)
        }
        guard changed else { return }
        notify(failure.map { .commitsFail($0 as? StewardError ?? StewardError(.storage, "\($0)")) } ?? .commitsWork)
    }

    private func waitForWork() async {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state in
                guard state.queue.queuedEvents == 0, !state.queue.isClosed else { return true }
                state.writer = continuation
                return false
            }
            if ready { continuation.resume() }
        }
    }
}

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
        package init() {}
    }

    /// What a sender is told.
    package struct Answer: Sendable {
        package var accepted: Int
        package var duplicates: Int
        package var rejected: [Rejection]
    }

    private typealias Ticket = CheckedContinuation<BatchOutcome, any Error>

    private struct State {
        var queue: GroupQueue<Ticket>
        /// The writer, while it waits for work.
        var writer: CheckedContinuation<Void, Never>?
    }

    private let store: Store
    private let prices: PriceCatalogue
    private let groups: GroupPlan
    private let codec: PayloadCodec
    private let limits: Limits
    private let now: @Sendable () -> Timestamp
    private let makeID: @Sendable () -> String
    private let state: Mutex<State>
    package let counters: RuntimeCounters

    package init(
        store: Store, prices: PriceCatalogue, groups: GroupPlan, codec: PayloadCodec, limits: Limits,
        counters: RuntimeCounters,
        now: @Sendable @escaping () -> Timestamp, makeID: @Sendable @escaping () -> String
    ) {
        self.store = store
        self.prices = prices
        self.groups = groups
        self.codec = codec
        self.limits = limits
        self.counters = counters
        self.now = now
        self.makeID = makeID
        state = Mutex(State(queue: GroupQueue(limitBytes: limits.queueBytes, groupEvents: limits.groupEvents)))
    }

    package var queued: (events: Int, bytes: Int, limitBytes: Int) {
        state.withLock { ($0.queue.queuedEvents, $0.queue.queuedBytes, $0.queue.limitBytes) }
    }

    /// Decodes a body and stores its good events; returns when they are durable.
    ///
    /// - Parameter scope: when set, the only deployment whose events the sender may send.
    /// - Throws: ``StewardError``: `invalidInput` when nothing can be parsed, `overloaded` when the queue is full or
    ///   the disk refuses; then nothing of the body was stored.
    package func receive(_ body: [UInt8], format: EventFormat, scope: String?) async throws -> Answer {
        let decoded = try EventDecoder.decode(body, format: format, now: now(), limits: limits.events, makeID: makeID)
        var rejected = decoded.rejected
        var events: [Event] = []
        events.reserveCapacity(decoded.events.count)
        for (index, event) in decoded.events {
            if let scope, event.series.deployment != scope {
                rejected.append(
                    Rejection(index: index, field: "deployment", reason: "the token works for '\(scope)' only"))
            } else {
                events.append(event)
            }
        }
        rejected.sort { $0.index < $1.index }
        counters.add(IntakeTotals(rejected: Int64(rejected.count)))
        let outcome = try await submit(events)
        return Answer(accepted: outcome.accepted, duplicates: outcome.duplicates, rejected: rejected)
    }

    /// Stores decoded events; returns when they are durable.
    package func submit(_ events: [Event]) async throws -> BatchOutcome {
        guard !events.isEmpty else { return BatchOutcome(accepted: 0, duplicates: 0) }
        let rows = events.map(row)
        do {
            let outcome = try await withCheckedThrowingContinuation { ticket in enqueue(rows, ticket) }
            counters.add(IntakeTotals(accepted: Int64(outcome.accepted), duplicates: Int64(outcome.duplicates)))
            return outcome
        } catch {
            counters.add(IntakeTotals(refused: Int64(events.count)))
            throw error
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
        _ body: [UInt8], encoding: OTLPEncoding, rules: SpanAttribution, scope: String?
    ) async throws -> TelemetryOutcome {
        let time = now()
        let decoded = try OTLPTraces.decode(body, encoding: encoding, rules: rules, now: time, limits: limits.events)
        let allowed = decoded.events.filter { event in scope.map { $0 == event.series.deployment } ?? true }
        var outcome = TelemetryOutcome()
        outcome.rejected = decoded.rejectedSpans + decoded.events.count - allowed.count
        outcome.message = decoded.partialSuccess
        if let scope, allowed.count < decoded.events.count, outcome.message == nil {
            outcome.message = "the token works for the deployment '\(scope)' only"
        }
        counters.add(IntakeTotals(rejected: Int64(outcome.rejected)))
        _ = try await submit(allowed)
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

    private func row(_ event: Event) -> EventRow {
        let cost = price(event)
        return EventRow(
            id: event.id, time: event.time, received: now(), series: event.series,
            attribution: Attribution(
                provider: event.provider, model: event.model ?? event.responseModel, team: event.team,
                project: event.project),
            status: event.status, simulated: event.simulated, cost: cost, session: event.session,
            observations: event.observations(cost: cost), groups: groups.memberships(of: event),
            payload: codec.encode(event.payload))
    }

    private func price(_ event: Event) -> Nanodollars? {
        guard event.isBillable else { return nil }
        for model in event.pricedModels {
            let cost = prices.price(provider: event.provider, model: model, usage: event.usage, at: event.time)
            if let cost { return cost }
        }
        return nil
    }

    private func enqueue(_ rows: [EventRow], _ ticket: Ticket) {
        let (offer, writer) = state.withLock { state in
            let offer = state.queue.offer(rows, ticket: ticket)
            return (offer, offer == .queued ? state.writer.take() : nil)
        }
        writer?.resume()
        switch offer {
        case .queued: break
        case .full:
            ticket.resume(
                throwing: StewardError(
                    .overloaded,
                    "the intake queue is full (\(limits.queueBytes) bytes); send again later; see intake.queue_bytes",
                    retryAfterSeconds: 1))
        case .closed:
            ticket.resume(throwing: StewardError(.overloaded, "the daemon is shutting down", retryAfterSeconds: 5))
        }
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
            let outcomes = try await store.commit(group.map(\.rows))
            counters.recordCommit(microseconds: start.duration(to: clock.now).wholeMicroseconds)
            for (entry, outcome) in zip(group, outcomes) { entry.ticket.resume(returning: outcome) }
        } catch {
            for entry in group { entry.ticket.resume(throwing: error) }
        }
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

import StewardModel
import StewardPolicy
import StewardStore
import Synchronization

/// Keeps the ledger of budgets: one lock for every answer, reservations stored before they are granted, and the
/// record of every level that was crossed.
package final class BudgetOffice: Sendable {
    private let ledger: Mutex<BudgetLedger>
    /// Of the files that state them, by name.
    private let digests: Mutex<[String: String]>
    private let store: Store
    private let now: @Sendable () -> Timestamp
    private let journal: Mutex<Journal>

    private typealias Ticket = CheckedContinuation<Void, any Error>

    /// What waits to be stored: requests that come together share a transaction.
    private struct Journal {
        var held: [StoredReservation] = []
        var released: [String] = []
        var tickets: [Ticket] = []
        var isWriting = false
    }

    /// Opens the accounts from what is stored: the spend of the present windows, and what was held back.
    package init(
        entries: [PolicySet.BudgetEntry], store: Store, now: @Sendable @escaping () -> Timestamp
    ) async throws {
        self.store = store
        self.now = now
        digests = Mutex(Self.digests(entries))
        ledger = Mutex(BudgetLedger(policies: entries.map(\.policy)))
        journal = Mutex(Journal())
        try await reload()
    }

    /// Counts the spend of the present windows again from the store, as after a repricing.
    package func reload() async throws {
        let policies = ledger.withLock { $0.policies }
        if !policies.isEmpty { try await open(policies) }
    }

    /// Keeps other budgets from now on: what was spent in their windows counts, and what is held back stays so.
    package func adopt(_ entries: [PolicySet.BudgetEntry]) async throws {
        digests.withLock { $0 = Self.digests(entries) }
        try await open(entries.map(\.policy))
    }

    private static func digests(_ entries: [PolicySet.BudgetEntry]) -> [String: String] {
        Dictionary(entries.map { ($0.policy.name, $0.digest) }) { first, _ in first }
    }

    private func open(_ policies: [BudgetPolicy]) async throws {
        let time = now()
        let requests = policies.map { policy in
            SpendRequest(window: policy.window.range(containing: time), bySession: policy.per == .session)
        }
        let kept = try await store.reservations()
        try await store.spending(requests) { [self] spending in
            ledger.withLock { ledger in
                let open = ledger.openReservations
                ledger = BudgetLedger(policies: policies)
                for (index, lines) in spending.enumerated() {
                    for line in lines { ledger.load(line, into: index, now: time) }
                }
                for reservation in kept.compactMap(Reservation.init(stored:)) + open {
                    ledger.restore(reservation, now: time)
                }
            }
        }
    }

    /// Takes note of events that were stored: what the writer calls, before anything else is stored.
    package func record(_ rows: [EventRow], _ outcome: BatchOutcome) {
        let time = now()
        var repeated = outcome.repeated[...]
        let settled = ledger.withLock { ledger in
            guard !ledger.policies.isEmpty else { return [String]() }
            var settled: [String] = []
            for (position, row) in rows.enumerated() {
                if repeated.first == position {
                    repeated.removeFirst()
                    continue
                }
                if ledger.record(
                    SpendSubject(series: row.series, attribution: row.attribution, session: row.session),
                    cost: row.cost, unpriced: row.isUnpriced ? 1 : 0, at: row.time, id: row.id, now: time)
                {
                    settled.append(row.id)
                }
            }
            return settled
        }
        if !settled.isEmpty { write { $0.released += settled } }
    }

    /// Asks for what a request may cost; the answer is durable when it is given.
    ///
    /// - Throws: ``StewardError``: `notFound` for a budget that is not there, `invalidInput` for a request that is none
    ///   of its business, `overloaded` when too much is under way; storage errors.
    package func reserve(
        budget: String, id: String, subject: SpendSubject, amount: Nanodollars?
    ) async throws -> BudgetAnswer {
        let time = now()
        let answer = try ledger.withLock { (ledger) throws(StewardError) -> BudgetAnswer in
            guard ledger.policies.contains(where: { $0.name == budget }) else {
                throw StewardError(
                    .notFound, "there is no budget '\(budget)'; 'steward budgets' lists them", field: "id")
            }
            guard ledger.openCount < BudgetLedger.openReservationsLimit else {
                throw StewardError(
                    .overloaded, "\(BudgetLedger.openReservationsLimit) reservations are open; settle or release some",
                    retryAfterSeconds: 5)
            }
            guard
                let answer = ledger.reserve(budget: budget, id: id, subject: subject, amount: amount, now: time)
            else {
                throw StewardError(
                    .invalidInput, "the request is outside of the scope of '\(budget)'", field: "deployment")
            }
            return answer
        }
        guard case .granted(let reservation, _, _) = answer else { return answer }
        do {
            try await withCheckedThrowingContinuation { (ticket: Ticket) in
                write { journal in
                    journal.held.append(reservation.stored)
                    journal.tickets.append(ticket)
                }
            }
        } catch {
            ledger.withLock { _ = $0.release(id, now: time) }
            throw error
        }
        return answer
    }

    package func reservation(_ id: String) -> Reservation? { ledger.withLock { $0.reservation(id) } }

    /// Lets go of a reservation that nothing was spent on; `false` when there is none.
    package func release(_ id: String) -> Bool {
        let time = now()
        guard ledger.withLock({ $0.release(id, now: time) }) else { return false }
        write { $0.released.append(id) }
        return true
    }

    package func policy(_ name: String) -> BudgetPolicy? {
        ledger.withLock { $0.policies.first { $0.name == name } }
    }

    /// Where the account of a reservation stands.
    package func standing(_ reservation: Reservation) -> (standing: BudgetStanding, policy: BudgetPolicy)? {
        let time = now()
        return ledger.withLock { $0.standing(of: reservation, now: time) }
    }

    package func standings() -> [(standing: BudgetStanding, policy: BudgetPolicy)] {
        let time = now()
        return ledger.withLock { ledger in
            let policies = Dictionary(ledger.policies.map { ($0.name, $0) }) { first, _ in first }
            return ledger.standings(now: time).compactMap { standing in
                policies[standing.budget].map { (standing, $0) }
            }
        }
    }

    /// Lets go of what expired, and puts on record which levels were crossed since the last time.
    package func tick(_ governor: Governor) async throws {
        let time = now()
        let late = ledger.withLock { $0.expire(now: time) }
        if !late.isEmpty { write { $0.released += late } }
        for (standing, policy) in standings() { try await record(standing, policy, governor) }
    }

    /// Puts on record that an account crossed a level, unless that is known. Nothing is refused before its crossing is
    /// on record.
    package func record(_ standing: BudgetStanding, _ policy: BudgetPolicy, _ governor: Governor) async throws {
        let levels = (policy.warnAt + [100]).filter { $0 <= standing.percent }
        guard let level = levels.max() else { return }
        let known = governor.state.budgetLevels[BudgetLevel.key(standing.budget, standing.member)]
        if let known, known.window == standing.window.lowerBound, known.percent >= level { return }
        let crossing = BudgetCrossing(
            standing: standing, level: level, action: level == 100 ? policy.action : .warn, mode: policy.mode,
            digest: digests.withLock { $0[policy.name] } ?? "")
        try await governor.perform(.note(.budgetCrossed(crossing)), by: Actor(.policy, policy.name))
    }

    /// The most that any member of a budget has spent, in percent of the limit; `nil` without such a budget.
    package func percentSpent(of budget: String) -> Int64? {
        guard ledger.withLock({ ledger in ledger.policies.contains { $0.name == budget } }) else { return nil }
        return standings().filter { $0.0.budget == budget }.map(\.0.percent).max() ?? 0
    }

    // MARK: The journal

    private func write(_ add: (inout Journal) -> Void) {
        let starts = journal.withLock { journal in
            add(&journal)
            defer { journal.isWriting = true }
            return !journal.isWriting
        }
        if starts { Task { await drain() } }
    }

    private func drain() async {
        while true {
            let batch = journal.withLock { journal -> Journal? in
                guard !journal.held.isEmpty || !journal.released.isEmpty else {
                    journal.isWriting = false
                    return nil
                }
                defer { journal = Journal(isWriting: true) }
                return journal
            }
            guard let batch else { return }
            do {
                try await store.write(held: batch.held, released: batch.released)
                for ticket in batch.tickets { ticket.resume() }
            } catch {
                for ticket in batch.tickets { ticket.resume(throwing: error) }
            }
        }
    }
}

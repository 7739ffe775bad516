import StewardModel
import StewardPolicy
import StewardStore

/// What a budget answers to a request for money.
package enum BudgetAnswer: Sendable, Equatable {
    /// Goes through; `advice` says what the budget would have it do differently.
    case granted(Reservation, BudgetStanding, advice: BudgetPolicy.Action?)
    case refused(BudgetStanding, retryAfter: Duration?)
}

/// Money held back for a request that is under way.
package struct Reservation: Sendable, Equatable {
    /// Also the id of the event that settles it.
    package var id: String
    package var budget: String
    package var member: String?
    package var amount: Nanodollars
    package var expires: Timestamp
    package var subject: SpendSubject

    package init(
        id: String, budget: String, member: String?, amount: Nanodollars, expires: Timestamp, subject: SpendSubject
    ) {
        self.id = id
        self.budget = budget
        self.member = member
        self.amount = amount
        self.expires = expires
        self.subject = subject
    }
}

/// The event that a budget's limit was passed with.
package struct BudgetOverrun: Sendable, Equatable {
    package var series: SeriesKey
    package var time: Timestamp
}

/// Where a budget stands in its present window.
package struct BudgetStanding: Sendable, Equatable {
    package var budget: String
    package var member: String?
    package var window: Range<Timestamp>
    package var limit: Nanodollars
    package var spent: Nanodollars
    package var reserved: Nanodollars
    package var reservations: Int
    /// Events of the window whose cost is not known: the budget may be spent further than it says.
    package var unpriced: Int64
    package var refused: Int64
    /// Events that were spent on.
    package var events: Int64
    /// What passed the limit, and when; `nil` below it.
    package var overrun: BudgetOverrun?

    package var remaining: Nanodollars { max(.zero, limit - spent - reserved) }
    /// Whole percent of the limit that is spent, rounded down.
    package var percent: Int64 { Int64(min(Double(spent.amount) / Double(limit.amount) * 100, 1e6)) }
}

/// Every budget's account: what was spent by the events that are stored, and what is held back for requests under way.
///
/// A value without a clock: one lock around it makes reserve and settle atomic. A request goes through while
/// `spent + reserved < limit`. So what is spent exceeds the limit by less than one reservation, as long as no request
/// costs more than it reserved; where requests do, by what those under way cost beyond their reservations as well.
/// Nothing is refused while anything is left.
package struct BudgetLedger: Sendable {
    /// Members of one budget that have an account of their own; the rest shares one.
    package static let accountsPerBudget = 50_000
    package static let openReservationsLimit = 200_000
    package static let sharedMember = "other"

    private struct Key: Hashable {
        var budget: Int
        var member: String?
    }

    private struct Account {
        var window: Range<Timestamp>
        var spent = Nanodollars.zero
        var reserved = Nanodollars.zero
        var reservations = 0
        var unpriced: Int64 = 0
        var refused: Int64 = 0
        var events: Int64 = 0
        var overrun: BudgetOverrun?
        var lastPaced: Timestamp?

        mutating func spend(
            _ cost: Nanodollars, unpriced: Int64, events: Int64, limit: Nanodollars, _ overrun: BudgetOverrun
        ) {
            spent += cost
            self.unpriced += unpriced
            self.events += events
            if self.overrun == nil, spent >= limit { self.overrun = overrun }
        }
    }

    package let policies: [BudgetPolicy]
    private var accounts: [Key: Account] = [:]
    private var sizes: [Int]
    private var reservations: [String: Reservation] = [:]

    package init(policies: [BudgetPolicy]) {
        self.policies = policies
        sizes = policies.map { _ in 0 }
    }

    // MARK: Spending

    /// Adds stored spend: one event's, or that of many alike.
    ///
    /// - Parameter id: of the event; where it is that of a reservation, the spend takes its place.
    /// - Returns: whether it settled a reservation.
    package mutating func record(
        _ subject: SpendSubject, cost: Nanodollars?, unpriced: Int64, at time: Timestamp, id: String, now: Timestamp
    ) -> Bool {
        for (index, policy) in policies.enumerated() where policy.scope.includes(subject) {
            update(index, member(subject, index), now) { account in
                guard account.window.contains(time) else { return }
                account.spend(
                    cost ?? .zero, unpriced: unpriced, events: 1, limit: policy.limit,
                    BudgetOverrun(series: subject.series, time: time))
            }
        }
        return release(id, now: now)
    }

    /// Adds what the store says was spent in a policy's present window.
    package mutating func load(_ line: SpendLine, into index: Int, now: Timestamp) {
        let subject = SpendSubject(series: line.series, attribution: line.attribution, session: line.session)
        guard policies[index].scope.includes(subject) else { return }
        let limit = policies[index].limit
        update(index, member(subject, index), now) { account in
            account.spend(
                line.cost, unpriced: line.unpriced, events: line.events, limit: limit,
                BudgetOverrun(series: line.series, time: now))
        }
    }

    package var openReservations: [Reservation] { reservations.values.sorted { $0.id < $1.id } }

    /// Asks for what a request may cost; `amount` is `nil` where that cannot be estimated.
    ///
    /// - Returns: `nil` when there is no such budget, or the request is none of its business.
    package mutating func reserve(
        budget name: String, id: String, subject: SpendSubject, amount: Nanodollars?, now: Timestamp
    ) -> BudgetAnswer? {
        guard let index = policies.firstIndex(where: { $0.name == name }), policies[index].scope.includes(subject)
        else { return nil }
        let policy = policies[index]
        let member = member(subject, index)
        if let open = reservations[id], open.budget == name {
            return .granted(open, standing(index, member, now), advice: nil)
        }
        var advice: BudgetPolicy.Action?
        var retryAfter: Duration?
        let isOver = update(index, member, now) { account in
            guard account.spent + account.reserved >= policy.limit else { return false }
            advice = policy.action
            guard policy.action == .throttle else { return true }
            if let last = account.lastPaced, now < last + policy.pace {
                retryAfter = last + policy.pace - now
            } else if policy.mode == .enforce {
                account.lastPaced = now
            }
            return true
        }
        let stops = isOver && policy.mode == .enforce && (policy.action == .block || retryAfter != nil)
        if stops {
            update(index, member, now) { $0.refused += 1 }
            return .refused(standing(index, member, now), retryAfter: retryAfter)
        }
        let held = min(max(amount ?? policy.reservation, Nanodollars(1)), policy.reservation)
        let reservation = Reservation(
            id: id, budget: name, member: member, amount: held, expires: now + policy.expires, subject: subject)
        hold(reservation, index, now)
        return .granted(reservation, standing(index, member, now), advice: advice)
    }

    /// Takes back a reservation that was stored, after a restart.
    package mutating func restore(_ reservation: Reservation, now: Timestamp) {
        guard now < reservation.expires, reservations[reservation.id] == nil,
            let index = policies.firstIndex(where: { $0.name == reservation.budget })
        else { return }
        hold(reservation, index, now)
    }

    private mutating func hold(_ reservation: Reservation, _ index: Int, _ now: Timestamp) {
        update(index, reservation.member, now) { account in
            account.reserved += reservation.amount
            account.reservations += 1
        }
        reservations[reservation.id] = reservation
    }

    /// Lets go of what is held back; `false` when it was not, or not any more.
    @discardableResult
    package mutating func release(_ id: String, now: Timestamp) -> Bool {
        guard let reservation = reservations.removeValue(forKey: id) else { return false }
        guard let index = policies.firstIndex(where: { $0.name == reservation.budget }) else { return false }
        update(index, reservation.member, now) { account in
            account.reserved = account.reserved - reservation.amount
            account.reservations -= 1
        }
        return true
    }

    /// Lets go of what nobody settled in time.
    package mutating func expire(now: Timestamp) -> [String] {
        let late = reservations.values.filter { $0.expires <= now }.map(\.id).sorted()
        for id in late { release(id, now: now) }
        return late
    }

    package func reservation(_ id: String) -> Reservation? { reservations[id] }
    package var openCount: Int { reservations.count }

    // MARK: Standing

    package mutating func standings(now: Timestamp) -> [BudgetStanding] {
        for index in policies.indices where policies[index].per == nil { update(index, nil, now) { _ in } }
        return accounts.keys.sorted { ($0.budget, $0.member ?? "") < ($1.budget, $1.member ?? "") }
            .map { standing($0.budget, $0.member, now) }
    }

    package mutating func standing(
        of reservation: Reservation, now: Timestamp
    ) -> (standing: BudgetStanding, policy: BudgetPolicy)? {
        guard let index = policies.firstIndex(where: { $0.name == reservation.budget }) else { return nil }
        return (standing(index, reservation.member, now), policies[index])
    }

    private mutating func standing(_ index: Int, _ member: String?, _ now: Timestamp) -> BudgetStanding {
        let policy = policies[index]
        let account = update(index, member, now) { $0 }
        return BudgetStanding(
            budget: policy.name, member: member, window: account.window, limit: policy.limit, spent: account.spent,
            reserved: account.reserved, reservations: account.reservations, unpriced: account.unpriced,
            refused: account.refused, events: account.events, overrun: account.overrun)
    }

    private func member(_ subject: SpendSubject, _ index: Int) -> String? {
        guard let per = policies[index].per else { return nil }
        let value = subject.value(of: per) ?? "none"
        if accounts[Key(budget: index, member: value)] != nil { return value }
        return sizes[index] < Self.accountsPerBudget ? value : Self.sharedMember
    }

    /// Changes an account in its present window: a new window begins with nothing spent, and with what is still held.
    @discardableResult
    private mutating func update<Value>(
        _ index: Int, _ member: String?, _ now: Timestamp, _ change: (inout Account) -> Value
    ) -> Value {
        let key = Key(budget: index, member: member)
        if accounts[key] == nil {
            sizes[index] += 1
            accounts[key] = Account(window: policies[index].window.range(containing: now))
        }
        if let account = accounts[key], now >= account.window.upperBound {
            var next = Account(window: policies[index].window.range(containing: now))
            next.reserved = account.reserved
            next.reservations = account.reservations
            accounts[key] = next
        }
        return change(&accounts[key, default: Account(window: now..<now)])
    }
}

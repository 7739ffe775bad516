import StewardModel
import StewardPolicy
import Synchronization

/// The policies in force, and the one way in which they are replaced: read whole or not at all, on record first, then
/// in force. A set with one bad file changes nothing.
package final class PolicyBook: Sendable {
    /// Why the files as they are now are not in force.
    package struct Refusal: Sendable, Equatable {
        package var time: Timestamp
        /// One line a problem: `file:line:column: message`.
        package var problems: String
    }

    private struct Shelf {
        var inForce: PolicySet
        var refusal: Refusal?
        var isReloading = false
    }

    private let shelf: Mutex<Shelf>
    private let governor: Governor
    private let load: @Sendable () throws -> PolicySet
    private let now: @Sendable () -> Timestamp

    /// - Parameter load: reads every file; throws ``StewardError`` with the problems where one is bad.
    package init(
        _ policies: PolicySet, governor: Governor, now: @Sendable @escaping () -> Timestamp,
        load: @Sendable @escaping () throws -> PolicySet
    ) {
        shelf = Mutex(Shelf(inForce: policies))
        self.governor = governor
        self.now = now
        self.load = load
    }

    package var policies: PolicySet { shelf.withLock(\.inForce) }

    /// `nil` while the files are what is in force.
    package var refusal: Refusal? { shelf.withLock(\.refusal) }

    /// Puts the set on record that the daemon starts with.
    package func recordStart() async throws { try await record(policies, by: .daemon) }

    /// Reads the files again, and puts them in force when all are good.
    ///
    /// - Parameter adopt: takes what is read at intake and in budgets into use, after it is on record.
    /// - Returns: whether anything changed.
    /// - Throws: ``StewardError/Code/configuration`` with every problem; then what was in force still is.
    @discardableResult
    package func reload(
        by actor: Actor, adopt: (_ new: PolicySet, _ old: PolicySet) async throws -> Void
    ) async throws -> Bool {
        let isFree = shelf.withLock { shelf in
            defer { shelf.isReloading = true }
            return !shelf.isReloading
        }
        guard isFree else { throw StewardError(.conflict, "the policies are being read already; try again") }
        defer { shelf.withLock { $0.isReloading = false } }
        let next: PolicySet
        do { next = try load() } catch {
            let text = (error as? StewardError)?.message ?? "\(error)"
            shelf.withLock { $0.refusal = Refusal(time: now(), problems: text) }
            throw error
        }
        let old = policies
        shelf.withLock { $0.refusal = nil }
        guard next.digest != old.digest else { return false }
        try await record(next, by: actor)
        shelf.withLock { $0.inForce = next }
        try await adopt(next, old)
        return true
    }

    private func record(_ policies: PolicySet, by actor: Actor) async throws {
        try await governor.perform(
            .loadPolicies(
                digest: "sha256:" + policies.digest, policies: policies.names.mapValues { "sha256:" + $0 }), by: actor)
    }
}

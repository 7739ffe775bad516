import Synchronization

/// What the running daemon counts beside the ledger: intake results and commit durations since the start.
///
/// Adding is one atomic addition a number, without a lock, so that it may be done for every request.
package final class RuntimeCounters: Sendable {
    private let accepted = Atomic<Int64>(0)
    private let duplicates = Atomic<Int64>(0)
    private let rejected = Atomic<Int64>(0)
    private let refused = Atomic<Int64>(0)
    private let commitDurations = Mutex(DurationTotals())

    package init() {}

    /// Adds what became of a batch; numbers from 0.
    package func add(_ batch: IntakeTotals) {
        // Relaxed: the four numbers are independent, and nothing is published through them.
        if batch.accepted != 0 { accepted.add(batch.accepted, ordering: .relaxed) }
        if batch.duplicates != 0 { duplicates.add(batch.duplicates, ordering: .relaxed) }
        if batch.rejected != 0 { rejected.add(batch.rejected, ordering: .relaxed) }
        if batch.refused != 0 { refused.add(batch.refused, ordering: .relaxed) }
    }

    /// Records one transaction of the intake; a duration below zero, from a clock set back, counts as zero.
    package func recordCommit(microseconds: Int64) {
        commitDurations.withLock { $0.record(microseconds: max(0, microseconds)) }
    }

    package var intake: IntakeTotals {
        IntakeTotals(
            accepted: accepted.load(ordering: .relaxed), duplicates: duplicates.load(ordering: .relaxed),
            rejected: rejected.load(ordering: .relaxed), refused: refused.load(ordering: .relaxed))
    }

    package var commits: DurationTotals { commitDurations.withLock { $0 } }
}

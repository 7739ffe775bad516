import StewardModel
import Synchronization

/// What looks at everything again and again.
package enum WatchLoop: String, Sendable, CaseIterable {
    case policies, rollouts, experiments, detectors
}

/// When each loop last came to its end, and how long that took: a daemon whose guards stand still looks healthy from
/// everywhere else.
package final class LoopLog: Sendable {
    package struct Entry: Sendable, Equatable {
        package var loop: WatchLoop
        /// The end of the last look that did not fail; `nil` before the first.
        package var finished: Timestamp?
        /// How long the last one took that had anything new to look at.
        package var duration: Duration?
        package var failures: Int64 = 0
    }

    private let kept = Mutex<[WatchLoop: Entry]>([:])

    package init() {}

    package func note(_ loop: WatchLoop, finished: Timestamp, after duration: Duration?) {
        update(loop) {
            $0.finished = finished
            $0.duration = duration ?? $0.duration
        }
    }

    package func noteFailure(_ loop: WatchLoop) { update(loop) { $0.failures += 1 } }

    /// One for each loop, whether it ever came to its end or not.
    package var entries: [Entry] {
        kept.withLock { kept in WatchLoop.allCases.map { kept[$0] ?? Entry(loop: $0) } }
    }

    private func update(_ loop: WatchLoop, _ change: (inout Entry) -> Void) {
        kept.withLock { change(&$0[loop, default: Entry(loop: loop)]) }
    }
}

import Dispatch
import Synchronization

/// Work on several cores at once whose outcome does not depend on how many there are.
package enum Parallel {
    /// What `body` makes of each of 0..<count, in their order.
    ///
    /// - Parameter atOnce: pieces in work at a time at most, which bounds the memory they take together.
    package static func map<Value: Sendable>(
        _ count: Int, atOnce: Int = 4, _ body: @Sendable (Int) -> Value
    ) -> [Value] {
        let results = Mutex([Value?](repeating: nil, count: count))
        let next = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: min(count, atOnce)) { _ in
            while case let index = next.wrappingAdd(1, ordering: .relaxed).oldValue, index < count {
                let value = body(index)
                results.withLock { $0[index] = value }
            }
        }
        return results.withLock { $0.compactMap { $0 } }
    }
}

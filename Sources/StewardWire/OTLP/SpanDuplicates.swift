/// Finds calls that are told more than once within one request, because two libraries saw them or a span sums up the
/// calls below it.
///
/// - Two calls of one trace that overlap in time and name the same response are one.
/// - Two calls below the same parent, of different instrumentation scopes, the one within the time of the other, with
///   the same provider and model and without two different responses, are one.
/// - A call with one successful call at most below it is that call, told by an outer library (a gateway client around
///   a provider's SDK), or its retries.
/// - A call with several successful calls below it sums them up: it is not a call, they are.
///
/// Of calls that are one the outer is kept: it begins first and ends last, so its latency is what the application
/// waited. What it does not say is taken from the inner.
///
/// Spans of one call that arrive in different requests are not recognised; batches of one process seldom part them.
struct SpanDuplicates {
    /// By position among the calls: where it was folded into, itself where it is kept.
    private(set) var keepers: [Int]
    /// Calls that only sum up the calls below them.
    private(set) var rollUps: Set<Int> = []

    /// How many open calls a call is compared with, and how many ancestors are looked at.
    private static let reach = 64

    private let batch: OTLPBatch

    init(_ batch: OTLPBatch) {
        self.batch = batch
        keepers = Array(batch.calls.indices)
        guard batch.calls.count > 1 else { return }
        let order = batch.calls.indices.sorted { isOuter($0, $1) }
        foldSameResponses(order)
        foldSiblings(order)
        foldNested(order)
    }

    func kept(_ index: Int) -> Int {
        var index = index
        while keepers[index] != index { index = keepers[index] }
        return index
    }

    /// Whether a call begins before another or, beginning together, ends after it.
    private func isOuter(_ left: Int, _ right: Int) -> Bool {
        let (left, right) = (batch.calls[left], batch.calls[right])
        if left.startNanoseconds != right.startNanoseconds { return left.startNanoseconds < right.startNanoseconds }
        if left.endNanoseconds != right.endNanoseconds { return left.endNanoseconds > right.endNanoseconds }
        return left.index < right.index
    }

    private struct Response: Hashable {
        var traceHigh: UInt64
        var traceLow: UInt64
        var id: String
    }

    private mutating func foldSameResponses(_ order: [Int]) {
        var first: [Response: Int] = [:]
        for index in order {
            let call = batch.calls[index]
            guard let id = call.call.responseID else { continue }
            let response = Response(traceHigh: call.key.traceHigh, traceLow: call.key.traceLow, id: id)
            if let outer = first[response], call.startNanoseconds <= batch.calls[outer].endNanoseconds {
                keepers[index] = outer
            } else {
                first[response] = index
            }
        }
    }

    private mutating func foldSiblings(_ order: [Int]) {
        var siblings: [SpanKey: [Int]] = [:]
        var folded: Set<SpanPair> = []
        for index in order where keepers[index] == index {
            let call = batch.calls[index]
            guard call.parent != 0 else { continue }
            let parent = SpanKey(traceHigh: call.key.traceHigh, traceLow: call.key.traceLow, span: call.parent)
            let scope = batch.origins[call.origin].scope
            // An outer call holds one call of each other library; the latest to begin is the nearest around this one.
            let outer = siblings[parent, default: []].suffix(Self.reach).last { other in
                areOne(batch.calls[other], call) && batch.origins[batch.calls[other].origin].scope != scope
                    && !folded.contains(SpanPair(outer: other, scope: scope))
            }
            if let outer {
                keepers[index] = outer
                folded.insert(SpanPair(outer: outer, scope: scope))
            } else {
                siblings[parent, default: []].append(index)
            }
        }
    }

    private struct SpanPair: Hashable {
        var outer: Int
        var scope: String
    }

    private func areOne(_ outer: OTLPSpan, _ inner: OTLPSpan) -> Bool {
        guard inner.endNanoseconds <= outer.endNanoseconds, outer.call.provider == inner.call.provider,
            outer.call.model == inner.call.model
        else { return false }
        return outer.call.responseID == nil || inner.call.responseID == nil
    }

    /// From the inside out: a call is seen before the call around it, which began earlier.
    private mutating func foldNested(_ order: [Int]) {
        let positions = Dictionary(
            batch.calls.indices.map { (batch.calls[$0].key, $0) }, uniquingKeysWith: { first, _ in first })
        // Of each kept call: the kept calls below it, and those below it that were found to be the same.
        var inner: [Int: [Int]] = [:]
        var same: [Int: [Int]] = [:]
        var successes: [Int: Int] = [:]
        for index in order.reversed() {
            let (others, told) = (inner[index, default: []], same[index, default: []])
            let count =
                others.reduce(0) { $0 + successes[$1, default: 0] }
                + (told.contains { !batch.calls[$0].isError } ? 1 : 0)
            if count > 1 {
                rollUps.insert(index)
                // One of the calls it sums up had lent it its response's name.
                for other in told { keepers[other] = told[0] }
            } else {
                for other in others where kept(index) != other { keepers[other] = index }
            }
            successes[index] = rollUps.contains(index) ? count : batch.calls[index].isError ? 0 : 1
            guard let enclosing = enclosingCall(of: index, positions) else { continue }
            let outer = kept(enclosing)
            if keepers[index] == outer {
                if outer != index { same[outer, default: []].append(index) }
            } else if keepers[index] == index {
                inner[outer, default: []].append(index)
            }
        }
        for index in order {
            keepers[index] = kept(index)
            if rollUps.contains(keepers[index]) { rollUps.insert(index) }
        }
    }

    /// The nearest call among a call's ancestors.
    private func enclosingCall(of index: Int, _ positions: [SpanKey: Int]) -> Int? {
        var key = batch.calls[index].key
        for _ in 0..<Self.reach {
            guard let context = batch.contexts[key], context.parent != 0, context.parent != key.span else { return nil }
            key.span = context.parent
            if let position = positions[key], position != index { return position }
        }
        return nil
    }
}

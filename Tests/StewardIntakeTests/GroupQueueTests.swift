import StewardModel
import StewardStore
import Testing

@testable import StewardIntake

struct GroupQueueTests {
    static func rows(_ count: Int, bytes: Int = 0) -> [EventRow] {
        (0..<count).map {
            EventRow(
                id: "\($0)", time: Timestamp(seconds: 0), received: Timestamp(seconds: 0),
                series: SeriesKey(deployment: "d", version: "v"), payload: Array(repeating: 0, count: bytes))
        }
    }

    @Test func groupsAreWholeBatchesInOrder() {
        var queue = GroupQueue<Int>(limitBytes: 1 << 20, groupEvents: 10)
        for (ticket, count) in [4, 4, 4, 20, 1].enumerated() {
            #expect(queue.offer(Self.rows(count), ticket: ticket) == .queued)
        }
        #expect(queue.queuedEvents == 33)
        #expect(queue.takeGroup().map(\.ticket) == [0, 1])
        #expect(queue.takeGroup().map(\.ticket) == [2])
        #expect(queue.takeGroup().map(\.ticket) == [3], "a batch larger than a group goes alone")
        #expect(queue.takeGroup().map(\.ticket) == [4])
        #expect(queue.takeGroup().isEmpty)
        #expect(queue.queuedBytes == 0)
        #expect(queue.queuedEvents == 0)
    }

    @Test func beyondTheLimitBatchesAreRefusedWhole() {
        var queue = GroupQueue<Int>(limitBytes: 10_000, groupEvents: 100)
        #expect(queue.offer(Self.rows(1, bytes: 50_000), ticket: 0) == .queued, "an empty queue takes any batch")
        #expect(queue.offer(Self.rows(1), ticket: 1) == .full)
        #expect(queue.takeGroup().count == 1)
        #expect(queue.offer(Self.rows(2, bytes: 3000), ticket: 2) == .queued)
        #expect(queue.offer(Self.rows(2, bytes: 3000), ticket: 3) == .full)
        #expect(queue.queuedEvents == 2)
    }

    @Test func closedQueuesHandOverWhatTheyHold() {
        var queue = GroupQueue<Int>(limitBytes: 10_000, groupEvents: 100)
        #expect(queue.offer(Self.rows(1), ticket: 0) == .queued)
        queue.close()
        #expect(queue.offer(Self.rows(1), ticket: 1) == .closed)
        #expect(queue.takeGroup().map(\.ticket) == [0])
    }
}

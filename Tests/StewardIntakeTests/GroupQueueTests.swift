import StewardModel
import StewardStore
import Testing

@testable import StewardIntake

struct GroupQueueTests {
    static func rows(_ count: Int, bytes: Int = 0) -> EventBatch {
        let rows = (0..<count).map {
            EventRow(
                id: "\($0)", time: Timestamp(seconds: 0), received: Timestamp(seconds: 0),
                series: SeriesKey(deployment: "d", version: "v"))
        }
        return EventBatch(rows, blocks: [PayloadBlock(day: 0, bytes: Array(repeating: 0, count: bytes * count))])
    }

    @Test func groupsAreWholeBatchesInOrder() {
        var queue = GroupQueue<Int>(limitBytes: 1 << 20, groupEvents: 10)
        for (ticket, count) in [4, 4, 4, 20, 1].enumerated() {
            #expect(queue.offer(Self.rows(count), sender: "a", ticket: ticket) == .queued)
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
        #expect(
            queue.offer(Self.rows(1, bytes: 50_000), sender: "a", ticket: 0) == .queued,
            "an empty queue takes any batch")
        #expect(queue.offer(Self.rows(1), sender: "a", ticket: 1) == .full)
        #expect(queue.takeGroup().count == 1)
        #expect(queue.offer(Self.rows(2, bytes: 3000), sender: "a", ticket: 2) == .queued)
        #expect(queue.offer(Self.rows(2, bytes: 3000), sender: "a", ticket: 3) == .full)
        #expect(queue.queuedEvents == 2)
    }

    @Test func closedQueuesHandOverWhatTheyHold() {
        var queue = GroupQueue<Int>(limitBytes: 10_000, groupEvents: 100)
        #expect(queue.offer(Self.rows(1), sender: "a", ticket: 0) == .queued)
        queue.close()
        #expect(queue.offer(Self.rows(1), sender: "a", ticket: 1) == .closed)
        #expect(queue.takeGroup().map(\.ticket) == [0])
    }

    @Test func aLoudSenderLeavesRoomForOthers() {
        var queue = GroupQueue<String>(limitBytes: 100 * 512, groupEvents: 4)
        func fill(_ sender: String) -> Int {
            var taken = 0
            while queue.offer(Self.rows(1), sender: sender, ticket: sender) == .queued { taken += 1 }
            return taken
        }
        #expect(fill("loud") == 50)
        #expect(queue.offer(Self.rows(1), sender: "loud", ticket: "loud") == .shareUsed)
        #expect(fill("second") == 25)
        #expect(fill("third") == 13)
        // The three take turns, although the first has four times as much.
        #expect(queue.takeGroup().map(\.ticket) == ["loud", "second", "third", "loud"])
        #expect(queue.takeGroup().map(\.ticket) == ["second", "third", "loud", "second"])
        var rest = 0
        while case let group = queue.takeGroup(), !group.isEmpty { rest += group.count }
        #expect(rest == 50 + 25 + 13 - 8)
        #expect(queue.queuedBytes == 0)
        #expect(queue.queuedEvents == 0)
    }

    @Test func theDiskGateClosesEarlyAndOpensWithRoomToSpare() {
        var gate = DiskGate(minimumFreeBytes: 800)
        let seen = [1000, 800, 799, 0, 850, 899, 900, 801].map { gate.observe(freeBytes: $0) }
        #expect(seen == [false, false, true, false, false, false, true, false])
        #expect(gate.isOpen)
        var never = DiskGate(minimumFreeBytes: 0)
        let changed = never.observe(freeBytes: 0)
        #expect(!changed)
        #expect(never.isOpen)
    }
}

import StewardMetrics
import StewardStatistics
import Testing

@Suite("Runtime counters")
struct RuntimeCountersTests {
    @Test("nothing is lost when many count at once")
    func concurrentCounting() async {
        let counters = RuntimeCounters()
        await withTaskGroup(of: Void.self) { group in
            for worker in 1...8 as ClosedRange<Int64> {
                group.addTask {
                    for _ in 0..<1_000 {
                        counters.add(IntakeTotals(accepted: worker, duplicates: 1, rejected: 2, refused: 3))
                        counters.recordCommit(microseconds: worker)
                    }
                }
            }
        }
        #expect(
            counters.intake
                == IntakeTotals(accepted: 36_000, duplicates: 8_000, rejected: 16_000, refused: 24_000))
        #expect(counters.commits.histogram.count == 8_000)
        #expect(counters.commits.sumMicroseconds == 36_000)
    }

    @Test("a clock set back counts as no time")
    func negativeDuration() {
        let counters = RuntimeCounters()
        counters.recordCommit(microseconds: -5)
        #expect(counters.commits.histogram.count == 1)
        #expect(counters.commits.sumMicroseconds == 0)
    }
}

import StewardAnalysis
import Testing

@Test(arguments: [0, 1, 3, 500]) func parallelWorkComesInOrder(count: Int) {
    #expect(Parallel.map(count) { $0 * $0 } == (0..<count).map { $0 * $0 })
}

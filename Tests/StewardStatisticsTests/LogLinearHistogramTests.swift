import StewardStatistics
import Testing

@Suite("Log-linear histogram")
struct LogLinearHistogramTests {
    private static let seeds: [UInt64] = [1, 2, 3, 5, 8, 13, 21, 34]

    private static func histogram(of values: [Int64]) -> LogLinearHistogram {
        var histogram = LogLinearHistogram()
        for value in values { histogram.add(value) }
        return histogram
    }

    private static func values(_ count: Int, signed: Bool, using random: inout SplitMix64) -> [Int64] {
        (0..<count).map { _ in random.magnitude(signed: signed) }
    }

    @Test("merging is commutative and associative, and equals adding all values", arguments: seeds)
    func mergeIsAddition(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let parts = (0..<3).map { _ in
            Self.values(Int.random(in: 0...400, using: &random), signed: true, using: &random)
        }
        let (a, b, c) = (Self.histogram(of: parts[0]), Self.histogram(of: parts[1]), Self.histogram(of: parts[2]))
        func merged(_ left: LogLinearHistogram, _ right: LogLinearHistogram) -> LogLinearHistogram {
            var left = left
            left.merge(right)
            return left
        }
        let whole = Self.histogram(of: Array(parts.joined()))
        #expect(merged(a, b) == merged(b, a), "seed \(seed)")
        #expect(merged(merged(a, b), c) == merged(a, merged(b, c)), "seed \(seed)")
        #expect(merged(merged(a, b), c) == whole, "seed \(seed)")
        #expect(whole.count == Int64(parts.joined().count))
    }

    @Test("subtracting undoes merging", arguments: seeds)
    func subtractUndoesMerge(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let a = Self.histogram(of: Self.values(300, signed: true, using: &random))
        let b = Self.histogram(of: Self.values(200, signed: true, using: &random))
        var window = a
        window.merge(b)
        window.subtract(a)
        #expect(window == b, "seed \(seed)")
        window.subtract(b)
        #expect(window == LogLinearHistogram(), "seed \(seed)")
    }

    @Test("the order of adding leaves no trace", arguments: seeds)
    func orderLeavesNoTrace(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let values = Self.values(500, signed: true, using: &random)
        let histogram = Self.histogram(of: values)
        #expect(histogram == Self.histogram(of: values.shuffled(using: &random)), "seed \(seed)")
        #expect(histogram == LogLinearHistogram(histogram.entries.shuffled(using: &random)), "seed \(seed)")
        #expect(histogram.entries.map(\.bin) == histogram.entries.map(\.bin).sorted())
    }

    @Test("counts below one change nothing", arguments: [0, -1, Int64.min])
    func countsBelowOne(count: Int64) {
        var histogram = Self.histogram(of: [7])
        histogram.add(7, count: count)
        histogram.add(bin: 8, count: count)
        #expect(histogram == Self.histogram(of: [7]))
    }

    @Test("a quantile is within 1/64 of the sorted value of that rank", arguments: seeds)
    func quantileError(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for signed in [false, true] {
            let values = Self.values(Int.random(in: 1...2000, using: &random), signed: signed, using: &random).sorted()
            let histogram = Self.histogram(of: values)
            for percent in 0...100 {
                let rank = max(1, (percent * values.count + 99) / 100)
                let exact = Double(values[rank - 1])
                guard let estimate = histogram.quantile(Double(percent) / 100) else {
                    Issue.record("no quantile of \(values.count) values, seed \(seed)")
                    return
                }
                #expect(abs(estimate - exact) <= abs(exact) / 64, "p\(percent) of \(values.count), seed \(seed)")
            }
        }
    }

    @Test(
        "quantiles of small values are exact",
        arguments: [
            (0, 1), (0.07, 7), (0.071, 8), (0.25, 25), (0.5, 50), (0.501, 51), (0.99, 99), (0.991, 100), (1, 100),
            (-1, 1), (2, 100), (.infinity, 100),
        ] as [(Double, Double)])
    func quantileOfHundred(q: Double, expected: Double) {
        #expect(Self.histogram(of: Array(1...100)).quantile(q) == expected)
    }

    @Test("inside a bin a quantile is interpolated")
    func quantileInterpolates() {
        var histogram = LogLinearHistogram()
        histogram.add(1024, count: 4)  // the bin 1024…1039
        #expect(histogram.quantile(0) == 1025.875)
        #expect(histogram.quantile(0.5) == 1029.625)
        #expect(histogram.quantile(1) == 1037.125)
    }

    @Test("no values, no quantile")
    func quantileOfNothing() {
        #expect(LogLinearHistogram().quantile(0.5) == nil)
        #expect(Self.histogram(of: [1]).quantile(.nan) == nil)
    }

    @Test("cumulative counts never fall, add up, and are off by at most 1/128", arguments: seeds)
    func cumulativeCounts(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let (first, second) = (
            Self.values(500, signed: true, using: &random), Self.values(500, signed: true, using: &random)
        )
        let (a, b) = (Self.histogram(of: first), Self.histogram(of: second))
        let whole = Self.histogram(of: first + second)
        var previous: Int64 = 0
        for edge in Self.values(300, signed: true, using: &random).sorted() + [.max] {
            let count = whole.cumulativeCount(through: edge)
            #expect(count >= previous, "edge \(edge), seed \(seed)")
            #expect(count == a.cumulativeCount(through: edge) + b.cumulativeCount(through: edge), "seed \(seed)")
            let slack = Double(edge.magnitude) / 128 + 1
            let least = (first + second).filter { Double($0) <= Double(edge) - slack }.count
            let most = (first + second).filter { Double($0) <= Double(edge) + slack }.count
            #expect(Int64(least)...Int64(most) ~= count, "edge \(edge), seed \(seed)")
            previous = count
        }
        #expect(previous == whole.count)
    }

    @Test(
        "the bin that straddles an edge counts by its middle",
        arguments: [
            (1023, 0), (1024, 0), (1031, 0), (1032, 5), (1038, 5), (1039, 5), (.max, 5), (.min, 0),
        ] as [(Int64, Int64)])
    func straddlingBin(edge: Int64, expected: Int64) {
        var histogram = LogLinearHistogram()
        histogram.add(1030, count: 5)  // the bin 1024…1039 with the middle 1031.5
        #expect(histogram.cumulativeCount(through: edge) == expected)
    }

    #if DEBUG
        @Test("taking away what is not there stops a debug build")
        func subtractTooMuch() async {
            await #expect(processExitsWith: .failure) {
                var histogram = LogLinearHistogram()
                histogram.add(1)
                var larger = LogLinearHistogram()
                larger.add(1, count: 2)
                histogram.subtract(larger)
            }
        }
    #else
        @Test("taking away what is not there empties the bin")
        func subtractTooMuch() {
            var histogram = Self.histogram(of: [1, 5])
            histogram.subtract(Self.histogram(of: [1, 1, 3]))
            #expect(histogram == Self.histogram(of: [5]))
        }
    #endif
}

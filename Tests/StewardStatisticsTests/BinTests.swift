import StewardStatistics
import Testing

@Suite("Bins of the log-linear histogram")
struct BinTests {
    @Test(
        "known bins",
        arguments: [
            (0, 0), (1, 1), (127, 127), (128, 128), (129, 128), (130, 129), (255, 191), (256, 192), (259, 192),
            (260, 193), (511, 255), (512, 256), (1_000_000, 954), (.max, 3711), (-1, -1), (-2, -2), (-128, -128),
            (-129, -129), (-130, -129), (-131, -130), (.min, -3712),
        ] as [(Int64, Int32)])
    func knownBins(value: Int64, bin: Int32) {
        #expect(LogLinearHistogram.bin(of: value) == bin)
    }

    @Test("bounds and bins are inverse, gapless and narrow, over every bin there is")
    func everyBin() {
        let last = LogLinearHistogram.lastBin
        var expectedLower = Int64.min
        for bin in (-1 - last)...last {
            let lower = LogLinearHistogram.lowerBound(ofBin: bin)
            let upper = LogLinearHistogram.upperBound(ofBin: bin)
            #expect(lower == expectedLower, "bin \(bin)")
            #expect(LogLinearHistogram.bin(of: lower) == bin)
            #expect(LogLinearHistogram.bin(of: upper) == bin)
            let width = (upper - lower).magnitude
            let smallest = min(lower.magnitude, upper.magnitude)
            #expect(width <= smallest / 64, "bin \(bin) is \(width) wide at \(smallest)")
            let middle = LogLinearHistogram.representative(ofBin: bin)
            #expect(Double(lower) <= middle && middle <= Double(upper))
            expectedLower = upper &+ 1
        }
        #expect(expectedLower == .min, "the last bin ends at Int64.max")
    }

    @Test("bins never fall as values grow, around every power of two", arguments: 0...62)
    func monotonicAround(power: Int) {
        let center = Int64(1) << power
        let values = (-300...300).compactMap { offset in
            let (sum, overflow) = center.addingReportingOverflow(Int64(offset))
            return overflow ? nil : sum
        }
        for sign in [1, -1] as [Int64] {
            let bins = values.map { LogLinearHistogram.bin(of: sign * $0) }
            for (left, right) in zip(bins, bins.dropFirst()) {
                let step = Int64(right - left) * sign
                #expect(step == 0 || step == 1, "around \(sign) * 2^\(power)")
            }
        }
    }

    @Test("a bin beyond the last is taken for the last", arguments: [3712, 1_000_000, Int32.max])
    func binsOutOfRange(bin: Int32) {
        #expect(LogLinearHistogram.upperBound(ofBin: bin) == .max)
        #expect(LogLinearHistogram.lowerBound(ofBin: -1 - bin) == .min)
    }
}

import StewardStatistics
import Testing

@Suite("Standard normal distribution")
struct StandardNormalTests {
    /// scipy 1.17.1, `scipy.stats.norm.ppf`; the lower tails agree with mpmath at 40 digits to the last place or two.
    static let quantiles: [(Double, Double)] = [
        (1e-300, -37.0470962993612), (1e-100, -21.273453560965322), (1e-16, -8.222082216130435),
        (1e-10, -6.361340902404056), (1e-05, -4.264890793922825), (0.001, -3.090232306167813),
        (0.005, -2.575829303548901), (0.025, -1.9599639845400545), (0.05, -1.6448536269514729),
        (0.075, -1.4395314709384563), (0.1, -1.2815515655446004), (0.25, -0.6744897501960817),
        (0.4, -0.2533471031357997), (0.6, 0.2533471031357997), (0.9, 1.2815515655446004),
        (0.95, 1.6448536269514722), (0.975, 1.959963984540054), (0.99, 2.3263478740408408),
    ]

    @Test("quantiles agree with scipy to 1e-15", arguments: quantiles)
    func quantile(probability: Double, expected: Double) {
        let error = abs(StandardNormal.quantile(probability) / expected - 1)
        #expect(error <= 1e-15, "relative error \(error) at \(probability)")
    }

    @Test("the ends and the middle")
    func ends() {
        #expect(StandardNormal.quantile(0.5) == 0)
        #expect(StandardNormal.quantile(0) == -.infinity)
        #expect(StandardNormal.quantile(1) == .infinity)
    }

    @Test("no probability, no number", arguments: [-1e-9, 1.000_001, Double.nan, .infinity])
    func outOfRange(probability: Double) {
        #expect(StandardNormal.quantile(probability).isNaN)
    }

    @Test("quantiles never fall, also where the three approximations meet")
    func monotonic() {
        var previous = -Double.infinity
        for step in 1..<100_000 {
            let value = StandardNormal.quantile(Double(step) / 100_000)
            #expect(value > previous, "at \(step)")
            previous = value
        }
        for tail in [0.075, 1.388_794_386_496_402e-11] {
            let (below, above) = (StandardNormal.quantile(tail.nextDown), StandardNormal.quantile(tail.nextUp))
            #expect(abs(below / above - 1) <= 2e-15, "at \(tail)")
        }
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The bounds of a few planned looks at a statistic that is normal with independent increments: the shortest intervals
/// there are where the largest sample is declared beforehand.
///
/// The looks need not be where they were planned, nor as many: each spends what its share of the planned information
/// allows. A last look beyond the plan spends what is left.
///
/// - Assumption: under the null hypothesis the statistics of all looks are jointly normal with variance 1 and the
///   correlation √(earlier information / later information); when to look does not depend on what was seen.
/// - Range: errors above 0 and below ½ for one side; information grows from look to look by at least a hundredth.
/// - When not to use: where looks cannot be counted, or no largest sample can be named (``MeanEffect``'s intervals hold
///   at every look).
/// - Reference: P. Armitage, C. K. McPherson, B. C. Rowe, "Repeated significance tests on accumulating data", JRSS A
///   132(2), 1969 (the recursion); C. Jennison, B. W. Turnbull, "Group Sequential Methods with Applications to Clinical
///   Trials", 2000, chapters 7 and 19 (spending, repeated intervals, the grid).
package struct GroupSequential: Sendable {
    /// What one look says: its bound holds together with those of all other looks.
    package struct Look: Sendable, Equatable {
        /// Of the statistic; infinite where next to nothing may be spent yet.
        package var bound: Double
        /// Of the error, up to and including this look.
        package var spent: Double
    }

    /// A point of the density of the statistic on paths that crossed no bound so far, with its weight in a sum.
    private struct Point: Sendable {
        var value: Double
        var mass: Double
    }

    /// Beyond this many standard deviations nothing is left to integrate.
    private static let reach = 8.5
    /// Less than this is not worth a bound.
    private static let leastSpending = 1e-14
    /// Of its information, by which a look has to be ahead of the one before.
    private static let leastGrowth = 0.01
    /// Of 64 nodes each: enough for ten digits where looks are as close as that.
    private static let panels = 4

    private let alpha: Double
    private let spending: AlphaSpending
    private let planned: Double
    private var points: [Point] = []
    private var information = 0.0
    private var spent = 0.0

    /// - Parameters:
    ///   - alpha: of one side; for two sides, half of it each: both are exact but for the chance of crossing both.
    ///   - planned: the information of the last look.
    package init(alpha: Double, spending: AlphaSpending, planned: Double) {
        self.alpha = alpha
        self.spending = spending
        self.planned = planned
    }

    /// Takes the next look.
    ///
    /// - Parameter isLast: spends all that is left, whatever the share of information.
    /// - Returns: `nil`, and nothing is spent, where the information has not grown enough for a look of its own.
    package mutating func look(information next: Double, isLast: Bool = false) -> Look? {
        guard next.isFinite, next > information, next - information >= Self.leastGrowth * next else { return nil }
        let allowed = isLast ? alpha : spending.spent(alpha: alpha, fraction: next / planned)
        let increment = allowed - spent
        let before = Path(points: points, information: information, next: next)
        var bound = Double.infinity
        if increment > Self.leastSpending {
            bound = Bisection.root(below: -Self.reach, above: Self.reach) { increment - before.tail(above: $0) }
            spent = allowed
        }
        points = Self.grid(below: bound).map { Point(value: $0.value, mass: $0.weight * before.density(at: $0.value)) }
        information = next
        return Look(bound: bound, spent: spent)
    }

    /// The p-value of one side for a statistic at the next look: the chance of crossing an earlier bound, or of coming
    /// this far now. It is at most what that look may spend exactly when the statistic is beyond its bound.
    package func pValue(statistic: Double, information next: Double) -> Double {
        guard next > information, statistic.isFinite else { return 1 }
        return min(1, spent + Path(points: points, information: information, next: next).tail(above: statistic))
    }

    /// From the paths of the look before to the statistic of this one.
    private struct Path {
        let points: [Point]
        /// A statistic u of the look before is one of u·`carry` on average now, with the standard deviation `spread`.
        let carry: Double
        let spread: Double

        init(points: [Point], information: Double, next: Double) {
            self.points = points
            carry = (information / next).squareRoot()
            spread = ((next - information) / next).squareRoot()
        }

        func tail(above bound: Double) -> Double {
            guard !points.isEmpty else { return StandardNormal.upperTail(bound) }
            return points.reduce(0) { $0 + $1.mass * StandardNormal.upperTail((bound - $1.value * carry) / spread) }
        }

        func density(at value: Double) -> Double {
            guard !points.isEmpty else { return Self.normal(value) }
            return points.reduce(0) { $0 + $1.mass * Self.normal((value - $1.value * carry) / spread) } / spread
        }

        private static func normal(_ value: Double) -> Double {
            exp(-0.5 * value * value) / (2 * Double.pi).squareRoot()
        }
    }

    /// Nodes of a quadrature from far below 0 to a bound, and their weights.
    private static func grid(below bound: Double) -> [(value: Double, weight: Double)] {
        let half = (min(bound, reach) + reach) / Double(2 * panels)
        return (0..<panels).flatMap { panel in
            zip(GaussLegendre.nodes, GaussLegendre.weights).map { node, weight in
                (-reach + half * (Double(2 * panel + 1) + node), half * weight)
            }
        }
    }
}

/// The null distribution of a weighted sum of squared rank differences, given the ties: of Anderson and Darling's
/// statistic and of Cramér and von Mises'.
///
/// Under the null, differences of the two samples at the distinct values behave as a Brownian bridge at their midranks.
/// The statistic is then a quadratic form of normal variables, whose cumulants are traces of powers of one matrix; for
/// a bridge these are sums over the values in order.
///
/// - Reference: J. P. Imhof, "Computing the Distribution of Quadratic Forms in Normal Variables", Biometrika 48, 1961,
///   section 4, for the chi-square variable with three of the form's moments; doi:10.1093/biomet/48.3-4.419.
struct RankForm: Sendable, Equatable {
    /// Traces of the matrix, its square and its cube: the first three cumulants over 1, 2 and 8.
    private var first = 0.0
    private var second = 0.0
    private var third = 0.0
    // Sums over the values before the present one, of w·m², d·w·m² and w·m(1 − m) times the first of these, where w is
    // a value's weight, m its midrank and d its element of the diagonal.
    private var squares = 0.0
    private var diagonalSquares = 0.0
    private var chained = 0.0

    init() {}

    private init(first: Double, second: Double, third: Double) {
        (self.first, self.second, self.third) = (first, second, third)
    }

    /// Anderson and Darling's limit without ties, whose eigenvalues are 1 / (j (j + 1)).
    static let andersonDarling = RankForm(
        first: 1, second: Double.pi * Double.pi / 3 - 3, third: 10 - Double.pi * Double.pi)
    /// Cramér and von Mises' limit without ties, whose eigenvalues are 1 / (jπ)².
    static let cramerVonMises = RankForm(first: 1.0 / 6, second: 1.0 / 90, third: 1.0 / 945)

    /// Adds the next value in ascending order.
    ///
    /// - Parameters: the weight of its squared difference, its midrank as a share, and the share of values tied at it.
    @inline(__always)
    mutating func add(weight: Double, rank: Double, tied: Double) {
        let rest = 1 - rank
        let diagonal = weight * (rank * rest - tied / 4)
        let tail = weight * rest * rest
        first += diagonal
        second += diagonal * diagonal + 2 * tail * squares
        third +=
            diagonal * diagonal * diagonal + 3 * tail * (diagonalSquares + diagonal * squares) + 6 * tail * chained
        chained += weight * rank * rest * squares
        squares += weight * rank * rank
        diagonalSquares += diagonal * weight * rank * rank
    }

    /// The chance that the form exceeds `value`; 1 where it has no variance.
    func tail(_ value: Double) -> Double {
        guard second > 0, third > 0 else { return 1 }
        let degrees = second * second * second / (third * third)
        let place = degrees + (2 * degrees).squareRoot() * (value - first) / (2 * second).squareRoot()
        return place <= 0 ? 1 : ChiSquare.upperTail(place, degreesOfFreedom: degrees)
    }
}

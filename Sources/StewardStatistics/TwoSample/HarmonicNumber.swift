#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Sums of 1/i and 1/i² over the first integers.
///
/// - Range: n ≥ 0; relative error about 10⁻¹⁵.
/// - Reference: DLMF 5.11.2 and 25.11.43, the expansions of the functions that these sums are values of.
enum HarmonicNumber {
    /// From here on the expansions have all digits.
    private static let fewest = 50

    /// 1 + 1/2 + … + 1/n.
    static func value(_ n: Int) -> Double {
        guard n >= fewest else { return sum(n) { 1 / $0 } }
        let x = Double(n)
        let square = 1 / (x * x)
        return log(x) + 0.577_215_664_901_532_860_61 + 1 / (2 * x)
            - square * (1.0 / 12 - square * (1.0 / 120 - square / 252))
    }

    /// 1 + 1/4 + … + 1/n².
    static func ofSquares(_ n: Int) -> Double {
        guard n >= fewest else { return sum(n) { 1 / ($0 * $0) } }
        let x = Double(n)
        let square = 1 / (x * x)
        return Double.pi * Double.pi / 6 - 1 / x + square / 2
            - square / x * (1.0 / 6 - square * (1.0 / 30 - square / 42))
    }

    private static func sum(_ n: Int, _ term: (Double) -> Double) -> Double {
        n < 1 ? 0 : (1...n).reversed().reduce(0) { $0 + term(Double($1)) }
    }
}

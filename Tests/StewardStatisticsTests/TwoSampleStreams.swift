import Foundation
import StewardStatistics

/// Distributions to draw columns from, as the calibration needs them.
enum DrawnColumn: String, CaseIterable, Sendable {
    case normal, lognormal, pareto, poisson, fiveCategories, zipf200

    var isNumeric: Bool { self != .fiveCategories && self != .zipf200 }

    /// One number, or the index of one category.
    func draw(using random: inout SplitMix64) -> Double {
        switch self {
        case .normal: Self.gaussian(&random)
        case .lognormal: exp(6.5 + Self.gaussian(&random))
        case .pareto: exp(-log(Self.uniform(&random)) / 1.5)
        case .poisson: Self.poisson(mean: 3, &random)
        case .fiveCategories: Double(Self.index(of: Self.uniform(&random), in: Self.five))
        case .zipf200: Double(Self.index(of: Self.uniform(&random), in: Self.zipf))
        }
    }

    func draws(_ count: Int, using random: inout SplitMix64) -> [Double] {
        (0..<count).map { _ in draw(using: &random) }
    }

    private static func uniform(_ random: inout SplitMix64) -> Double { Double.random(in: 0x1p-53..<1, using: &random) }

    private static func gaussian(_ random: inout SplitMix64) -> Double { StandardNormal.quantile(uniform(&random)) }

    private static func poisson(mean: Double, _ random: inout SplitMix64) -> Double {
        let limit = exp(-mean)
        var (count, product) = (0.0, uniform(&random))
        while product > limit {
            count += 1
            product *= uniform(&random)
        }
        return count
    }

    /// The shares of finish reasons in the reference data.
    private static let five = cumulative([0.70, 0.15, 0.10, 0.03, 0.02])
    private static let zipf = cumulative((1...200).map { 1 / Double($0) })

    private static func cumulative(_ weights: [Double]) -> [Double] {
        let total = weights.reduce(0, +)
        var sum = 0.0
        return weights.map { weight in
            sum += weight / total
            return sum
        }
    }

    private static func index(of place: Double, in cumulative: [Double]) -> Int {
        var (low, high) = (0, cumulative.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if cumulative[middle] < place { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Categories of both samples, counted.
    static func counts(_ reference: [Double], _ current: [Double]) -> AlignedCounts? {
        func counts(_ draws: [Double]) -> [Int] {
            var counts = [Int](repeating: 0, count: 200)
            for draw in draws { counts[Int(draw)] += 1 }
            return counts
        }
        return AlignedCounts(reference: counts(reference), current: counts(current))
    }
}

import Foundation
import StewardJSON
import StewardStatistics

/// Pairs of samples that are alike, or differ by a known amount, and how many of them each method tells apart.
struct PairTrial: Sendable {
    typealias Draw = @Sendable (inout SplitMix64, _ isCurrent: Bool) -> Double

    struct Result: Sendable {
        var trial: PairTrial
        var draws: Int
        /// The share of pairs that each method states to differ at 0.05.
        var stated: [(method: String, share: Double)]

        var sizes: String { "\(trial.reference) vs \(trial.current)" }

        var json: JSONValue {
            [
                "samples": .string(trial.name), "sizes": .string(sizes), "draws": .integer(Int64(draws)),
                "unchanged": .bool(trial.isNull),
                "stated": .object(stated.map { .init(name: $0.method, value: .number($0.share)) }),
            ]
        }
    }

    var name: String
    var reference: Int
    var current: Int
    var isNumeric = true
    var isNull = true
    var draw: Draw

    /// Pairs of more rows than this together are drawn a quarter as often.
    private static let fewRows = 60_000

    func run(draws most: Int, seed: UInt64) -> Result {
        let draws = reference + current > Self.fewRows ? max(1, most / 4) : most
        var random = SplitMix64(seed: seed ^ 0xD1B5_4A32_D192_ED03)
        var stated: [(method: String, count: Int)] = []
        for _ in 0..<draws {
            let first = (0..<reference).map { _ in draw(&random, false) }
            let second = (0..<current).map { _ in draw(&random, true) }
            for (index, said) in (isNumeric ? Self.numbers(first, second) : Self.categories(first, second)).enumerated()
            {
                if index == stated.count { stated.append((said.method, 0)) }
                stated[index].count += said.differs ? 1 : 0
            }
        }
        return Result(
            trial: self, draws: draws, stated: stated.map { ($0.method, Double($0.count) / Double(draws)) })
    }

    private static func numbers(_ first: [Double], _ second: [Double]) -> [(method: String, differs: Bool)] {
        guard let sample = PooledSample(reference: SortedSample(first), current: SortedSample(second)) else {
            return []
        }
        let bins = AlignedCounts(decilesOf: sample)
        let psi = PopulationStability(bins)
        return [
            ("finding", DriftRule().judge([DriftEvidence(sample)])[0].verdict == .drift),
            ("KS", KolmogorovSmirnov(sample).pValue <= 0.05),
            ("AD", (AndersonDarling(sample)?.pValue ?? 1) <= 0.05),
            ("CvM", (CramerVonMises(sample)?.pValueGivenTies ?? 1) <= 0.05),
            ("upper tail", (TailShare(sample, .upper)?.pValue ?? 1) <= 0.05),
            ("PSI band", psi.statistic > psi.nullUpperBound),
        ]
    }

    private static func categories(_ first: [Double], _ second: [Double]) -> [(method: String, differs: Bool)] {
        let names = Set(first).union(second).sorted()
        let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        func count(_ values: [Double]) -> [Int] {
            values.reduce(into: Array(repeating: 0, count: names.count)) { counts, value in
                if let place = places[value] { counts[place] += 1 }
            }
        }
        guard let counts = AlignedCounts(reference: count(first), current: count(second)) else { return [] }
        let pooled = counts.poolingRareCells()
        let psi = PopulationStability(
            counts.poolingRareCells(expected: AlignedCounts.leastExpectedForStability))
        return [
            ("finding", DriftRule().judge([DriftEvidence(counts)])[0].verdict == .drift),
            ("chi-square", (ChiSquareHomogeneity(pooled)?.pValue ?? 1) <= 0.05),
            ("G", (GTest(pooled)?.correctedPValue ?? 1) <= 0.05),
            ("PSI band", psi.statistic > psi.nullUpperBound),
        ]
    }
}

extension PairTrial {
    /// A cell or two of each distribution.
    static let quick =
        [
            trial("normal", 1001, 100), trial("lognormal", 5000, 500), trial("Pareto 1.5", 5000, 500),
            trial("Poisson 3", 5000, 100), trial("5 categories", 500, 500), trial("Zipf 200", 500, 500),
        ].compactMap { $0 } + changed

    /// Every distribution at every pair of sizes.
    static let grid: [PairTrial] = {
        let sizes = [
            (100, 100), (1000, 100), (1001, 100), (5000, 100), (500, 500), (5000, 500), (500, 5000), (5000, 5000),
            (50_000, 500), (50_000, 50_000),
        ]
        return distributions.flatMap { distribution in
            sizes.compactMap { trial(distribution.name, $0.0, $0.1) }
        } + changed
    }()

    private static func trial(_ name: String, _ reference: Int, _ current: Int) -> PairTrial? {
        distributions.first { $0.name == name }.map {
            PairTrial(name: name, reference: reference, current: current, isNumeric: $0.isNumeric, draw: $0.draw)
        }
    }

    private static let distributions: [(name: String, isNumeric: Bool, draw: Draw)] = [
        ("normal", true, { random, _ in random.normal() }),
        ("lognormal", true, { random, _ in exp(6.5 + random.normal()) }),
        ("Pareto 1.5", true, { random, _ in exp(-log(1 - random.unit()) / 1.5) }),
        (
            "Poisson 3", true,
            { random, _ in
                var (count, product, limit) = (0.0, 1 - random.unit(), exp(-3.0))
                while product > limit {
                    count += 1
                    product *= 1 - random.unit()
                }
                return count
            }
        ),
        (
            "5 categories", false,
            { random, _ in
                let place = random.unit()
                return Double([0.7, 0.85, 0.95, 0.98].firstIndex { place < $0 } ?? 4)
            }
        ),
        ("Zipf 200", false, { random, _ in Double(zipf.firstIndex(above: random.unit())) }),
    ]

    /// Cumulative shares of 200 categories of which the k-th has 1/k of the first one's.
    private static let zipf: [Double] = {
        let weights = (1...200).map { 1 / Double($0) }
        let total = weights.reduce(0, +)
        var sum = 0.0
        return weights.map {
            sum += $0 / total
            return sum
        }
    }()

    private static let changed: [PairTrial] = [
        PairTrial(
            name: "lognormal × 1.1", reference: 5000, current: 5000, isNull: false,
            draw: { random, isCurrent in exp(6.5 + random.normal()) * (isCurrent ? 1.1 : 1) }),
        PairTrial(
            name: "lognormal, top 5 % × 3", reference: 5000, current: 500, isNull: false,
            draw: { random, isCurrent in
                let z = random.normal()
                return exp(6.5 + z) * (isCurrent && z > 1.6449 ? 3 : 1)
            }),
    ]
}

extension [Double] {
    /// The index of the first element above `value` in an ascending array; the last one where none is.
    fileprivate func firstIndex(above value: Double) -> Int {
        var (low, high) = (0, count - 1)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] <= value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

import Foundation
import StewardJSON
import StewardStatistics

/// Pairs of samples that are alike, or differ by a known amount, and how many of them each method tells apart.
struct PairTrial: Sendable {
    typealias Draw = @Sendable (inout SplitMix64, _ isCurrent: Bool) -> Double

    struct Result: Sendable {
        var method: String
        var samples: String
        var sizes: String
        var draws: Int
        /// The share of pairs that the method states to differ.
        var rate: Double
        var isNull: Bool

        var json: JSONValue {
            [
                "method": .string(method), "samples": .string(samples), "sizes": .string(sizes),
                "stated": .number(rate), "unchanged": .bool(isNull),
            ]
        }
    }

    var name: String
    var reference: Int
    var current: Int
    var isNumeric = true
    var isNull = true
    var draw: Draw

    func run(draws: Int, seed: UInt64) -> [Result] {
        var random = SplitMix64(state: seed ^ 0xD1B5_4A32_D192_ED03)
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
        return stated.map {
            Result(
                method: $0.method, samples: name, sizes: "\(reference) vs \(current)", draws: draws,
                rate: Double($0.count) / Double(draws), isNull: isNull)
        }
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
            ("Anderson–Darling", (AndersonDarling(sample)?.pValue ?? 1) <= 0.05),
            ("Cramér–von Mises", (CramerVonMises(sample)?.pValueGivenTies ?? 1) <= 0.05),
            ("upper tail", (TailShare(sample, .upper)?.pValue ?? 1) <= 0.05),
            ("PSI above its band", psi.statistic > psi.nullUpperBound),
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
        return [
            ("finding", DriftRule().judge([DriftEvidence(counts)])[0].verdict == .drift),
            ("chi-square, pooled", (ChiSquareHomogeneity(pooled)?.pValue ?? 1) <= 0.05),
            ("G, pooled", (GTest(pooled)?.pValue ?? 1) <= 0.05),
        ]
    }
}

extension PairTrial {
    static let all: [PairTrial] = {
        let normal: Draw = { random, _ in random.normal() }
        let lognormal: Draw = { random, _ in exp(6.5 + random.normal()) }
        let pareto: Draw = { random, _ in exp(-log(1 - random.unit()) / 1.5) }
        let poisson: Draw = { random, _ in
            var (count, product, limit) = (0.0, 1 - random.unit(), exp(-3.0))
            while product > limit {
                count += 1
                product *= 1 - random.unit()
            }
            return count
        }
        let five: Draw = { random, _ in
            let place = random.unit()
            return Double([0.7, 0.85, 0.95, 0.98].firstIndex { place < $0 } ?? 4)
        }
        let zipf: Draw = { random, _ in (exp(random.unit() * log(200.0))).rounded(.down) }
        return [
            PairTrial(name: "normal", reference: 1001, current: 100, draw: normal),
            PairTrial(name: "lognormal", reference: 5000, current: 500, draw: lognormal),
            PairTrial(name: "Pareto 1.5", reference: 5000, current: 500, draw: pareto),
            PairTrial(name: "Poisson 3", reference: 5000, current: 100, draw: poisson),
            PairTrial(name: "5 categories", reference: 500, current: 500, isNumeric: false, draw: five),
            PairTrial(name: "200 categories", reference: 500, current: 500, isNumeric: false, draw: zipf),
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
    }()
}

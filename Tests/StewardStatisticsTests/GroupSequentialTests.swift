import Foundation
import StewardJSON
import Testing

@testable import StewardStatistics

@Suite struct GroupSequentialTests {
    static let answers: JSONValue = {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/sequential/bounds.json")
        return (try? JSONValue(parsing: Array(Data(contentsOf: file)))) ?? .null
    }()

    /// The bounds at shares of the planned information, each side at half of `alpha`.
    static func bounds(_ alpha: Double, _ spending: AlphaSpending, _ fractions: [Double]) -> [Double] {
        var test = GroupSequential(alpha: alpha / 2, spending: spending, planned: 1)
        return fractions.map { test.look(information: $0)?.bound ?? .nan }
    }

    static func numbers(_ json: JSONValue) -> [Double] { (json.array ?? []).compactMap(\.double) }

    /// It sums over steps of 0.05, and its search ends at an error of 10⁻⁷: so far its answers are exact.
    @Test func boundsOfThePowerFamilyAreSpotifys() throws {
        let rows = Self.answers["spotify"]?.array ?? []
        try #require(rows.count > 100)
        for row in rows.compactMap(\.array) {
            let (alpha, exponent) = (try #require(row[0].double), try #require(row[1].double))
            let fractions = Self.numbers(row[2])
            let found = Self.bounds(alpha, .power(exponent), fractions)
            for (index, (bound, expected)) in zip(found, Self.numbers(row[3])).enumerated() {
                let before = index == 0 ? 0 : pow(fractions[index - 1], exponent)
                let spent = alpha / 2 * (pow(fractions[index], exponent) - before)
                // Where it finds a crossing too rare to look for, it stops at 8.
                guard spent > 1e-6 else { continue }
                #expect(abs(bound - expected) < 4e-4 + 4e-7 / spent, "\(row): \(found)")
            }
        }
    }

    @Test func boundsAreThoseOfTheJointDistribution() throws {
        let rows = Self.answers["scipy"]?.array ?? []
        try #require(!rows.isEmpty)
        for row in rows.compactMap(\.array) {
            let spending: AlphaSpending =
                switch row[0].string {
                case "obrien_fleming": .obrienFleming
                case "pocock": .pocock
                default: .power(2)
                }
            let found = Self.bounds(try #require(row[1].double), spending, Self.numbers(row[2]))
            for (bound, expected) in zip(found, Self.numbers(row[3])) {
                #expect(abs(bound - expected) < 1e-6, "\(row): \(found)")
            }
        }
    }

    /// As printed in D. L. DeMets, K. K. G. Lan, "Interim analysis: the alpha spending function approach", Statistics
    /// in Medicine 13, 1994, and by gsDesign; the older ones are good to 10⁻⁴.
    static let tables: [(AlphaSpending, [Double], [Double])] = [
        (.obrienFleming, [0.2, 0.4, 0.6, 0.8, 1], [4.8769, 3.3569, 2.6803, 2.2898, 2.0310]),
        (.pocock, [0.2, 0.4, 0.6, 0.8, 1], [2.4380, 2.4268, 2.4101, 2.3966, 2.3859]),
        (.obrienFleming, [1 / 3, 2 / 3, 1], [3.7103, 2.5114, 1.9930]),
    ]

    @Test(arguments: tables)
    func boundsAreThoseOfTheTables(_ spending: AlphaSpending, _ fractions: [Double], _ printed: [Double]) {
        let found = Self.bounds(0.05, spending, fractions)
        for (bound, expected) in zip(found, printed) { #expect(abs(bound - expected) < 2e-4, "\(found)") }
    }

    @Test func oneLookIsATestAtAFixedSample() {
        for alpha in [0.2, 0.05, 0.001] {
            let expected = -StandardNormal.quantile(alpha / 2)
            for spending in [AlphaSpending.obrienFleming, .pocock, .power(3)] {
                #expect(abs(Self.bounds(alpha, spending, [1])[0] - expected) < 1e-12)
            }
        }
    }

    @Test func whatIsSpentNeverExceedsTheErrorAndTheLastLookSpendsTheRest() throws {
        var test = GroupSequential(alpha: 0.025, spending: .obrienFleming, planned: 1000)
        let early = [300, 700].compactMap { test.look(information: $0) }
        try #require(early.count == 2)
        #expect(early[0].bound > early[1].bound && early[1].spent < 0.025)
        var stopped = test
        #expect(stopped.look(information: 800, isLast: true)?.spent == 0.025, "an early end spends what is left")
        let late = test.look(information: 1300)
        #expect(late?.spent == 0.025, "beyond the plan all is spent")
        let soon = test.look(information: 1305)
        #expect(soon == nil, "a look of its own needs new information")
        let further = test.look(information: 1600)
        #expect(further?.bound == .infinity, "and nothing is left for another look")
    }

    @Test func pValuesAgreeWithTheBounds() {
        var test = GroupSequential(alpha: 0.025, spending: .pocock, planned: 5)
        for information in 1...5 {
            let before = test
            guard let look = test.look(information: Double(information)) else {
                Issue.record("no look \(information)")
                return
            }
            let atBound = before.pValue(statistic: look.bound, information: Double(information))
            #expect(abs(atBound - look.spent) < 1e-12)
            #expect(before.pValue(statistic: look.bound + 0.1, information: Double(information)) < look.spent)
            #expect(before.pValue(statistic: .nan, information: Double(information)) == 1)
        }
    }

    /// With the same looks, at the same error: false alarms as promised, and more power than a confidence sequence.
    /// `STEWARD_SIMULATIONS` sets how many experiments are made up (2,000).
    @Test func itKeepsItsErrorAndFindsMoreThanAConfidenceSequence() {
        let runs = ProcessInfo.processInfo.environment["STEWARD_SIMULATIONS"].flatMap { Int($0) } ?? 2000
        let (alpha, most, looks) = (0.05, 10_000.0, 10)
        for spending in [AlphaSpending.obrienFleming, .pocock, .power(2)] {
            var test = GroupSequential(alpha: alpha / 2, spending: spending, planned: most)
            let bounds = (1...looks).map {
                test.look(information: most * Double($0) / Double(looks))?.bound ?? .nan
            }
            // At this effect, a test at the fixed sample has a power of 0.9.
            for effect in [0, 3.2415 / most.squareRoot()] {
                var generator = SplitMix64(seed: 7)
                var found = (grouped: 0, sequence: 0, size: 0.0)
                for _ in 0..<runs {
                    var sum = 0.0
                    var (isGrouped, isSequence) = (false, false)
                    for look in 1...looks {
                        let step = most / Double(looks)
                        let count = step * Double(look)
                        let normal = StandardNormal.quantile(Double.random(in: 1e-15..<1, using: &generator))
                        sum += step * effect + step.squareRoot() * normal
                        if !isGrouped, abs(sum) / count.squareRoot() > bounds[look - 1] {
                            isGrouped = true
                            found.size += count
                        }
                        let sequence = NormalMixture(optimalAt: most, alpha: alpha, sides: .two)
                        isSequence = isSequence || sequence.logEValue(sum: sum, variance: count) >= -log(alpha)
                    }
                    if isGrouped { found.grouped += 1 } else { found.size += most }
                    if isSequence { found.sequence += 1 }
                }
                let shares = [found.grouped, found.sequence].map { Double($0) / Double(runs) }
                print(
                    "\(spending), effect \(effect): group sequential \(shares[0]), confidence sequence \(shares[1]), "
                        + "sample \(Int(found.size / Double(runs))) of \(Int(most)) on average; \(runs) runs, seed 7")
                let noise = 4 * (alpha * (1 - alpha) / Double(runs)).squareRoot()
                if effect == 0 {
                    #expect(abs(shares[0] - alpha) < noise && shares[1] < alpha)
                } else {
                    #expect(shares[0] > shares[1] + 0.05 && shares[0] > 0.8)
                }
            }
        }
    }
}

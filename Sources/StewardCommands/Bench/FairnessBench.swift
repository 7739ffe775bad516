import ArgumentParser
import Foundation
import StewardJSON
import StewardModel
import StewardStatistics

/// What an audit costs, on this machine: medians of several rounds in one process and one thread.
struct FairnessBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fairness", abstract: "Measure what bias audits cost.",
        discussion: """
            The same decisions can be written to a file for other programs: 'scripts/bench fairness' runs them beside.

            Example:
              steward bench fairness --rounds 5 --output json
              steward bench fairness --write decisions.csv
            """)

    @Option(help: "Rounds, of which the median is shown.") var rounds = 5
    @Option(help: "Decisions.") var rows = 100_000
    @Option(help: "Write the decisions to this CSV file, and measure nothing.", completion: .file())
    var write: String?
    @Option(help: "How to print the answer: 'table' for people, 'json' for programs.") var output: OutputFormat = .table

    /// Groups of the one attribute, and combinations of the two.
    private static let (groups, columns) = (10, 4)

    func validate() throws {
        guard (1...99).contains(rounds) else { throw ValidationError("--rounds must be 1 to 99.") }
        guard (1000...10_000_000).contains(rows) else { throw ValidationError("--rows must be 1000 to 10000000.") }
    }

    func run() throws {
        let console = Console.live()
        var decisions = Self.decisions(rows)
        if let write { return try Files.write(Self.csv(decisions), to: write) }
        let median = decisions.medianScore ?? 0
        decisions.compareScores(with: median)
        let once = FairnessAudit.Settings(rules: Self.rules(isContinuous: false))
        let watched = FairnessAudit.Settings(rules: Self.rules(isContinuous: true))
        let (one, both) = (decisions.table(of: [0]), decisions.table(of: [0, 1]))
        let results = [
            measure("10 groups, from counts", "every rate, interval, test and verdict, and Local Law 144") {
                Self.audit(one, once)
            },
            measure("40 intersections, from counts", "the same") { Self.audit(both, once) },
            measure("10 groups, watched", "intervals that hold at every moment") { Self.audit(one, watched) },
            measure("40 intersections, watched", "the same") { Self.audit(both, watched) },
            measure("10 groups, from \(rows) rows", "median and counting included") { [decisions] in
                Self.audit(Self.count(decisions, [0]), once)
            },
            measure("40 intersections, from \(rows) rows", "the same") { [decisions] in
                Self.audit(Self.count(decisions, [0, 1]), once)
            },
        ]
        BenchTime.show(results, as: output, heading: "AUDIT", places: 2, on: console)
    }

    /// - Parameter audit: returns the number of groups, so that nothing can be left out.
    private func measure(_ name: String, _ note: String, _ audit: () -> Int) -> BenchTime {
        let seconds = (0..<rounds).map { _ -> Double in
            var groups = 0
            let duration = ContinuousClock().measure { groups = audit() }
            precondition(groups > 0, "an audit without groups measures nothing")
            return Double(duration.wholeMicroseconds) / 1e6
        }
        return BenchTime(name: name, seconds: seconds.sorted()[seconds.count / 2], note: note)
    }

    private static func rules(isContinuous: Bool) -> [FairnessRule] {
        [
            FairnessRule(.impactRatio, bound: 0.8, isContinuous: isContinuous),
            FairnessRule(.equalizedOddsDifference, bound: 0.1, isContinuous: isContinuous),
        ]
    }

    private static func audit(_ table: GroupTable, _ settings: FairnessAudit.Settings) -> Int {
        let audit = FairnessAudit(table, settings)
        let tables = LocalLaw144.Basis.allCases.map { LocalLaw144(table, basis: $0) }
        return audit.groups.count + audit.judgements.count + tables.count
    }

    private static func count(_ decisions: AuditedDecisions, _ attributes: [Int]) -> GroupTable {
        var decisions = decisions
        decisions.compareScores(with: decisions.medianScore ?? 0)
        return decisions.table(of: attributes)
    }

    // MARK: - Decisions

    private static func decisions(_ rows: Int) -> AuditedDecisions {
        var random = SplitMix64(seed: 144)
        var decisions = AuditedDecisions(attributes: ["group", "column"])
        for _ in 0..<rows {
            let group = Int(random.unit() * Double(groups))
            let score = (random.unit() * 1e6).rounded() / 1e6
            decisions.attributes[0].append("g\(group)")
            decisions.attributes[1].append("c\(Int(random.unit() * Double(columns)))")
            decisions.decisions.append(
                AuditedDecision(
                    isSelected: score > 0.55 + 0.01 * Double(group), isPositive: random.unit() < score, score: score))
        }
        return decisions
    }

    private static func csv(_ decisions: AuditedDecisions) -> [UInt8] {
        var text = "group,column,y_true,y_pred,score\n"
        for (index, decision) in decisions.decisions.enumerated() {
            let names = decisions.attributes.map { $0.values[Int($0.codes[index])] }
            text +=
                "\(names[0]),\(names[1]),\(decision.isPositive == true ? 1 : 0),\(decision.isSelected ? 1 : 0),"
                + "\(decision.score ?? 0)\n"
        }
        return Array(text.utf8)
    }
}

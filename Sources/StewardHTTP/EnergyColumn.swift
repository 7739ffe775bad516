import StewardJSON
import StewardPolicy
import StewardStore

/// Estimates of electricity and CO₂ equivalents beside rows of costs.
struct EnergyColumn {
    struct Sum {
        var wattHours = EnergyEstimates.Range.zero
        var grams = EnergyEstimates.Range.zero
        /// Output tokens of models that somebody has published a figure for, and of all.
        var coveredTokens: Int64 = 0
        var tokens: Int64 = 0

        /// Whether there is anything to show: where no model is known, the estimate is absent, not zero.
        var isKnown: Bool { coveredTokens > 0 || tokens == 0 }

        mutating func add(_ other: Sum) {
            wattHours.add(other.wattHours)
            grams.add(other.grams)
            coveredTokens += other.coveredTokens
            tokens += other.tokens
        }
    }

    static let csvNames = [
        "energy_wh", "energy_wh_lower", "energy_wh_upper", "co2e_g", "co2e_g_lower", "co2e_g_upper",
        "energy_covered_output_tokens",
    ]

    private var sums: [[String?]: Sum] = [:]
    private(set) var total = Sum()
    /// Where the figures come from that were used, in the order of the files.
    private(set) var sources: [String] = []

    /// - Parameter rows: spend by the report's dimensions and then by model.
    init(_ rows: [SpendRow], estimates: [EnergyEstimates]) {
        var used: Set<String> = []
        for row in rows {
            var sum = Sum(tokens: row.spend.outputTokens)
            let model = row.group.last ?? nil
            if let model, let (file, entry) = Self.entry(for: model, estimates), row.spend.outputTokens > 0 {
                sum.coveredTokens = row.spend.outputTokens
                sum.wattHours.add(entry.wattHours, times: Double(row.spend.outputTokens) / 1e6)
                sum.grams = file.grams(sum.wattHours)
                used.formUnion([file.gridSource, entry.source])
            }
            sums[Array(row.group.dropLast()), default: Sum()].add(sum)
            total.add(sum)
        }
        sources = estimates.flatMap { [$0.gridSource] + $0.entries.map(\.source) }.filter(used.contains)
    }

    private static func entry(
        for model: String, _ estimates: [EnergyEstimates]
    ) -> (EnergyEstimates, EnergyEstimates.Entry)? {
        for file in estimates { if let entry = file.entry(for: model) { return (file, entry) } }
        return nil
    }

    subscript(group: [String?]) -> Sum { sums[group] ?? Sum() }
}

extension EnergyColumn.Sum {
    private var numbers: [Double] {
        [wattHours.expected, wattHours.lower, wattHours.upper, grams.expected, grams.lower, grams.upper]
    }

    func write(to writer: inout JSONWriter) {
        for (name, number) in zip(EnergyColumn.csvNames, numbers) { writer.member(name, isKnown ? number : nil) }
        writer.member("energy_covered_output_tokens", coveredTokens)
    }

    var csv: [String] {
        numbers.map { isKnown ? JSONValue.number($0).text.map { String(UnicodeScalar($0)) }.joined() : "" }
            + [String(coveredTokens)]
    }
}

import StewardModel
import StewardStatistics
import StewardStore

/// How well the groups of one declaration are served, apart from what is decided about them: how long they wait, how
/// much they get, what goes wrong, and every score and rating of theirs.
package struct ServiceQuality: Sendable {
    /// Signals shown, at most; the built-in ones come first.
    private static let maximumSignals = 40

    package struct Group: Sendable {
        package var group: [String]
        /// `nil` where no event of the group had the signal.
        package var mean: GroupMean?
        /// Of a signal that is yes or no, such as a refusal: how often it was yes.
        package var proportion: Proportion?
        package var median: Double?
        package var p95: Double?
        /// Of the mean being that of the reference, after Holm's correction over the groups.
        package var adjustedPValue: Double?
    }

    package struct Line: Sendable {
        /// A number, or the status, whose mean is the error rate.
        package var signal: Signal.Description
        package var groups: [Group]

        /// As rules and reports name it.
        package var name: String { signal.signal == .status ? "error_rate" : signal.name }
    }

    package let attributes: [String]
    package let reference: [String]?
    package let confidence: Double
    package let lines: [Line]

    /// - Parameter named: what is known of the signals whose names senders chose.
    init(
        _ evidence: BiasEvidence, reference: [String]?, _ confidence: Double, named: [Signal: Signal.Description]
    ) {
        attributes = evidence.declaration.attributes
        self.reference = reference
        self.confidence = confidence
        let groups = evidence.cells.compactMap { value, cell -> (group: [String], cell: GroupCell)? in
            if case .known(let values) = value { (values, cell) } else { nil }
        }.sorted { $0.group.lexicographicallyPrecedes($1.group) }
        let present = Set(groups.flatMap { $0.cell.signals.signals.map(\.signal) })
        lines = present.sorted { $0.rawValue < $1.rawValue }.compactMap { signal -> Line? in
            guard let known = signal.description ?? named[signal], known.kind == .numeric || signal == .status else {
                return nil
            }
            return Line(signal: known, groups: Self.compare(groups, known, reference))
        }.prefix(Self.maximumSignals).map { $0 }
    }

    private static func compare(
        _ groups: [(group: [String], cell: GroupCell)], _ known: Signal.Description, _ reference: [String]?
    ) -> [Group] {
        let (signal, scale) = (known.signal, known.scale)
        let isYesOrNo = signal == .status || known.unit == "share"
        var result = groups.map { group, cell -> Group in
            guard let counts = cell.signals[signal], let mean = GroupMean(counts.values, sum: counts.sum, scale: scale)
            else { return Group(group: group) }
            return Group(
                group: group, mean: mean,
                proportion: isYesOrNo ? Proportion(counts.sum, of: counts.values.count) : nil,
                median: counts.values.quantile(0.5).map { $0 / scale },
                p95: counts.values.quantile(0.95).map { $0 / scale })
        }
        guard let base = result.first(where: { $0.group == reference })?.mean else { return result }
        let pValues = result.indices.compactMap { index -> (index: Int, p: Double)? in
            guard result[index].group != reference else { return nil }
            return result[index].mean?.pValue(against: base).map { (index, $0) }
        }
        for (pair, adjusted) in zip(pValues, Multiplicity.holm.adjusted(pValues.map(\.p))) {
            result[pair.index].adjustedPValue = adjusted
        }
        return result
    }
}

import StewardJSON
import StewardModel
import StewardStatistics

/// A stored bias audit, read back: the tables of counts, from which every number is computed again.
struct BiasReport {
    /// The daemon's whole answer.
    let answer: JSONValue
    /// The report within it, whose digest is on record.
    let json: JSONValue
    let deployment: String
    let version: String
    let id: String
    let record: Int64
    let time: String
    let verdict: FairnessVerdict
    let rules: [FairnessRule]
    let confidence: Double
    let audits: [FairnessAudit]
    let localLaw144: [LocalLaw144]

    /// - Throws: `verificationFailed` where the counts do not give the verdict that stands beside them.
    init(_ answer: JSONValue, _ deployment: String) throws {
        self.answer = answer
        guard let json = answer["report"], let audit = answer["audit"], json["format"]?.int64 == 1,
            let id = audit["id"]?.string, let record = audit["record"]?.int64, let time = audit["time"]?.string,
            let version = json["version"]?.string, let declared = json["declared"],
            let confidence = declared["confidence"]?.double,
            let verdict = json["verdict"]?.string.flatMap(FairnessVerdict.init)
        else { throw Self.unreadable("report") }
        (self.json, self.deployment, self.version, self.id) = (json, deployment, version, id)
        (self.record, self.time, self.verdict, self.confidence) = (record, time, verdict, confidence)
        let rules = try declared.rows("rules").map(Self.rule)
        self.rules = rules
        let tables = try json.rows("attributes").map { try Self.table($0) }
        audits = tables.map { entry in
            FairnessAudit(entry.table, .init(confidence: confidence, reference: entry.reference, rules: rules))
        }
        let share = declared["exclude_below_share"]?.double
        localLaw144 = json.rows("local_law_144").compactMap { law in
            guard let basis = law["basis"]?.string.flatMap(LocalLaw144.Basis.init),
                let table = tables.first(where: { $0.name == law["name"]?.string })?.table
            else { return nil }
            return LocalLaw144(table, basis: basis, excludedBelowShare: share, confidence: confidence)
        }
        for (computed, stored) in zip(audits, json.rows("attributes"))
        where computed.verdict.rawValue != stored["verdict"]?.string {
            throw StewardError(
                .verificationFailed,
                "the counts give '\(computed.verdict.rawValue)', the report says '\(stored.text("verdict"))'; "
                    + "was it made by another version of steward?", field: stored.text("name"))
        }
    }

    private static func unreadable(_ field: String) -> StewardError {
        StewardError(.internal, "the daemon gave a report that this version cannot read", field: field)
    }

    private static func rule(_ json: JSONValue) throws -> FairnessRule {
        guard let measure = json["measure"]?.string.flatMap(FairnessMeasure.init), let bound = json["bound"]?.double,
            let margin = json["margin"]?.double, let trials = json["minimum_trials"]?.int64,
            let successes = json["minimum_successes"]?.int64,
            let correction = json["correction"]?.string.flatMap(Multiplicity.init),
            let confidence = json["confidence"]?.double
        else { throw unreadable("rules") }
        return FairnessRule(
            measure, bound: bound, margin: margin, minimumTrials: trials, minimumSuccesses: successes,
            correction: correction, confidence: confidence, isContinuous: json["continuous"]?.bool ?? false)
    }

    private static func table(
        _ json: JSONValue
    ) throws -> (name: String, table: GroupTable, reference: [String]?) {
        var table = GroupTable(attributes: json.rows("columns").compactMap(\.string))
        var reference: [String]?
        for group in json.rows("groups") {
            let values = group.rows("values").compactMap(\.string)
            guard values.count == table.attributes.count, let decisions = group["n"]?.int64,
                let selected = group["selected"]?.int64, decisions >= selected, selected >= 0
            else { throw unreadable("groups") }
            var counts = GroupCounts(decisions: decisions, selected: selected)
            counts.truePositives = group["tp"]?.int64 ?? 0
            counts.falsePositives = group["fp"]?.int64 ?? 0
            counts.falseNegatives = group["fn"]?.int64 ?? 0
            counts.trueNegatives = group["tn"]?.int64 ?? 0
            counts.scores = scores(group)
            table.add(counts, to: values)
            if group["name"]?.string == json["reference"]?.string { reference = values }
        }
        table.add(GroupCounts(decisions: json["unknown"]?.int64 ?? 0, selected: 0), to: nil)
        table.addOverflow(GroupCounts(decisions: json["beyond_limit"]?.int64 ?? 0, selected: 0))
        return (json.text("name"), table, reference)
    }

    private static func scores(_ group: JSONValue) -> ScoreCounts {
        let bins = group.rows("score_bins").map { bin in
            let labelled = bin["labelled"]?.int64 ?? 0
            return ScoreCounts.Bin(
                count: bin["count"]?.int64 ?? 0, labelled: labelled, positives: bin["positives"]?.int64 ?? 0,
                labelledSum: (bin["mean_score"]?.double ?? 0) * Double(labelled))
        }
        guard bins.count == ScoreCounts.binCount else { return ScoreCounts() }
        let scoring = group["rates"]?[GroupRate.scoring.rawValue]
        let count = max(scoring?["trials"]?.int64 ?? 0, bins.reduce(0) { $0 + $1.count })
        return ScoreCounts(
            count: count, sum: (group["mean_score"]?.double ?? 0) * Double(count),
            compared: scoring?["trials"]?.int64 ?? 0, above: scoring?["successes"]?.int64 ?? 0, bins: bins)
    }
}

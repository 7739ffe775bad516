import StewardJSON
import StewardStatistics

extension FairnessAudit {
    /// The audit for programs: every number in full, `null` for what is undefined.
    package var json: JSONValue { FairnessJSON.json(self) }
}

extension LocalLaw144 {
    package var json: JSONValue { FairnessJSON.json(self) }
}

private enum FairnessJSON {
    fileprivate static func json(_ audit: FairnessAudit) -> JSONValue {
        [
            "name": .string(audit.attributes.joined(separator: " x ")),
            "columns": .array(audit.attributes.map { .string($0) }), "verdict": .string(audit.verdict.rawValue),
            "reference": audit.reference.map { .string(GroupTable.label($0)) } ?? .null,
            "unknown": .integer(audit.unknown.decisions), "beyond_limit": .integer(audit.overflow.decisions),
            "groups": .array(audit.groups.map { json($0, audit) }),
            "omnibus": .object(
                audit.families.map { .init(name: $0.rate.rawValue, value: $0.omnibus.map(json) ?? .null) }),
            "gaps": .object(audit.families.map { .init(name: $0.rate.rawValue, value: json($0.gap)) }),
            "comparisons": .object(
                audit.families.map { family in
                    .init(name: family.rate.rawValue, value: .array(family.pairs.map { json($0, audit.confidence) }))
                }),
            "measures": .array(audit.judgements.map(json)),
        ]
    }

    private static func json(_ group: FairnessAudit.Group, _ audit: FairnessAudit) -> JSONValue {
        let counts = group.counts
        let calibration = counts.scores.calibration
        // Without any truth a cell of the confusion matrix is unknown, which is not 0.
        func cell(_ count: Int64) -> JSONValue { counts.labelled > 0 ? .integer(count) : .null }
        return [
            "name": .string(GroupTable.label(group.group)), "values": .array(group.group.map { .string($0) }),
            "n": .integer(counts.decisions), "share": .number(group.share), "selected": .integer(counts.selected),
            "labelled": .integer(counts.labelled), "tp": cell(counts.truePositives), "fp": cell(counts.falsePositives),
            "fn": cell(counts.falseNegatives), "tn": cell(counts.trueNegatives),
            "rates": .object(
                audit.families.map { family in
                    let proportion = family.rate.proportion(of: counts)
                    return .init(
                        name: family.rate.rawValue,
                        value: [
                            "rate": number(proportion.rate), "successes": .integer(proportion.successes),
                            "trials": .integer(proportion.trials),
                            "wilson": json(proportion.wilson(confidence: audit.confidence)),
                            "clopper_pearson": json(proportion.clopperPearson(confidence: audit.confidence)),
                        ])
                }),
            "mean_score": number(counts.scores.mean),
            "calibration": calibration.map { bias, expectedError, labelled in
                ["bias": .number(bias), "expected_error": .number(expectedError), "n": .integer(labelled)]
            } ?? .null,
            "score_bins": counts.scores.count == 0
                ? .null
                : .array(
                    counts.scores.bins.map { bin in
                        [
                            "count": .integer(bin.count), "labelled": .integer(bin.labelled),
                            "positives": .integer(bin.positives), "mean_score": number(bin.meanScore),
                        ]
                    }),
            "shrunken_selection_rate": group.shrunkenSelection.map {
                ["rate": .number($0.rate), "interval": json($0.interval)]
            } ?? .null,
        ]
    }

    private static func json(_ pair: FairnessAudit.Family.Pair, _ confidence: Double) -> JSONValue {
        [
            "group": .string(GroupTable.label(pair.group)), "difference": number(pair.comparison?.difference),
            "difference_newcombe": json(pair.comparison?.newcombe(confidence: confidence)),
            "ratio": number(pair.comparison?.ratio),
            "ratio_katz": json(pair.comparison?.katz(confidence: confidence)),
            "z": number(pair.comparison?.pooledZ), "p_z": number(pair.comparison?.pooledPValue),
            "p_fisher": number(pair.fisher?.pValue), "p_mid": number(pair.fisher?.midPValue),
            "p_holm": number(pair.holm), "p_bh": number(pair.benjaminiHochberg),
        ]
    }

    private static func json(_ omnibus: OmnibusTest) -> JSONValue {
        [
            "statistic": .number(omnibus.statistic), "degrees_of_freedom": .integer(Int64(omnibus.degreesOfFreedom)),
            "p_value": .number(omnibus.pValue), "cramers_v": .number(omnibus.cramersV),
            "approximate": .bool(omnibus.isApproximate),
        ]
    }

    private static func json(_ gap: RateGap) -> JSONValue {
        [
            "difference": number(gap.difference), "ratio": number(gap.ratio),
            "difference_to_overall": number(gap.differenceToOverall), "ratio_to_overall": number(gap.ratioToOverall),
        ]
    }

    private static func json(_ judgement: FairnessJudgement) -> JSONValue {
        let rule = judgement.rule
        return [
            "measure": .string(rule.measure.rawValue), "bound": .number(rule.bound), "margin": .number(rule.margin),
            "correction": .string(rule.correction.rawValue), "family_size": .integer(Int64(judgement.familySize)),
            "minimum_trials": .integer(rule.minimumTrials), "minimum_successes": .integer(rule.minimumSuccesses),
            "verdict": .string(judgement.verdict.rawValue), "sentence": .string(judgement.sentence),
            "groups": .array(
                judgement.entries.map { entry in
                    [
                        "group": .string(GroupTable.label(entry.group)), "rate": .string(entry.rate.rawValue),
                        "reference": judgement.references[entry.rate].map { .string(GroupTable.label($0)) } ?? .null,
                        "estimate": number(entry.estimate), "interval": json(entry.interval),
                        "evidence_against": entry.evidence.map { .string(GroupTable.label($0.reference)) } ?? .null,
                        "p_value": number(entry.pValue), "adjusted_p_value": number(entry.adjustedPValue),
                        "verdict": .string(entry.verdict.rawValue), "reason": .string(entry.reason),
                    ]
                }),
        ]
    }

    fileprivate static func json(_ table: LocalLaw144) -> JSONValue {
        [
            "name": .string(table.attributes.joined(separator: " x ")), "basis": .string(table.basis.rawValue),
            "highest": table.highest.map { .string(GroupTable.label($0)) } ?? .null,
            "unknown": .integer(table.unknown), "excluded_below_share": number(table.excludedBelowShare),
            "categories": .array(
                table.categories.map { category in
                    [
                        "name": .string(GroupTable.label(category.category)), "n": .integer(category.applicants),
                        "share": .number(category.share), "rate": number(category.rate.rate),
                        "impact_ratio": number(category.impactRatio), "interval": json(category.interval),
                        "excluded": .bool(category.isExcluded),
                    ]
                }),
        ]
    }

    private static func number(_ value: Double?) -> JSONValue {
        value.flatMap { $0.isFinite ? .number($0) : nil } ?? .null
    }

    /// `[lower, upper]`; an end that is infinite is `null`.
    private static func json(_ interval: ConfidenceInterval?) -> JSONValue {
        interval.map { [number($0.lower), number($0.upper)] } ?? .null
    }
}

import StewardAnalysis
import StewardJSON
import StewardStatistics

/// The comparison as JSON. What is not defined for a column is `null`, never a number that reads as a pass.
enum DriftJSON {
    static func value(_ report: FileDriftReport) -> JSONValue {
        [
            "drift": .bool(report.hasDrift), "alpha": .number(report.rule.alpha),
            "correction": "holm", "min_effect": .number(report.rule.leastShareMoved),
            "min_tail_ratio": .number(report.rule.leastTailRatio), "min_rows": integer(report.rule.leastRows),
            "columns": .array(report.columns.map { column($0, report.rule) }),
        ]
    }

    private static func column(_ column: FileDriftReport.Column, _ rule: DriftRule) -> JSONValue {
        let judgement = column.judgement
        let adjusted = zip(column.evidence.tests, judgement.adjustedPValues).map {
            JSONValue.Member(name: $0.method.rawValue, value: .number($1))
        }
        return [
            "name": .string(column.name), "kind": .string(column.kind.rawValue),
            "n_reference": integer(column.referenceCount), "n_current": integer(column.currentCount),
            "verdict": .string(judgement.verdict.rawValue),
            "reason": .string(DriftText.reason(column, rule)),
            "decided_by": .array(judgement.deciding.map { .string($0.rawValue) }),
            "adjusted_p_values": .object(adjusted),
            "missing_rows": [
                "reference": integer(judgement.missingReferenceRows), "current": integer(judgement.missingCurrentRows),
            ],
            "notes": .array(column.notes.map { .string($0) }),
            "tests": .object(tests(column)),
        ]
    }

    private static func tests(_ column: FileDriftReport.Column) -> [JSONValue.Member] {
        var members: [JSONValue.Member] =
            switch column.statistics {
            case .numeric(let numeric): ranks(numeric) + cells(numeric.deciles)
            case .categorical(let categorical):
                cells(categorical.cells) + [
                    .init(name: "chi_square_pooled", value: chiSquare(categorical.pooled)),
                    .init(name: "fisher", value: categorical.fisher.map { ["p_value": .number($0.pValue)] } ?? nil),
                ]
            case nil: []
            }
        if let missing = column.missing {
            members.append(
                .init(
                    name: "missing",
                    value: [
                        "reference": .number(missing.referenceShare), "current": .number(missing.currentShare),
                        "p_value": .number(missing.pValue),
                    ]))
        }
        return members
    }

    private static func ranks(_ numeric: FileDriftStatistics.Numeric) -> [JSONValue.Member] {
        let ks = numeric.ks
        return [
            .init(
                name: "ks",
                value: [
                    "statistic": .number(ks.statistic), "location": .number(ks.location),
                    "p_value": .number(ks.asymptoticPValue), "p_exact": number(ks.exactPValue),
                ]),
            .init(
                name: "anderson_darling",
                value: numeric.andersonDarling.map {
                    [
                        "statistic": .number($0.statistic), "p_value": .number($0.tabulatedPValue),
                        "p_given_ties": .number($0.pValue),
                    ]
                } ?? nil),
            .init(
                name: "cramer_von_mises",
                value: numeric.cramerVonMises.map {
                    [
                        "statistic": .number($0.statistic), "p_value": .number($0.pValue),
                        "p_given_ties": .number($0.pValueGivenTies),
                    ]
                } ?? nil),
            .init(
                name: "mann_whitney",
                value: [
                    "statistic": .number(numeric.mannWhitney.statistic), "p_value": .number(numeric.mannWhitney.pValue),
                ]),
            .init(
                name: "welch_t",
                value: numeric.welch.map {
                    [
                        "statistic": .number($0.statistic), "degrees_of_freedom": .number($0.degreesOfFreedom),
                        "p_value": .number($0.pValue),
                    ]
                } ?? nil),
            .init(name: "tail_lower", value: tail(numeric.lowerTail)),
            .init(name: "tail_upper", value: tail(numeric.upperTail)),
            .init(
                name: "wasserstein",
                value: [
                    "statistic": .number(numeric.wasserstein.distance),
                    "over_std": number(numeric.wasserstein.overStandardDeviation),
                    "over_iqr": number(numeric.wasserstein.overIQR),
                ]),
            .init(name: "energy_distance", value: ["statistic": .number(numeric.energyDistance)]),
        ]
    }

    private static func tail(_ tail: TailShare?) -> JSONValue {
        guard let tail else { return nil }
        return [
            "threshold": .number(tail.threshold), "beyond_reference": integer(tail.referenceBeyond),
            "beyond_current": integer(tail.currentBeyond), "ratio": number(tail.ratio),
            "p_value": .number(tail.pValue),
        ]
    }

    private static func cells(_ cells: FileDriftStatistics.Cells) -> [JSONValue.Member] {
        [
            .init(
                name: "jensen_shannon",
                value: ["statistic": .number(cells.jensenShannon), "natural": .number(cells.jensenShannonNatural)]),
            .init(name: "hellinger", value: ["statistic": .number(cells.hellinger)]),
            .init(name: "total_variation", value: ["statistic": .number(cells.totalVariation)]),
            .init(
                name: "psi",
                value: [
                    "statistic": .number(cells.stability.statistic), "corrected": .number(cells.stability.corrected),
                    "band_95": .number(cells.stability.nullUpperBound), "laplace": .number(cells.stability.laplace),
                ]),
            .init(name: "chi_square", value: chiSquare(cells.chiSquare)),
            .init(
                name: "g_test",
                value: cells.gTest.map {
                    [
                        "statistic": .number($0.statistic), "degrees_of_freedom": integer($0.degreesOfFreedom),
                        "p_value": .number($0.pValue), "corrected_p_value": .number($0.correctedPValue),
                    ]
                } ?? nil),
            .init(name: "cramers_v", value: cells.cramersV.map { ["statistic": .number($0)] } ?? nil),
        ]
    }

    private static func chiSquare(_ test: ChiSquareHomogeneity?) -> JSONValue {
        guard let test else { return nil }
        return [
            "statistic": .number(test.statistic), "degrees_of_freedom": integer(test.degreesOfFreedom),
            "p_value": .number(test.pValue),
        ]
    }

    private static func integer(_ value: Int) -> JSONValue { .integer(Int64(value)) }

    /// Infinite ratios have no number in JSON.
    private static func number(_ value: Double?) -> JSONValue {
        value.map { $0.isFinite ? .number($0) : nil } ?? nil
    }
}

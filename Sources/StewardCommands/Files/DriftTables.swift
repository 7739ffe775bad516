import StewardAnalysis
import StewardModel
import StewardStatistics

/// All statistics of a column as a table of the page, each with what it asks.
enum DriftTables {
    private typealias Row = (name: String, statistic: String, pValue: Double?, meaning: String)

    static func statistics(_ column: FileDriftReport.Column) -> String {
        let deciding = Set(column.judgement.deciding)
        var rows: [Row] =
            switch column.statistics {
            case .numeric(let numeric): numbers(numeric)
            case .categorical(let categorical): categories(categorical)
            case nil: []
            }
        if let missing = column.missing {
            let shares = "\(DriftText.share(missing.referenceShare)) → \(DriftText.share(missing.currentShare))"
            rows.append(("Missing values", shares, missing.pValue, "share of rows without a value"))
        }
        let cells = rows.map { row in
            "<tr><th scope=\"row\">\(row.name)</th><td>\(row.statistic)</td>"
                + "<td>\(row.pValue.map { HTMLText.escape(DriftText.probability($0)) } ?? Humanize.absent)</td>"
                + "<td>\(row.meaning)</td></tr>"
        }
        let methods = deciding.map(\.rawValue).sorted().joined(separator: ", ")
        return """
            <div class="wide"><table><thead><tr><th scope="col">Statistic</th><th scope="col">Value</th>\
            <th scope="col">p</th><th scope="col">What it asks</th></tr></thead><tbody>
            \(cells.joined(separator: "\n"))
            </tbody></table></div>
            <p class="note">p-values here are not corrected.\(methods.isEmpty ? "" : " Decided by: \(methods).")</p>
            """
    }

    private static func numbers(_ numeric: FileDriftStatistics.Numeric) -> [Row] {
        let ks = numeric.ks
        var rows: [Row] = [
            (
                "Kolmogorov–Smirnov", Humanize.number(ks.statistic), ks.pValue,
                "largest distance of the distributions, at \(Humanize.number(ks.location)); decides"
            )
        ]
        if let test = numeric.andersonDarling {
            rows.append(
                (
                    "Anderson–Darling", Humanize.number(test.statistic), test.pValue,
                    "distance with weight on the tails; decides"
                ))
        }
        for (name, tail) in [("Lower tail", numeric.lowerTail), ("Upper tail", numeric.upperTail)] {
            guard let tail else { continue }
            rows.append(
                (
                    name,
                    "\(Humanize.count(Int64(tail.referenceBeyond))) → \(Humanize.count(Int64(tail.currentBeyond)))",
                    tail.pValue, "values beyond \(Humanize.number(tail.threshold)); decides"
                ))
        }
        if let test = numeric.cramerVonMises {
            rows.append(
                ("Cramér–von Mises", Humanize.number(test.statistic), test.pValueGivenTies, "mean squared distance"))
        }
        rows.append(
            (
                "Mann–Whitney U", Humanize.number(numeric.mannWhitney.statistic), numeric.mannWhitney.pValue,
                "whether values tend to be larger"
            ))
        if let test = numeric.welch {
            rows.append(("Welch’s t", Humanize.number(test.statistic), test.pValue, "whether the means differ"))
        }
        let wasserstein = numeric.wasserstein
        rows += [
            (
                "Wasserstein-1", Humanize.number(wasserstein.distance), nil,
                "how far values moved on average"
                    + (wasserstein.overIQR.map { "; \(Humanize.number($0)) interquartile ranges" } ?? "")
            ),
            ("Energy distance", Humanize.number(numeric.energyDistance), nil, "squared distance, in √unit"),
        ]
        return rows + cells(numeric.deciles, "in the reference’s deciles")
    }

    private static func categories(_ categorical: FileDriftStatistics.Categorical) -> [Row] {
        var rows: [Row] = []
        if let test = categorical.pooled {
            rows.append(
                (
                    "Chi-square, rare cells pooled", Humanize.number(test.statistic), test.pValue,
                    "whether the shares differ; decides"
                ))
        }
        if let fisher = categorical.fisher {
            rows.append(("Fisher’s exact test", Humanize.absent, fisher.pValue, "the same, of two categories"))
        }
        return rows + cells(categorical.cells, "over all categories")
    }

    private static func cells(_ cells: FileDriftStatistics.Cells, _ place: String) -> [Row] {
        var rows: [Row] = []
        if let test = cells.chiSquare {
            rows.append(
                (
                    "Chi-square", Humanize.number(test.statistic), test.pValue,
                    "whether the shares differ, \(place), \(test.degreesOfFreedom) degrees of freedom"
                ))
        }
        if let test = cells.gTest {
            rows.append(
                ("G-test", Humanize.number(test.statistic), test.correctedPValue, "the same by likelihood, corrected"))
        }
        let stability = cells.stability
        return rows + [
            ("Cramér’s V", cells.cramersV.map { Humanize.number($0) } ?? Humanize.absent, nil, "association, 0 to 1"),
            ("Total variation", Humanize.number(cells.totalVariation), nil, "share of rows in another cell"),
            ("Jensen–Shannon", Humanize.number(cells.jensenShannon), nil, "distance, 0 to 1"),
            ("Hellinger", Humanize.number(cells.hellinger), nil, "distance, 0 to 1"),
            (
                "PSI", Humanize.number(stability.statistic), nil,
                "\(Humanize.number(stability.corrected)) above its mean without change; without change below "
                    + "\(Humanize.number(stability.nullUpperBound)) in 95 %"
            ),
        ]
    }
}

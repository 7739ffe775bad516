import Foundation
import StewardStatistics
import Testing

@Suite("Fairness against reference answers")
struct FairnessReferenceTests {
    private func audits(_ fairnessCase: FairnessCase) throws -> [(GroupTable, FairnessAudit, Reference)] {
        let decisions = try fairnessCase.decisions()
        let attributes = try fairnessCase.answers()["attributes"]
        return try attributes.names.map { name in
            let indices = try name.components(separatedBy: " x ").map { part in
                try #require(decisions.attributes.firstIndex { $0.name == part })
            }
            let table = decisions.table(of: indices)
            return (table, FairnessAudit(table, .init()), attributes[name])
        }
    }

    @Test("rates and their intervals", arguments: FairnessCase.all)
    func rates(_ fairnessCase: FairnessCase) throws {
        let keys: [(String, GroupRate)] = [
            ("selection", .selection), ("tpr", .truePositive), ("fpr", .falsePositive), ("fnr", .falseNegative),
            ("ppv", .positivePredictiveValue), ("accuracy", .accuracy),
        ]
        for (_, audit, answers) in try audits(fairnessCase) {
            #expect(audit.groups.map { GroupTable.label($0.group) }.sorted() == answers["groups"].names)
            for group in audit.groups {
                let expected = answers["groups"][GroupTable.label(group.group)]
                #expect(Double(group.counts.decisions) == expected["n"].number)
                #expect(Double(group.counts.truePositives) == expected["tp"].number)
                #expect(Double(group.counts.falseNegatives) == expected["fn"].number)
                #expect(agree(group.counts.scores.mean, expected["mean_score"].number))
                #expect(agree(GroupRate.base.proportion(of: group.counts).rate, expected["base_rate"].number))
                for (key, rate) in keys {
                    let proportion = rate.proportion(of: group.counts)
                    let place: Comment = "\(audit.attributes) \(group.group) \(key)"
                    #expect(agree(proportion.rate, expected[key]["rate"].number), place)
                    for (interval, name) in [
                        (proportion.wilson(confidence: 0.95), "wilson95"),
                        (proportion.clopperPearson(confidence: 0.95), "clopper_pearson95"),
                    ] {
                        #expect(agree(interval?.lower, expected[key][name][0].number), place)
                        #expect(agree(interval?.upper, expected[key][name][1].number), place)
                    }
                }
            }
        }
    }

    @Test("pairs with the reference group", arguments: FairnessCase.all)
    func pairs(_ fairnessCase: FairnessCase) throws {
        let keys: [(String, GroupRate)] = [
            ("selection", .selection), ("tpr", .truePositive), ("fpr", .falsePositive),
        ]
        for (_, audit, answers) in try audits(fairnessCase) {
            for (key, rate) in keys {
                let family = try #require(audit.families.first { $0.rate == rate })
                #expect(audit.reference.map(GroupTable.label) == answers["pairwise"][key]["reference"].text)
                #expect(family.pairs.count == answers["pairwise"][key]["groups"].names.count)
                for pair in family.pairs {
                    let expected = answers["pairwise"][key]["groups"][GroupTable.label(pair.group)]
                    let place: Comment = "\(audit.attributes) \(pair.group) \(key)"
                    #expect((pair.comparison == nil) == (expected["undefined"].flag == true), place)
                    let newcombe = pair.comparison?.newcombe(confidence: 0.95)
                    let katz = pair.comparison?.katz(confidence: 0.95)
                    let numbers: [(Double?, Reference)] = [
                        (pair.comparison?.difference, expected["diff"]),
                        (newcombe?.lower, expected["diff_newcombe95"][0]),
                        (newcombe?.upper, expected["diff_newcombe95"][1]),
                        (pair.comparison?.ratio, expected["ratio"]),
                        (katz?.lower, expected["ratio_katz_log95"][0]),
                        (katz?.upper, expected["ratio_katz_log95"][1]),
                        (pair.comparison?.pooledZ, expected["z_pooled"]),
                        (pair.comparison?.pooledPValue, expected["p_z"]),
                        (pair.fisher?.pValue, expected["p_fisher"]), (pair.holm, expected["p_holm"]),
                        (pair.benjaminiHochberg, expected["p_bh"]),
                    ]
                    for (number, reference) in numbers { #expect(agree(number, reference.number), place) }
                }
            }
        }
    }

    @Test("scalars over all groups, and the omnibus test", arguments: FairnessCase.all)
    func scalars(_ fairnessCase: FairnessCase) throws {
        let keys: [(String, [GroupRate])] = [
            ("demographic_parity", [.selection]), ("equal_opportunity", [.truePositive]),
            ("false_positive_rate", [.falsePositive]), ("equalized_odds", [.truePositive, .falsePositive]),
        ]
        for (_, audit, answers) in try audits(fairnessCase) {
            let omnibus = try #require(audit.families.first { $0.rate == .selection }?.omnibus)
            #expect(agree(omnibus.statistic, answers["omnibus_chi2"]["stat"].number))
            #expect(agree(omnibus.pValue, answers["omnibus_chi2"]["p"].number))
            #expect(Double(omnibus.degreesOfFreedom) == answers["omnibus_chi2"]["dof"].number)
            #expect(agree(omnibus.cramersV, answers["omnibus_chi2"]["cramers_v"].number))
            for (key, rates) in keys {
                // That library takes a rate without trials for 0: say so, and its numbers must come out.
                let gaps = rates.map { rate in
                    RateGap(
                        audit.groups.map { rate.proportion(of: $0.counts).rate ?? 0 },
                        overall: rate.proportion(of: audit.total).rate)
                }
                let place: Comment = "\(audit.attributes) \(key)"
                let (between, overall) = (
                    answers["fairlearn"]["between_groups"], answers["fairlearn"]["to_overall"]
                )
                #expect(agree(gaps.compactMap(\.difference).max(), between["\(key)_difference"].number), place)
                #expect(agree(gaps.compactMap(\.ratio).min(), between["\(key)_ratio"].number), place)
                #expect(
                    agree(gaps.compactMap(\.differenceToOverall).max(), overall["\(key)_difference"].number), place)
                #expect(agree(gaps.compactMap(\.ratioToOverall).min(), overall["\(key)_ratio"].number), place)
            }
        }
    }

    @Test("Local Law 144", arguments: FairnessCase.all)
    func localLaw144(_ fairnessCase: FairnessCase) throws {
        let median = try fairnessCase.decisions().medianScore
        for (table, _, answers) in try audits(fairnessCase) {
            #expect(agree(median, answers["nyc_ll144"]["median_score"].number))
            for basis in LocalLaw144.Basis.allCases {
                let all = LocalLaw144(table, basis: basis)
                let large = LocalLaw144(table, basis: basis, excludedBelowShare: LocalLaw144.smallShare)
                #expect(all.categories.count == answers["nyc_ll144"][basis.rawValue].names.count)
                for (row, largeRow) in zip(all.categories, large.categories) {
                    let expected = answers["nyc_ll144"][basis.rawValue][GroupTable.label(row.category)]
                    #expect(Double(row.applicants) == expected["count"].number)
                    #expect(agree(row.share, expected["share"].number))
                    #expect(agree(row.rate.rate, expected["rate"].number))
                    #expect(agree(row.impactRatio, expected["impact_ratio"].number))
                    #expect(largeRow.isExcluded == expected["below_2pct"].flag)
                    #expect(agree(largeRow.impactRatio, expected["impact_ratio_excluding_below_2pct"].number))
                }
            }
        }
    }
}

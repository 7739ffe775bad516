import Foundation
import StewardJSON
import Testing

/// Public files of decisions come in by `steward import`, and the daemon's audit says of them what the audit of the
/// file says.
@Suite struct BiasImportTests {
    /// The file as it is published, how it is imported, and what is audited.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var csv: String
        /// Below `event:` of the map, beside deployment and version.
        var map: String
        /// A second map, of the truths that come later.
        var feedback: String?
        var policy: String
        /// Of `steward fairness`, to the same end.
        var arguments: [String]
        /// The window, where it is not the policy's own.
        var span: [String] = []
        var testDescription: String { name }
    }

    /// As the two-year file of the recidivism scores has it: two columns of one name, dates as days, ids that are
    /// numbers, the truth known later.
    private static let recidivism: Case = {
        var random = Random(seed: 7214)
        let rows = (1...1500).map { id -> String in
            let race = random.pick(["African-American", "Caucasian", "Hispanic", "Other", "Asian"], [51, 34, 9, 5, 1])
            let decile = min(10, max(1, Int(random.unit() * 9 + (race == "African-American" ? 2.4 : 1))))
            let text = decile < 5 ? "Low" : decile < 8 ? "Medium" : "High"
            let truth = random.unit() < 0.2 + Double(decile) / 25 ? 1 : 0
            let age = random.pick(["Less than 25", "25 - 45", "Greater than 45"], [22, 57, 21])
            return
                "\(id),\"doe, john\",2013-\(10 + id % 3)-\(10 + id % 18),\(random.pick(["Male", "Female"], [81, 19]))"
                + ",\(age),\(race),\(decile),\(text),\(decile),\(truth)"
        }
        return Case(
            name: "recidivism",
            csv: "id,name,compas_screening_date,sex,age_cat,race,decile_score,score_text,decile_score,two_year_recid\n"
                + rows.joined(separator: "\n") + "\n",
            map: """
                  id: {column: id, prefix: recidivism-}
                  time: compas_screening_date
                  segments.sex: sex
                  segments.race: race
                  segments.age_cat: age_cat
                  scores.decile: decile_score#2
                  outcome: score_text
                """,
            feedback: """
                feedback:
                  event_id: {column: id, prefix: recidivism-}
                  ground_truth: two_year_recid
                """,
            policy: """
                attributes: [sex, race, age_cat]
                intersections: [[sex, race, age_cat]]
                outcome: {favourable: [Low]}
                ground_truth: {favourable: ["0"]}
                score: {name: decile}
                """,
            arguments: [
                "--attribute", "sex,race,age_cat", "--outcome", "score_text", "--favourable", "Low", "--favourable",
                "0", "--truth", "two_year_recid", "--score", "decile_score#1",
            ], span: ["--since", "2013-01-01", "--until", "2014-01-01"])
    }()

    /// As the census file with a model's answers has it: unknown as a question mark, scores of six places, no time.
    private static let census: Case = {
        var random = Random(seed: 48842)
        let rows = (1...1500).map { _ -> String in
            let sex = random.pick(["Male", "Female"], [67, 33])
            let race = random.pick(["White", "Black", "Asian-Pac-Islander", "Other", "?"], [85, 9, 3, 1, 2])
            let score = Double(Int(random.unit() * (sex == "Male" ? 0.9 : 0.7) * 1e6)) / 1e6
            let income = random.unit() < score ? ">50K" : "<=50K"
            return "\(race),\(sex),\(income),\(score > 0.5 ? ">50K" : "<=50K"),\(score)"
        }
        return Case(
            name: "census", csv: "race,sex,income,prediction,probability\n" + rows.joined(separator: "\n") + "\n",
            map: """
                  time: {value: "\(Date.now.ISO8601Format())"}
                  segments.sex: sex
                  segments.race: race
                  scores.probability: probability
                  outcome: prediction
                  ground_truth: income
                """,
            policy: """
                attributes: [sex, race]
                intersections: [[sex, race]]
                unknown_values: ["?"]
                outcome: {favourable: [">50K"]}
                ground_truth: {favourable: [">50K"]}
                score: {name: probability}
                """,
            arguments: [
                "--attribute", "sex,race", "--outcome", "prediction", "--favourable", ">50K", "--truth", "income",
                "--score", "probability", "--unknown", "?",
            ])
    }()

    /// Files with answers of other programs.
    private static func reference(_ name: String, _ folder: URL, _ attributes: [String]) -> Case {
        let names = attributes.joined(separator: ", ")
        return Case(
            name: name,
            csv: (try? String(contentsOf: folder.appending(path: "\(name).csv"), encoding: .utf8)) ?? "",
            map: attributes.map { "  segments.\($0): \($0)\n" }.joined() + """
                  time: {value: "\(Date.now.ISO8601Format())"}
                  scores.score: score
                  outcome: y_pred
                  ground_truth: y_true
                """,
            policy: """
                attributes: [\(names)]
                intersections: [[\(names)]]
                outcome: {favourable: ["1"]}
                ground_truth: {favourable: ["1"]}
                score: {name: score}
                """,
            arguments: [
                "--attribute", attributes.joined(separator: ","), "--outcome", "y_pred", "--truth", "y_true", "--score",
                "score",
            ])
    }

    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../StewardStatisticsTests/Fixtures/fairness").standardized

    static let cases: [Case] =
        [recidivism, census, reference("tiny_groups", fixtures, ["group", "gender"])]
        + (ProcessInfo.processInfo.environment["STEWARD_TEST_DATA"].map {
            [reference("german", URL(filePath: $0).appending(path: "fairness"), ["sex", "age_band", "foreign"])]
        } ?? [])

    @Test(arguments: cases)
    func theDaemonSaysWhatTheFileSays(_ test: Case) async throws {
        try await withTemporaryFolder { folder in
            func file(_ name: String, _ text: String) throws -> String {
                let url = folder.appending(path: name)
                try text.write(to: url, atomically: true, encoding: .utf8)
                return url.path
            }
            let policies = folder.appending(path: "policies")
            try FileManager.default.createDirectory(at: policies, withIntermediateDirectories: true)
            let rules =
                "rules:\n  - {measure: impact_ratio, bound: 0.8}\n  - {measure: scoring_impact_ratio, bound: 0.8}"
            _ = try file(
                "policies/audit.yaml", "kind: bias\nname: audit\n\(test.policy)\n\(rules)\nlocal_law_144: {}\n")
            let csv = try file("data.csv", test.csv)
            let head = "event:\n  deployment: {value: \(test.name)}\n  version: {value: v1}\n"
            let map = try file("map.yaml", head + test.map + "\n")
            let truths = try test.feedback.map { try file("truths.yaml", $0 + "\n") }
            try await Daemon.run(settings: ["STEWARD_POLICIES": policies.path]) { daemon in
                for map in [map, truths].compactMap({ $0 }) {
                    let imported = try await daemon.steward("import", csv, "--map", map, "--restart")
                    #expect(
                        imported.status == 0 && imported.output.contains(" 0 duplicates, 0 rejected"), "\(imported)")
                }
                _ = try await daemon.client.posted(
                    "/v1/deployments/\(test.name)/versions",
                    "{\"name\":\"v1\",\"spec\":{\"provider\":\"openai\",\"model\":\"m\"}}", status: 201)
                let run = try await daemon.steward(
                    ["bias-audit", "run", test.name, "--output", "json"] + test.span)
                let id = try #require(JSONValue(parsing: run.output)["audits"]?.array?.first?["id"]?.string, "\(run)")
                let audit = try await daemon.client.json("/v1/deployments/\(test.name)/bias-audits/\(id)")
                let told = try #require(audit["report"])
                #expect(told["threshold_is_exact"] == true)
                let read = try await daemon.steward(
                    ["fairness", csv, "--intersections", "--ll144", "--output", "json"] + test.arguments + [
                        "--rule", "impact_ratio=0.8", "--rule", "scoring_impact_ratio=0.8",
                    ])
                let expected = try JSONValue(parsing: read.output)
                #expect(difference(told["threshold"], expected["median_score"]) == nil)
                for name in ["attributes", "local_law_144"] {
                    #expect(difference(told[name], expected[name]) == nil)
                }
                #expect(try await daemon.stop() == 0)
                let check = try await daemon.steward("fsck", "--data", daemon.data.path)
                #expect(check.status == 0, "\(check)")
            }
        }
    }

    /// Where two answers differ by more than 1e-9, member by member.
    private func difference(_ left: JSONValue?, _ right: JSONValue?, at path: String = "") -> String? {
        if let members = left?.members, let others = right?.members, members.count == others.count {
            return members.lazy.compactMap { difference($0.value, right?[$0.name], at: "\(path)/\($0.name)") }.first
        }
        if let left = left?.array, let right = right?.array, left.count == right.count {
            return zip(left, right).enumerated().lazy.compactMap { index, pair in
                difference(pair.0, pair.1, at: "\(path)/\(index)")
            }.first
        }
        if let left = left?.double, let right = right?.double, abs(left - right) <= 1e-9 * max(1, abs(right)) {
            return nil
        }
        return left == right && left != nil ? nil : "\(path): \(String(describing: left)), \(String(describing: right))"
    }
}

/// A reproducible sequence (Steele, Lea, Flood, 2014).
private struct Random {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func unit() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((mixed ^ (mixed >> 31)) >> 11) * 0x1p-53
    }

    mutating func pick(_ names: [String], _ weights: [Double]) -> String {
        var left = unit() * weights.reduce(0, +)
        for (name, weight) in zip(names, weights) {
            left -= weight
            if left < 0 { return name }
        }
        return names.last ?? ""
    }
}

import Foundation
import StewardJSON
import StewardModel
import StewardPolicy
import StewardStatistics
import StewardStore
import Testing

@testable import StewardAnalysis

/// Audits made from rollups say what audits of the raw rows say.
struct BiasAuditTests {
    private static let start: Int64 = 1_772_546_580

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var file: URL
        var attributes: [String]
        var testDescription: String { name }
    }

    static let cases: [Case] = {
        let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../StewardStatisticsTests/Fixtures/fairness").standardized
        let external = ProcessInfo.processInfo.environment["STEWARD_TEST_DATA"].map {
            Case(
                name: "german", file: URL(filePath: $0).appending(path: "fairness/german.csv"),
                attributes: ["sex", "age_band", "foreign"])
        }
        let tiny = Case(
            name: "tiny_groups", file: fixtures.appending(path: "tiny_groups.csv"), attributes: ["group", "gender"])
        return [tiny] + [external].compactMap { $0 }
    }()

    private static func policy(_ attributes: [String], scored: Bool = true) throws -> BiasPolicy {
        let names = attributes.joined(separator: ", ")
        let text = """
            kind: bias
            name: test
            attributes: [\(names)]
            intersections: [[\(names)]]
            outcome: {favourable: ["1"]}
            ground_truth: {favourable: ["1"]}
            \(scored ? "score: {name: points}" : "")
            rules:
              - {measure: impact_ratio, bound: 0.8}
              - {measure: equalized_odds_difference, bound: 0.1, correction: bh}
            local_law_144: {}
            """
        guard case .bias(let policy) = try PolicyDocument.parse(file: "test.yaml", text: text).get() else {
            throw StewardError(.internal, "no bias policy")
        }
        return policy
    }

    private static func rows(_ url: URL) throws -> [[String: String]] {
        let lines = try String(contentsOf: url, encoding: .utf8).split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0)) }
    }

    /// As intake would make it of an event with segments, outcome, truth and score.
    private static func stored(
        _ index: Int, _ row: [String: String], _ attributes: [String], _ plan: GroupPlan
    ) -> EventRow {
        let time = Timestamp(seconds: start + Int64(index * 40))
        var event = Event(id: "e\(index)", time: time, series: SeriesKey(deployment: "bank", version: "v1"))
        event.segments = row.filter { attributes.contains($0.key) }
        return EventRow(
            id: event.id, time: time, received: time, series: event.series,
            observations: [
                .number(.status, 0), .number(.latency, Int64(200_000 + index % 7)),
                .category(.outcome, row["y_pred"] ?? ""), .named("score.points", Double(row["score"] ?? "") ?? 0),
            ], groups: plan.memberships(of: event))
    }

    @Test(arguments: cases)
    func rollupsSayWhatTheRowsSay(_ test: Case) async throws {
        let policy = try Self.policy(test.attributes)
        let rows = try Self.rows(test.file)
        let audit = try await withStore { store in
            let plan = GroupPlan([policy])
            let events = rows.enumerated().map { Self.stored($0.offset, $0.element, test.attributes, plan) }
            _ = try await store.commit([EventBatch(events)])
            // The truth comes later, for events of many hours.
            let truths = rows.enumerated().map { index, row in
                Feedback(
                    key: "t\(index)", eventID: "e\(index)", time: Timestamp(seconds: 0), name: "ground_truth",
                    value: .groundTruth(row["y_true"] ?? ""))
            }
            _ = try await store.commit(truths, received: Timestamp(seconds: 0))
            #expect(try await store.fsck().flatMap(\.problems) == [])
            return try await BiasReader(store: store).audit(policy, Self.subject("v1"))
        }
        var decisions = AuditedDecisions(attributes: test.attributes)
        for row in rows {
            decisions.decisions.append(
                AuditedDecision(
                    isSelected: row["y_pred"] == "1", isPositive: row["y_true"] == "1",
                    score: Double(row["score"] ?? "")))
            for (index, name) in test.attributes.enumerated() { decisions.attributes[index].append(row[name]) }
        }
        let median = try #require(decisions.medianScore)
        #expect(audit.isThresholdExact)
        #expect(abs(try #require(audit.threshold) - median) < 1e-12)
        decisions.compareScores(with: median)
        let all = Array(test.attributes.indices)
        for (indices, made) in zip(all.map { [$0] } + [all], audit.audits) {
            let expected = FairnessAudit(
                decisions.table(of: indices), .init(confidence: policy.confidence, rules: policy.rules))
            #expect(made.judgements == expected.judgements)
            #expect(made.families == expected.families)
            #expect(made.groups.map(\.group) == expected.groups.map(\.group))
            for (group, other) in zip(made.groups, expected.groups) {
                #expect(group.counts.labelled == other.counts.labelled)
                let (a, b) = (group.counts.scores, other.counts.scores)
                #expect(abs((a.mean ?? 0) - (b.mean ?? 0)) < 1e-9)
                #expect(a.bins.map(\.count) == b.bins.map(\.count))
                #expect(abs((a.calibration?.expectedError ?? 0) - (b.calibration?.expectedError ?? 0)) < 1e-9)
            }
            #expect(made.unknown.decisions == expected.unknown.decisions)
        }
        #expect(audit.decisions == Int64(rows.count))
        #expect(audit.service.first?.lines.map(\.signal.name) == ["status", "latency", "score.points"])
    }

    /// Where events were dropped, the median is known to the width of a bin, and the audit says so.
    @Test func withoutItsEventsAMedianIsRough() async throws {
        let test = try #require(Self.cases.first)
        let policy = try Self.policy(test.attributes)
        let rows = try Self.rows(test.file)
        let audit = try await withStore { store in
            let plan = GroupPlan([policy])
            let events = rows.enumerated().map { Self.stored($0.offset, $0.element, test.attributes, plan) }
            _ = try await store.commit([EventBatch(events)])
            let points = try await store.groups(of: Set(policy.declarations), hours: 0..<1_000_000) { _ in true }
            let categories = BiasCategories(favourableOutcomes: [], favourableTruths: [])
            return BiasAudit(points, policy, categories, subject: Self.subject("v1"), countedSince: nil)
        }
        let median = try #require(Median.of(rows.compactMap { Double($0["score"] ?? "") }))
        #expect(!audit.isThresholdExact)
        #expect(abs(try #require(audit.threshold) - median) <= 0.001)
        #expect(audit.json(policyDigest: "", trigger: "demand")["threshold_is_exact"] == false)
    }

    /// One group waits half as long again: the rule about the ratio fails, the one about a second of difference holds.
    @Test func serviceIsJudgedByItsOwnRules() async throws {
        var policy = try Self.policy(["sex", "race"], scored: false)
        policy.serviceRules = [
            ServiceRule(signal: "latency", scale: .ratio, bound: 1.25),
            ServiceRule(signal: "latency", scale: .difference, bound: 1),
            ServiceRule(signal: "score.toxicity", scale: .difference, bound: 0.1),
            ServiceRule(signal: "error_rate", scale: .difference, bound: 0.05),
        ]
        let audit = try await withStore { store in
            let plan = GroupPlan([policy])
            let rows = (0..<600).map { index -> EventRow in
                let sex = index % 2 == 0 ? "f" : "m"
                var row = Self.stored(index, ["sex": sex, "race": "x", "y_pred": "1"], ["sex", "race"], plan)
                let latency = Int64((sex == "f" ? 300_000 : 200_000) + index % 7 * 1000)
                row.observations = [.number(.status, 0), .number(.latency, latency), .category(.outcome, "1")]
                return row
            }
            _ = try await store.commit([EventBatch(rows)])
            return try await BiasReader(store: store).audit(policy, Self.subject("v1"))
        }
        let bySex = audit.serviceJudgements.filter { $0.attributes == ["sex"] }
        #expect(bySex.map(\.verdict) == [.fail, .pass, .insufficient, .pass], "no error at all is a pass")
        let worst = try #require(bySex.first?.worst)
        #expect(worst.group == ["m"] && abs((worst.estimate ?? 0) - 203 / 303) < 0.001)
        #expect(bySex[2].sentence == "There are not two groups of which score.toxicity was measured.")
        #expect(audit.verdict == .fail && audit.sentence.hasPrefix("By sex, latency_ratio: m: mean latency 0.67"))
        let json = audit.json(policyDigest: "", trigger: "demand")
        #expect(json["service_rules"]?.array?.first?["verdict"] == "fail")
    }

    @Test func noDataIsNoPass() async throws {
        let policy = try Self.policy(["sex", "race"])
        let audit = try await withStore { store in
            try await BiasReader(store: store).audit(policy, Self.subject("v1"))
        }
        #expect(audit.verdict == .insufficient)
        #expect(audit.sentence.hasPrefix("No decision was counted"))
        #expect(audit.countedSince == nil)
        let json = audit.json(policyDigest: "sha256:00", trigger: "demand")
        #expect(try JSONValue(parsing: json.canonical)["verdict"] == "insufficient")
    }

    @Test func groupsUnknownAndBeyondTheWindowAreNotAudited() async throws {
        let policy = try Self.policy(["sex", "race"], scored: false)
        let audit = try await withStore { store in
            let plan = GroupPlan([policy])
            let rows = (0..<40).map { index -> EventRow in
                let known = ["sex": index % 2 == 0 ? "f" : "m", "race": "x", "y_pred": "1"]
                let row = index < 30 ? known : ["race": "x", "y_pred": "1"]
                return Self.stored(index, row, ["sex", "race"], plan)
            }
            let late = Self.stored(100_000, ["sex": "f", "race": "x", "y_pred": "1"], ["sex", "race"], plan)
            _ = try await store.commit([EventBatch(rows + [late])])
            return try await BiasReader(store: store).audit(policy, Self.subject("v1"))
        }
        #expect(audit.audits.map(\.unknown.decisions) == [10, 0, 10])
        #expect(audit.decisions == 40)
        #expect(audit.verdict == .insufficient)
    }

    private static func subject(_ version: String) -> BiasSubject {
        BiasSubject(
            deployment: "bank", version: version, from: Timestamp(seconds: start),
            until: Timestamp(seconds: start + 3 * 86_400))
    }

    private func withStore<Value>(_ body: (Store) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "steward-bias-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try Store(folder: folder)
        let value = try await body(store)
        try store.close()
        return value
    }
}

import StewardJSON
import StewardModel
import StewardStatistics

/// The cases of a `NAME.test.yaml` beside a policy `NAME.yaml`: what is given, and what the policy must then say.
package struct PolicyTestFile: Sendable, Equatable {
    package enum Expectation: String, Sendable, CaseIterable {
        /// A rollback policy's verdicts.
        case pass, fail, inconclusive
        /// What a rollout does: goes on, waits, or is taken back.
        case advance, hold, rollback
        /// What a promotion policy says.
        case promoted, refused
        /// What a lifecycle policy says of a version that serves.
        case supported, warning, critical
        /// Whether a webhook is told of a record, or asked before a step.
        case told, asked, silent
        /// What a budget answers; it refuses, too.
        case granted, advised
        /// A bias policy's verdict besides pass and fail.
        case insufficient
        /// Whether there is an estimate of energy.
        case estimated, unknown
    }

    /// For a rollback policy the metric's value and its sample; for a rollout the share of bad requests by every guard.
    package struct Sample: Sendable, Equatable {
        package var value: Double?
        package var sample: Int64
    }

    /// What happened, for a webhook.
    package struct Occasion: Sendable, Equatable {
        package var action: String
        package var deployment: String?
        package var environment: String?
    }

    package enum Given: Sendable, Equatable {
        /// For rollback and rollout policies; `previous` is the version before, or the stable one.
        case measured(current: Sample, previous: Sample?)
        /// For promotion and lifecycle policies.
        case version(PromotionTestCase)
        /// For bias policies: by group.
        case groups([String: GroupCounts])
        /// For budgets: percent of the limit that is spent and held back.
        case spent(percent: Int64)
        case occasion(Occasion)
        /// For estimates of energy.
        case answers(model: String, outputTokens: Int64, wattHours: Double?)
    }

    package struct Case: Sendable, Equatable {
        package var name: String
        package var given: Given
        package var expectation: Expectation
    }

    package var cases: [Case]

    package static func parse(file: String, text: String) -> Result<PolicyTestFile, Problems> {
        YAMLNode.parse(file: file, text: text).flatMap { node in
            var reader = MappingReader(node, file: file)
            let cases = reader.list("cases", Self.read)
            let problems = reader.finish()
            return problems.isEmpty ? .success(PolicyTestFile(cases: cases)) : .failure(Problems(problems))
        }
    }

    /// As ``PolicyDocument/schema``, for files of cases.
    package static var schema: JSONValue {
        let body = FieldShape.schema { reader in _ = reader.list("cases", read) }
        let head: JSONValue = [
            "$schema": "http://json-schema.org/draft-07/schema#", "title": "Cases of a policy of Steward",
            "description": "NAME.test.yaml beside NAME.yaml; steward policy test runs them.",
        ]
        return head.adding(FieldTexts.describe(body, ["test"]))
    }
}

// MARK: - Reading

extension PolicyTestFile {
    private static let givens = ["current", "version", "groups", "spent_percent", "record", "answers"]

    private static func read(_ entry: inout MappingReader) -> Case? {
        let name = entry.required("name", .text)
        let given = given(&entry)
        let expectation: Expectation? = entry.required("expect", .choice())
        guard let name, let given, let expectation else { return nil }
        return Case(name: name, given: given, expectation: expectation)
    }

    private static func given(_ entry: inout MappingReader) -> Given? {
        switch entry.oneKey(of: givens, else: "current") {
        case "version": return entry.mapping("version", required: true, PromotionTestCase.read).map(Given.version)
        case "groups":
            let groups = entry.mappings("groups") { name, group in counts(&group).map { (name, $0) } }
            return groups.isEmpty ? nil : .groups(Dictionary(groups) { first, _ in first })
        case "spent_percent":
            return entry.required("spent_percent", .integer(in: 0...1_000_000)).map { .spent(percent: $0) }
        case "record":
            return entry.mapping("record", required: true) { record in
                let action = record.required("action", .text)
                let deployment = record.optional("deployment", .name)
                let environment = record.optional("environment", .name)
                return action.map {
                    .occasion(Occasion(action: $0, deployment: deployment, environment: environment))
                }
            }
        case "answers":
            return entry.mapping("answers", required: true) { answers in
                let model = answers.required("model", .text)
                let tokens = answers.required("output_tokens", .integer(in: 0...1_000_000_000_000))
                let wattHours = answers.optional("watt_hours", .decimal)
                guard let model, let tokens else { return nil }
                return .answers(model: model, outputTokens: tokens, wattHours: wattHours)
            }
        case "current":
            let current = entry.mapping("current", required: true, sample)
            let previous = entry.mapping("previous", sample)
            return current.map { .measured(current: $0, previous: previous) }
        default: return nil
        }
    }

    static func sample(_ reader: inout MappingReader) -> Sample? {
        let value = reader.optional("value", .decimal)
        let sample = reader.required("sample", .integer(in: 0...1_000_000_000_000))
        return sample.map { Sample(value: value, sample: $0) }
    }

    /// Decisions about one group; with what turned out to be true, where rules ask for it.
    private static func counts(_ reader: inout MappingReader) -> GroupCounts? {
        let count = FieldType<Int64>.integer(in: 0...1_000_000_000)
        let decisions = reader.required("decisions", count)
        let favourable = reader.required("favourable", count)
        let truePositives = reader.optional("true_positives", count, default: 0)
        let falseNegatives = reader.optional("false_negatives", count, default: 0)
        let trueNegatives = reader.optional("true_negatives", count, default: 0)
        let falsePositives = reader.optional("false_positives", count, default: 0)
        guard let decisions, let favourable else { return nil }
        guard favourable <= decisions else {
            reader.report(reader.place(of: "favourable"), "`favourable` must be at most `decisions`")
            return nil
        }
        var counts = GroupCounts(decisions: decisions, selected: favourable)
        counts.truePositives = truePositives
        counts.falseNegatives = falseNegatives
        counts.trueNegatives = trueNegatives
        counts.falsePositives = falsePositives
        return counts
    }
}

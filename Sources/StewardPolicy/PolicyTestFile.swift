import StewardModel

/// The cases of a `NAME.test.yaml` beside a policy `NAME.yaml`: what is measured, and what the policy must then say.
package struct PolicyTestFile: Sendable, Equatable {
    package enum Expectation: String, Sendable, CaseIterable {
        /// A rollback policy's verdicts.
        case pass, fail, inconclusive
        /// What a rollout does: goes on, waits, or is taken back.
        case advance, hold, rollback
        /// What a promotion policy says.
        case promoted, refused
    }

    /// For a rollback policy the metric's value and its sample; for a rollout the share of bad requests by every guard.
    package struct Sample: Sendable, Equatable {
        package var value: Double?
        package var sample: Int64
    }

    package struct Case: Sendable, Equatable {
        package var name: String
        package var current: Sample
        /// The version before, or the stable one.
        package var previous: Sample?
        /// For a promotion policy.
        package var version: PromotionTestCase?
        package var expectation: Expectation
    }

    package var cases: [Case]

    package static func parse(file: String, text: String) -> Result<PolicyTestFile, Problems> {
        YAMLNode.parse(file: file, text: text).flatMap { node in
            var reader = MappingReader(node, file: file)
            let cases = reader.list("cases") { entry -> Case? in
                let name = entry.required("name", .text)
                let version = entry.mapping("version", PromotionTestCase.read)
                let current = entry.mapping("current", required: !entry.contains("version"), sample)
                let previous = entry.mapping("previous", sample)
                let expectation: Expectation? = entry.required("expect", .choice())
                guard let name, let expectation, current != nil || version != nil else { return nil }
                return Case(
                    name: name, current: current ?? Sample(value: nil, sample: 0), previous: previous,
                    version: version, expectation: expectation)
            }
            let problems = reader.finish()
            return problems.isEmpty ? .success(PolicyTestFile(cases: cases)) : .failure(Problems(problems))
        }
    }

    static func sample(_ reader: inout MappingReader) -> Sample? {
        let value = reader.optional("value", .decimal)
        let sample = reader.required("sample", .integer(in: 0...1_000_000_000_000))
        return sample.map { Sample(value: value, sample: $0) }
    }
}

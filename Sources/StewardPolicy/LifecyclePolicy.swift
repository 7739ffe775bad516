import StewardModel

/// What happens as versions near the end of their life while they still serve.
package struct LifecyclePolicy: Sendable, Equatable {
    package enum AtEnd: String, Sendable, CaseIterable {
        /// The critical finding is all.
        case alert
        /// The route takes no promotion but by a person who unfreezes it.
        case freeze
    }

    package var name: String
    package var summary: String
    /// `enforce` or `warn`.
    package var mode: RollbackPolicy.Mode
    package var deployments: [Glob]
    package var environments: [Glob]
    /// How long before its end of life a version that serves is a finding.
    package var warnBefore: Duration
    package var atEnd: AtEnd

    package func applies(deployment: String, environment: String) -> Bool {
        deployments.contains { $0.matches(deployment) } && environments.contains { $0.matches(environment) }
    }
}

extension LifecyclePolicy {
    /// Reads the keys of a `kind: lifecycle` file; `nil` where one of them has a problem, which the reader keeps.
    init?(reading reader: inout MappingReader) {
        let name = reader.required("name", .name)
        let summary = reader.optional("summary", .text)
        let mode = reader.optional("mode", .choice(), default: RollbackPolicy.Mode.enforce)
        let scope = reader.appliesTo(environments: "production")
        let span = reader.optional(
            "warn_before", .duration(in: .zero ... .seconds(730 * 86_400)), default: .seconds(30 * 86_400))
        let atEnd = reader.optional("at_end", .choice(), default: AtEnd.alert)
        if mode == .shadow {
            reader.report(reader.place(of: "mode"), "`mode` must be enforce or warn: a date needs no rehearsal")
        }
        guard let name else { return nil }
        self.init(
            name: name,
            summary: summary
                ?? "A version that serves is a finding from \(DurationText.format(span)) before its end of life on.",
            mode: mode, deployments: scope.deployments,
            environments: scope.environments, warnBefore: span, atEnd: atEnd)
    }
}

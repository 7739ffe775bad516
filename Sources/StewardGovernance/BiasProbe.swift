import StewardJSON
import StewardModel
import StewardStatistics

/// What somebody found by asking a model the same with one thing swapped, as they told it. The whole report is stored
/// beside the log by its digest, like that of an audit.
package struct BiasProbe: Sendable, Equatable {
    package var deployment: String
    package var suite: String
    package var suiteDigest: String
    package var model: String
    package var verdict: FairnessVerdict
    /// Requests of the suite, and those that were answered.
    package var requests: Int64
    package var answered: Int64
    /// Of the answers, and of the report, in canonical form.
    package var answers: String
    package var report: String

    package init(
        deployment: String, suite: String, suiteDigest: String, model: String, verdict: FairnessVerdict,
        requests: Int64, answered: Int64, answers: String, report: String
    ) {
        self.deployment = deployment
        self.suite = suite
        self.suiteDigest = suiteDigest
        self.model = model
        self.verdict = verdict
        self.requests = requests
        self.answered = answered
        self.answers = answers
        self.report = report
    }
}

/// A probe with its place in the log.
package struct RecordedBiasProbe: Sendable, Equatable {
    package var probe: BiasProbe
    package var time: Timestamp
    package var record: Int64
    package var actor: Actor
}

extension GovernanceState {
    /// Probes kept per deployment, the latest; the log has all.
    static let keptBiasProbes = 200
}

// MARK: - JSON

extension BiasProbe {
    /// Without the deployment, which stands beside it.
    package var members: [JSONValue.Member] {
        [
            .init(name: "suite", value: .string(suite)), .init(name: "suite_digest", value: .string(suiteDigest)),
            .init(name: "model", value: .string(model)), .init(name: "verdict", value: .string(verdict.rawValue)),
            .init(name: "requests", value: .integer(requests)), .init(name: "answered", value: .integer(answered)),
            .init(name: "answers", value: .string(answers)), .init(name: "report", value: .string(report)),
        ]
    }

    init(_ data: RecordFields, deployment: String) throws {
        guard let verdict = FairnessVerdict(rawValue: try data.string("verdict")) else { throw data.problem("verdict") }
        self.init(
            deployment: deployment, suite: try data.string("suite"), suiteDigest: try data.string("suite_digest"),
            model: try data.string("model"), verdict: verdict, requests: try data.integer("requests"),
            answered: try data.integer("answered"), answers: try data.string("answers"),
            report: try data.string("report"))
    }
}

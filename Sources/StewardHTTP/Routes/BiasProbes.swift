import Hummingbird
import StewardGovernance
import StewardJSON
import StewardModel
import StewardStatistics
import StewardTransparency

extension Endpoints {
    static func biasProbes(_ api: API) -> [Endpoint] {
        [
            Endpoint(
                .get, "/v1/deployments/{deployment}/bias-probes", .role(.viewer),
                "What was found by asking models the same with one thing swapped, newest first"
            ) { call in
                let deployment = try call.path("deployment")
                try call.allow(deployment)
                let probes = (api.governor.state.biasProbes[deployment] ?? []).reversed()
                return Reply.object { writer in
                    writer.array("probes") { writer in for probe in probes { writer.value(json(probe)) } }
                }
            },
            Endpoint(
                .post, "/v1/deployments/{deployment}/bias-probes", .role(.auditor),
                "Put what a probe found on record: 'steward bias-audit probe --record' sends it", content: .json
            ) { call in
                let deployment = try call.path("deployment")
                try call.allow(deployment)
                if let problem = Name.problem(deployment) {
                    throw StewardError(.invalidInput, problem, field: "deployment")
                }
                let (probe, report) = try probe(try await call.json(), deployment)
                let records = try await api.governor.perform(
                    .note(.biasProbed(probe)), by: call.actor, specs: [probe.report: report])
                return Reply.object(status: 201) { writer in
                    writer.member("deployment", deployment)
                    writer.member("suite", probe.suite)
                    writer.member("verdict", probe.verdict.rawValue)
                    writer.member("report", probe.report)
                    writer.member("record", records.first?.sequence)
                }
            },
        ]
    }

    private static let maximumReportBytes = 1 << 20

    private static func probe(_ fields: JSONFields, _ deployment: String) throws -> (BiasProbe, report: [UInt8]) {
        try fields.allow(only: "suite_digest", "answers_digest", "report")
        guard let report = try fields.optionalObject("report") else { throw fields.wrong("report", "is required") }
        let bytes = report.json.canonical
        guard bytes.count <= maximumReportBytes else {
            throw StewardError(.tooLarge, "is larger than \(maximumReportBytes) bytes", field: "report")
        }
        guard let verdict = FairnessVerdict(rawValue: try report.string("verdict")) else {
            throw report.wrong("verdict", "must be pass, fail or insufficient")
        }
        let probe = BiasProbe(
            deployment: deployment, suite: try name(report, "suite"),
            suiteDigest: try digest(fields, "suite_digest"), model: try name(report, "model"), verdict: verdict,
            requests: try report.integer("requests"), answered: try report.integer("requests_answered"),
            answers: try digest(fields, "answers_digest"), report: "sha256:" + Digest.sha256(bytes))
        guard 0...probe.requests ~= probe.answered else {
            throw report.wrong("requests_answered", "must be from 0 to the number of requests")
        }
        return (probe, bytes)
    }

    private static func name(_ fields: JSONFields, _ name: String) throws -> String {
        let text = try fields.string(name)
        guard (1...256).contains(text.utf8.count) else { throw fields.wrong(name, "must be a text of 1 to 256 bytes") }
        return text
    }

    private static func digest(_ fields: JSONFields, _ name: String) throws -> String {
        let text = try fields.string(name)
        guard text.hasPrefix("sha256:"), text.count == 71, text.dropFirst(7).allSatisfy(\.isHexDigit) else {
            throw fields.wrong(name, "must be sha256: and 64 hexadecimal digits")
        }
        return text
    }

    private static func json(_ probe: RecordedBiasProbe) -> JSONValue {
        .object(
            [.init(name: "deployment", value: .string(probe.probe.deployment))] + probe.probe.members + [
                .init(name: "time", value: .string(probe.time.rfc3339)),
                .init(name: "record", value: .integer(probe.record)),
                .init(
                    name: "actor",
                    value: ["kind": .string(probe.actor.kind.rawValue), "name": .string(probe.actor.name)]),
            ])
    }
}

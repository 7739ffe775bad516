import Hummingbird
import StewardAnalysis
import StewardGovernance
import StewardJSON
import StewardModel
import StewardPolicy
import StewardStore

extension Endpoints {
    /// A month of minutes is what is held in memory for one answer.
    private static let longestReplay = Duration.seconds(31 * 86_400)

    static func replay(_ api: API) -> Endpoint {
        Endpoint(
            .post, "/v1/policies/replay", .role(.viewer),
            "What a rollback policy would have done to recorded history", query: [Shared.since],
            content: .init(request: ["application/yaml"])
        ) { call in
            let since = try call.time("since") ?? call.now - .seconds(7 * 86_400)
            guard call.now - since <= longestReplay else {
                throw StewardError(.invalidInput, "may go back 31d at most", field: "since")
            }
            let text = String(decoding: try await call.body(), as: UTF8.self)
            let policy: RollbackPolicy
            switch PolicyDocument.parse(file: "body", text: text) {
            case .success(.rollback(let found)): policy = found
            case .success(let other):
                throw StewardError(.invalidInput, "must be a rollback policy, not \(other.kindName)", field: "kind")
            case .failure(let problems): throw StewardError(.invalidInput, problems.description, field: "body")
            }
            guard case .metric(let metric) = policy.subject else {
                throw StewardError(
                    .invalidInput, "only rules about a metric can be replayed, not \(policy.subject.name)",
                    field: "when")
            }
            let spans = PolicyReplay.spans(policy, api.governor.state, since: since, now: call.now)
                .filter { span in call.principal?.scope.map { $0 == span.series.deployment } ?? true }
            let wanted = Set(spans.map(\.series.deployment))
            let cells = try await cells(api, from: since - policy.window - policy.window, call.now, wanted)
            let scores = try await api.store.scores([metric])
            let breaches = PolicyReplay.breaches(policy, spans, since: since) { series, from, until in
                var sum = RollupCell()
                if let minutes = cells[series] {
                    for minute in from.minute..<max(until.minute, from.minute + 1) {
                        if let cell = minutes[minute] { sum.add(cell) }
                    }
                }
                return metric.measure(sum, scores)
            }
            return Reply.object { $0.members(of: breaches, policy, spans.count, since) }
        }
    }

    private static func cells(
        _ api: API, from: Timestamp, _ until: Timestamp, _ deployments: Set<String>
    ) async throws -> [SeriesKey: [Int64: RollupCell]] {
        var cells: [SeriesKey: [Int64: RollupCell]] = [:]
        let points = try await api.store.rollups(minutes: max(from.minute, 1)..<until.minute + 1) {
            deployments.contains($0.deployment)
        }
        for point in points { cells[point.key, default: [:]][point.minute] = point.cell }
        return cells
    }
}

extension JSONWriter {
    fileprivate mutating func members(
        of breaches: [PolicyReplay.Breach], _ policy: RollbackPolicy, _ spans: Int, _ since: Timestamp
    ) {
        member("policy", policy.name)
        member("action", policy.action.rawValue)
        member("since", since)
        member("spans", spans)
        array("breaches") { writer in
            for breach in breaches {
                writer.object { writer in
                    writer.member("time", breach.time)
                    writer.member("deployment", breach.span.series.deployment)
                    writer.member("environment", breach.span.series.environment)
                    writer.member("version", breach.span.series.version)
                    writer.member("previous", breach.span.previous)
                    writer.member("value", breach.verdict.value)
                    writer.member("threshold", breach.verdict.threshold)
                    writer.member("sample_size", breach.verdict.sampleSize)
                    writer.member("reason", breach.verdict.reason)
                }
            }
        }
    }
}

import Hummingbird
import StewardAnalysis
import StewardGovernance
import StewardJSON
import StewardModel
import StewardStatistics

extension Endpoints {
    static func findings(_ api: API) -> [Endpoint] {
        [
            Endpoint(
                .get, "/v1/findings", .role(.viewer),
                "What policies and detectors state about versions, newest first",
                query: [
                    .init("status", "open, ongoing, resolved, or active for the first two"),
                    .init("kind", "policy_breach, drift, anomaly, disparity, overspend or unpriced"),
                    Shared.deployment,
                    .init("limit", "1 to 1000, 100 if left out"), .init("cursor", "next_cursor of the page before"),
                ]
            ) { try list($0, api) },
            Endpoint(
                .get, "/v1/findings/{id}", .role(.viewer),
                "One finding with its numbers and, where there are two, the distributions behind it"
            ) { try await one($0, api) },
            Endpoint(
                .get, "/v1/deployments/{deployment}/drift", .role(.viewer),
                "How every signal of every version that serves compares with its baseline, and what each monitor says"
            ) { try standings($0, api) },
            Endpoint(
                .get, "/v1/deployments/{deployment}/baselines", .role(.viewer),
                "What the versions are compared with, per environment"
            ) { call in
                let deployment = try call.path("deployment")
                try call.allow(deployment)
                let baselines = api.governor.state.baselines
                return Reply.object { writer in
                    writer.array("baselines") { writer in
                        for (key, state) in baselines.sorted(by: { $0.key.environment < $1.key.environment })
                        where key.deployment == deployment && !state.isDropped {
                            writer.object { $0.members(of: state, key) }
                        }
                    }
                }
            },
            Endpoint(
                .put, "/v1/deployments/{deployment}/baselines/{environment}", .role(.operator),
                "Compare the environment's versions with a span of one of them, or last week's hours, until dropped",
                content: .json
            ) { try await setBaseline($0, api) },
            Endpoint(
                .delete, "/v1/deployments/{deployment}/baselines/{environment}", .role(.operator),
                "Drop a baseline; the next change of the route makes one again"
            ) { call in
                let key = try call.environmentKey()
                try await api.governor.perform(
                    .dropBaseline(deployment: key.deployment, environment: key.environment), by: call.actor)
                return Reply.object { $0.member("dropped", true) }
            },
        ]
    }

    private enum Status: String, CaseIterable { case open, ongoing, resolved, active }
    private enum Kind: String, CaseIterable {
        case policyBreach = "policy_breach", drift, anomaly, disparity, overspend, unpriced
    }

    private static func list(_ call: Call, _ api: API) throws -> Reply {
        let deployment = try call.scopedDeployment()
        let status = try call.choice("status", Status.self)
        let kind = try call.choice("kind", Kind.self)?.rawValue
        let limit = Int(try call.integer("limit", in: 1...1000) ?? 100)
        let before = try call.query("cursor").map { text in
            guard let record = Int64(text, radix: 36), record >= 0 else {
                throw StewardError(.invalidInput, "take it from next_cursor of the page before", field: "cursor")
            }
            return record
        }
        let state = api.governor.state
        let all = Array(state.openFindings.values) + (status == .active ? [] : state.resolvedFindings)
        let wanted = all.filter { known in
            guard deployment.map({ $0 == known.finding.deployment }) ?? true,
                kind.map({ $0 == known.finding.kind }) ?? true, before.map({ known.record < $0 }) ?? true
            else { return false }
            let now = known.status(now: call.now)
            return status.map { $0 == .active ? now != .resolved : $0.rawValue == now.rawValue } ?? true
        }
        let page = wanted.sorted { $0.record > $1.record }.prefix(limit)
        return Reply.object { writer in
            writer.array("findings") { writer in
                for finding in page { writer.object { $0.members(of: finding, now: call.now) } }
            }
            writer.member(
                "next_cursor", wanted.count > page.count ? page.last.map { String($0.record, radix: 36) } : nil)
        }
    }

    private static func one(_ call: Call, _ api: API) async throws -> Reply {
        let id = try call.path("id")
        let state = api.governor.state
        guard let known = state.openFindings[id] ?? state.resolvedFindings.first(where: { $0.finding.id == id }) else {
            throw StewardError(
                .notFound, "there is no finding with this id; older ones are in the audit log", field: "id")
        }
        try call.allow(known.finding.deployment)
        var pair: DistributionPair?
        if let detection = known.finding.detection {
            pair = try await DistributionPair.read(detection, until: known.resolved ?? call.now, store: api.store)
        }
        return Reply.object { writer in
            writer.members(of: known, now: call.now)
            if let pair {
                writer.object("distributions") { $0.members(of: pair) }
            } else {
                writer.key("distributions")
                writer.null()
            }
        }
    }

    private static func standings(_ call: Call, _ api: API) throws -> Reply {
        let deployment = try call.path("deployment")
        try call.allow(deployment)
        let report = api.watch.report
        let rule = api.watch.rule
        return Reply.object { writer in
            writer.member("evaluated", report.map { Timestamp(minute: $0.minute + 1) })
            writer.object("rule") { writer in
                writer.member("alpha", rule.alpha)
                writer.member("least_share_moved", rule.leastShareMoved)
                writer.member("least_tail_ratio", rule.leastTailRatio)
                writer.member("least_events", rule.leastEvents)
            }
            writer.array("signals") { writer in
                for standing in report?.standings ?? [] where standing.series.deployment == deployment {
                    writer.object { $0.members(of: standing) }
                }
            }
            writer.array("monitors") { writer in
                for monitor in report?.monitors ?? [] where monitor.series.deployment == deployment {
                    writer.object { writer in
                        writer.member("environment", monitor.series.environment)
                        writer.member("version", monitor.series.version)
                        writer.member("metric", monitor.metric.rawValue)
                        writer.member("condition", monitor.condition.rawValue)
                    }
                }
            }
        }
    }

    private static let longestBaseline = Duration.seconds(31 * 86_400)

    private static func setBaseline(_ call: Call, _ api: API) async throws -> Reply {
        let key = try call.environmentKey()
        let fields = try await call.json()
        let kinds = [Baseline.Kind.pinned, .sameHoursLastWeek]
        let wanted = try fields.optionalString("kind") ?? Baseline.Kind.pinned.rawValue
        let command: Command
        switch kinds.first(where: { $0.rawValue == wanted }) {
        case .sameHoursLastWeek:
            try fields.allow(only: "kind", "name")
            command = .followLastWeek(
                deployment: key.deployment, environment: key.environment,
                name: try fields.optionalString("name") ?? wanted, now: call.now)
        case .pinned: command = try pinned(fields, key, now: call.now)
        default:
            let names = kinds.map(\.rawValue).joined(separator: " or ")
            throw StewardError(.invalidInput, "must be \(names)", field: "kind")
        }
        try await api.governor.perform(command, by: call.actor)
        guard let state = api.governor.state.baseline(key) else {
            throw StewardError(.internal, "the baseline that was set is not there")
        }
        return Reply.object { $0.members(of: state, key) }
    }

    private static func pinned(
        _ fields: JSONFields, _ key: GovernanceState.EnvironmentKey, now: Timestamp
    ) throws -> Command {
        try fields.allow(only: "kind", "name", "version", "from", "until")
        func time(_ name: String) throws -> Timestamp {
            guard let time = Timestamp(rfc3339: try fields.string(name)) else {
                throw StewardError(.invalidInput, "must be a time such as 2026-03-03T14:03:00Z", field: name)
            }
            return time
        }
        let (from, until) = (try time("from"), try time("until"))
        guard until <= from + longestBaseline, until <= now else {
            throw StewardError(.invalidInput, "must be at most 31 days after from, and past", field: "until")
        }
        return .pinBaseline(
            deployment: key.deployment, environment: key.environment,
            name: try fields.optionalString("name") ?? "pinned", version: try fields.string("version"), from: from,
            until: until)
    }
}

extension Call {
    fileprivate func environmentKey() throws -> GovernanceState.EnvironmentKey {
        let deployment = try path("deployment")
        try allow(deployment)
        return .init(deployment: deployment, environment: try path("environment"))
    }
}

extension JSONWriter {
    fileprivate mutating func members(of state: GovernanceState.FindingState, now: Timestamp) {
        let finding = state.finding
        member("id", finding.id)
        member("kind", finding.kind)
        member("severity", finding.severity.rawValue)
        member("status", state.status(now: now).rawValue)
        member("deployment", finding.deployment)
        member("environment", finding.environment)
        member("version", finding.version)
        member("opened", state.opened)
        member("resolved", state.resolved)
        member("resolution", state.resolution)
        member("title", finding.title)
        switch finding.basis {
        case .policy(let decision):
            member("policy", decision.policy)
            member("metric", decision.metric)
            member("value", decision.value)
            member("threshold", decision.threshold)
            member("sample_size", decision.sampleSize)
            member("window_seconds", decision.windowSeconds)
        case .detector(let detection):
            for field in detection.json.members ?? [] where field.name != "kind" {
                key(field.name)
                value(field.value)
            }
        case .audit(let disparity):
            for field in disparity.members {
                key(field.name)
                value(field.value)
            }
        }
        member("record", state.record)
    }

    fileprivate mutating func members(of standing: DriftStanding) {
        member("environment", standing.series.environment)
        member("version", standing.series.version)
        member("signal", standing.signal)
        member("verdict", standing.verdict.rawValue)
        member("explanation", standing.explanation)
        member("share_moved", standing.progress?.shareMoved)
        member("tail_ratio", standing.progress?.tailRatio.flatMap { $0.isFinite ? $0 : nil })
        member("p_value", standing.pValue)
        member("reference_size", standing.progress?.referenceCount)
        member("current_size", standing.progress?.currentCount)
        key("baseline")
        value(standing.baseline.json)
    }

    fileprivate mutating func members(of state: GovernanceState.BaselineState, _ key: GovernanceState.EnvironmentKey) {
        member("environment", key.environment)
        for field in state.baseline.json.members ?? [] {
            self.key(field.name)
            value(field.value)
        }
        member("since", state.since)
        member("record", state.record)
    }

    fileprivate mutating func members(of pair: DistributionPair) {
        member("signal", pair.signal.name)
        member("unit", pair.signal.displayUnit)
        switch pair.axis {
        case .numbers(let edges): array("edges") { writer in for edge in edges { writer.value(.number(edge)) } }
        case .categories(let names): array("categories") { writer in for name in names { writer.value(.string(name)) } }
        }
        for (name, side) in [("reference", pair.reference), ("current", pair.current)] {
            object(name) { writer in
                writer.member("version", side.version)
                writer.member("from", side.from)
                writer.member("until", side.until)
                writer.member("events", side.count)
                writer.member("mean", side.mean)
                writer.array("shares") { writer in for share in side.shares { writer.value(.number(share)) } }
                writer.object("quantiles") { writer in
                    for (share, value) in zip(DistributionPair.quantileShares, side.quantiles) {
                        writer.member("p\(Int((share * 100).rounded()))", value)
                    }
                }
            }
        }
    }
}

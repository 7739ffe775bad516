import Hummingbird
import StewardGovernance
import StewardIntake
import StewardJSON
import StewardModel
import StewardPolicy
import StewardStore

extension Endpoints {
    static func repricing(_ api: API) -> [Endpoint] {
        [
            Endpoint(
                .post, "/v1/costs/reprice", .role(.operator),
                "Price stored events again under the present price lists, and say what changed", content: .json
            ) { try await reprice($0, api) }
        ]
    }

    private static func reprice(_ call: Call, _ api: API) async throws -> Reply {
        let fields = try await call.json()
        try fields.allow(only: "since", "until", "unpriced_only", "dry_run", "reason")
        if let scope = call.principal?.scope {
            throw StewardError(.forbidden, "the token works for '\(scope)' only; repricing is about all deployments")
        }
        let since = try call.time(text: fields.string("since"), "since")
        let until = try fields.optionalString("until").map { try call.time(text: $0, "until") } ?? .latest
        let reason = try fields.optionalString("reason")
        guard reason?.utf8.count ?? 0 <= GovernanceState.Limit.reasonBytes else {
            throw StewardError(
                .invalidInput, "must be at most \(GovernanceState.Limit.reasonBytes) bytes long", field: "reason")
        }
        let run = RepricingRun(
            id: "reprice-" + String(call.now.microseconds, radix: 36), catalogue: "sha256:" + api.prices.digest,
            catalogueVersion: api.prices.version,
            scope: RepricingScope(
                since: since, until: until, unpricedOnly: try fields.optionalBool("unpriced_only") ?? false),
            reason: reason, isDryRun: try fields.optionalBool("dry_run") ?? false)
        let summary = try await api.governor.reprice(run, by: call.actor, next: api.repricing.chunk)
        if !run.isDryRun, summary.total.events > 0 { try await api.budgets.reload() }
        return Reply.object { writer in
            writer.member("run", run.id)
            writer.member("dry_run", run.isDryRun)
            writer.member("catalogue", run.catalogue)
            writer.member("catalogue_version", run.catalogueVersion)
            writer.member("since", run.scope.since)
            writer.member("until", run.scope.until == .latest ? nil : run.scope.until)
            writer.member("examined", summary.examined)
            writer.member("unreadable", summary.unreadable)
            writer.member("still_unpriced", summary.stillUnpriced)
            writer.object("total") { $0.members(of: summary.total) }
            writer.array("rows") { rows(summary, &$0) }
            writer.array("events") { writer in
                for event in summary.events {
                    writer.object { writer in
                        writer.member("id", event.id)
                        writer.member("before_nanodollars", event.before?.amount)
                        writer.member("after_nanodollars", event.after?.amount)
                    }
                }
            }
        }
    }

    /// The largest difference first.
    private static func rows(_ summary: RepricingSummary, _ writer: inout JSONWriter) {
        let sorted = summary.groups.sorted { left, right in
            let sizes = [left, right].map { ($0.value.after - $0.value.before).amount.magnitude }
            let names = [left, right].map {
                [$0.key.day, $0.key.series.deployment, $0.key.series.version, $0.key.model ?? ""]
            }
            return sizes[0] == sizes[1] ? names[0].lexicographicallyPrecedes(names[1]) : sizes[0] > sizes[1]
        }
        for (key, sums) in sorted {
            writer.object { writer in
                writer.member("day", key.day)
                writer.member("deployment", key.series.deployment)
                writer.member("environment", key.series.environment)
                writer.member("version", key.series.version)
                writer.member("model", key.model)
                writer.members(of: sums)
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func members(of sums: RepricingSummary.Sums) {
        member("events", sums.events)
        member("unpriced_before", sums.unpricedBefore)
        member("unpriced_after", sums.unpricedAfter)
        member("before_usd", sums.before.dollars)
        member("before_nanodollars", sums.before.amount)
        member("after_usd", sums.after.dollars)
        member("after_nanodollars", sums.after.amount)
        member("difference_usd", (sums.after - sums.before).dollars)
        member("difference_nanodollars", (sums.after - sums.before).amount)
    }
}

import HTTPTypes
import Hummingbird
import StewardGovernance
import StewardIntake
import StewardJSON
import StewardMetrics
import StewardModel
import StewardPolicy
import StewardStore

extension Endpoints {
    static func operation(_ api: API) -> [Endpoint] {
        [
            Endpoint(.get, "/healthz", .open, "Whether the process runs") { _ in
                .object { $0.member("status", "ok") }
            },
            Endpoint(.get, "/readyz", .open, "Whether events can be stored and read") { _ in
                _ = try await api.store.lastSequence()
                return .object { $0.member("status", "ready") }
            },
            Endpoint(
                .get, "/metrics", api.facts.metricsArePublic ? .open : .role(.viewer),
                "Metrics for Prometheus, in the text format or OpenMetrics",
                content: .init(answer: ["text/plain", "application/openmetrics-text"])
            ) { call in
                let format = MetricsFormat(accept: call.request.headers[.accept])
                let snapshot = try await MetricsSource.snapshot(api)
                return Reply(
                    contentType: format.contentType,
                    bytes: MetricsPage.render(snapshot, format: format, seriesLimit: api.facts.metricsSeriesLimit))
            },
            Endpoint(.get, "/v1/me", .role(.viewer), "Whose token this is") { call in
                .object { writer in
                    writer.member("name", call.principal?.name)
                    writer.array("roles") { writer in
                        for role in call.principal?.roles ?? [] { writer.string(role.rawValue) }
                    }
                    writer.member("deployment", call.principal?.scope)
                }
            },
            Endpoint(.get, "/v1/status", .role(.viewer), "The daemon itself: store, intake, audit log, policies") {
                try await status($0, api)
            },
        ]
    }

    private static func status(_ call: Call, _ api: API) async throws -> Reply {
        let store = try await api.store.facts()
        let checkpoint = try await api.store.checkpoint()
        let unpriced = try await api.store.totals().reduce(Int64(0)) { $0 + $1.cell.unpriced }
        let intake = api.intake.counters.intake
        let queue = api.intake.queued
        let state = api.governor.state
        return Reply.object { writer in
            writer.member("version", api.facts.version)
            writer.member("started", api.facts.started)
            writer.member("uptime_seconds", (call.now - api.facts.started).components.seconds)
            writer.member("demo", api.facts.isDemo)
            writer.member("durability", api.facts.durability)
            writer.object("store") { writer in
                writer.member("path", api.store.path)
                writer.member("bytes", store.bytes)
                writer.member("events", store.events)
                writer.member("schema", store.schema)
            }
            writer.object("intake") { writer in
                writer.member("accepted", intake.accepted)
                writer.member("duplicates", intake.duplicates)
                writer.member("rejected", intake.rejected)
                writer.member("refused", intake.refused)
                writer.member("queue_events", queue.events)
                writer.member("queue_bytes", queue.bytes)
            }
            writer.object("audit") { writer in
                writer.member("size", state.size)
                writer.member("origin", api.governor.origin)
                writer.member("checkpoint_time", checkpoint?.time)
            }
            writer.object("policies") { writer in
                writer.member("loaded", api.policyGuard.policies.documents.count)
                writer.member("digest", "sha256:" + api.policyGuard.policies.digest)
            }
            writer.object("prices") { writer in
                writer.member("models", api.prices.models)
                writer.member("version", api.prices.version)
            }
            writer.array("loops") { writer in
                for entry in api.loops.entries {
                    writer.object { writer in
                        writer.member("loop", entry.loop.rawValue)
                        writer.member("finished", entry.finished)
                        writer.member("duration_ms", entry.duration.map { $0.wholeMicroseconds / 1000 })
                        writer.member("failures", entry.failures)
                    }
                }
            }
            writer.member("unpriced_events", unpriced)
            writer.member("findings_open", state.openFindings.count)
        }
    }
}

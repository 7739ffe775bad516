import HTTPTypes
import StewardGovernance
import StewardJSON
import StewardModel
import StewardStore

extension Endpoints {
    static func retention(_ api: API) -> [Endpoint] {
        [
            Endpoint(
                .get, "/v1/retention", .role(.viewer),
                "How long what is kept, what is kept by day, and how much room it takes"
            ) { _ in try await retention(api) }
        ]
    }

    private static func retention(_ api: API) async throws -> Reply {
        let control = api.retention
        let facts = try await control.facts()
        let plan = control.plan(facts)
        return Reply.object { writer in
            writer.object("rules") { writer in
                writer.member("events_seconds", control.rules.events?.components.seconds)
                writer.member("minutes_seconds", control.rules.minutes?.components.seconds)
                writer.member("hours_seconds", control.rules.hours?.components.seconds)
                writer.member("size_bytes", control.rules.size)
                writer.member("minimum_days", control.isHighRisk ? RetentionRules.highRiskDays : nil)
            }
            writer.member("bytes", facts.bytes)
            writer.member("database_bytes", facts.databaseBytes)
            writer.member("reusable_bytes", facts.freeBytes)
            writer.member("over_size", plan.isOverSize)
            writer.member("events", facts.days.reduce(0) { $0 + $1.events })
            writer.member("events_since", time(facts.horizons.events * 1440))
            writer.member("minutes_since", time(facts.horizons.minutes))
            writer.member("hours_since", time(facts.horizons.hours))
            writer.array("days") { writer in
                for day in facts.days {
                    writer.object { writer in
                        writer.member("day", Timestamp(minute: day.day * 1440).day)
                        writer.member("events", day.events)
                        writer.member("payload_bytes", day.bytes)
                    }
                }
            }
        }
    }

    /// `nil` for a horizon that nothing is behind.
    private static func time(_ minute: Int64) -> Timestamp? { minute > 0 ? Timestamp(minute: minute) : nil }
}

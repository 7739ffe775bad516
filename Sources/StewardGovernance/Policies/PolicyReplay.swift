import StewardModel
import StewardPolicy

/// What a rollback policy would have done to recorded history. Pure, but for the measurements it asks for.
package enum PolicyReplay {
    /// A span in which a version served, from the audit log.
    package struct Span: Sendable, Equatable {
        package var series: SeriesKey
        /// What served before, and until when.
        package var previous: String?
        package var from: Timestamp
        package var until: Timestamp
    }

    /// The first moment at which the policy would have acted within a span.
    package struct Breach: Sendable, Equatable {
        package var span: Span
        package var time: Timestamp
        package var verdict: PolicyVerdict
    }

    /// Where the policy would have been asked, since a time; the clock of a version starts when its route changed.
    package static func spans(
        _ policy: RollbackPolicy, _ state: GovernanceState, since: Timestamp, now: Timestamp
    ) -> [Span] {
        var result: [Span] = []
        for (name, deployment) in state.deployments.sorted(by: { $0.key < $1.key }) {
            var present: [String: (plan: RoutePlan, before: [Target], from: Timestamp, rollout: String?)] = [:]
            func close(_ environment: String, _ until: Timestamp) {
                guard let open = present[environment], until > since,
                    policy.applies(deployment: name, environment: environment)
                else { return }
                for version in open.plan.serving {
                    result.append(
                        Span(
                            series: SeriesKey(deployment: name, environment: environment, version: version),
                            previous: open.before.predecessor(of: version), from: open.from, until: until))
                }
            }
            for record in deployment.history {
                guard case .routeChanged(let change) = record.change else { continue }
                close(change.environment, record.time)
                let open = present[change.environment]
                // Of a rollout's steps, what served before is what served before all of them.
                let isStep = change.rollout != nil && change.rollout == open?.rollout
                let before = isStep ? open?.before : nil
                present[change.environment] = (change.plan, before ?? change.previous, record.time, change.rollout)
            }
            for environment in present.keys.sorted() { close(environment, now) }
        }
        return result
    }

    /// Looks at every minute of every span, and stops at the first breach of each.
    package static func breaches(
        _ policy: RollbackPolicy, _ spans: [Span], since: Timestamp,
        measure: (SeriesKey, _ from: Timestamp, _ until: Timestamp) -> Measurement
    ) -> [Breach] {
        spans.compactMap { span in
            let before = span.previous.map { version in
                var series = span.series
                series.version = version
                return measure(series, span.from - policy.window, span.from)
            }
            var minute = max(span.from, since).minute + 1
            while Timestamp(minute: minute) < span.until {
                let now = Timestamp(minute: minute)
                let from = max(now - policy.window, span.from)
                let current = measure(span.series, from, now)
                let previous =
                    if case .own(let past) = policy.reference {
                        measure(span.series, max(from - past, span.from), from)
                    } else { before }
                let verdict = policy.evaluate(current: current, previous: previous)
                if verdict.verdict == .fail { return Breach(span: span, time: now, verdict: verdict) }
                minute += 1
            }
            return nil
        }
    }
}

/// One inference: request, response, usage, timing, outcome. What every intake format is decoded into.
///
/// Absent is not zero: a field nobody sent is `nil`, and no default stands in for a measurement.
package struct Event: Sendable, Equatable {
    /// Idempotency key: an event with an id that is already stored is counted as a duplicate and changes nothing.
    package var id: String
    package var time: Timestamp
    package var series: SeriesKey
    package var operation: String?
    package var provider: String?
    /// The model that was asked for.
    package var model: String?
    /// The model that says it answered.
    package var responseModel: String?
    package var status: Status
    package var error: Failure?
    package var finishReason: String?
    package var latencyMicroseconds: Int64?
    package var timeToFirstTokenMicroseconds: Int64?
    package var usage: Usage?
    package var serviceTier: ServiceTier
    /// What the sender says it cost, which counts where no price is known.
    package var statedCost: Nanodollars?
    package var session: String?
    package var user: String?
    /// The person whose data this is: the erasure key.
    package var subject: String?
    package var team: String?
    package var project: String?
    package var segments: [String: String]
    package var tags: [String: String]
    package var scores: [String: Double]
    package var outcome: String?
    /// What turned out to be true, where the sender knows it already; feedback tells it later.
    package var groundTruth: String?
    package var content = EventContent()
    package var traceID: String?
    package var spanID: String?
    /// True for events that Steward's own demo or a load generator made up.
    package var simulated: Bool
    /// The event as JSON, as it was sent: what `GET /v1/events/{id}` shows again.
    package var payload: [UInt8]

    package enum Status: UInt8, Sendable { case ok = 0, error = 1 }

    package struct Failure: Sendable, Equatable {
        package var type: String?
        package var code: String?
        package var message: String?
        package init(type: String? = nil, code: String? = nil, message: String? = nil) {
            self.type = type
            self.code = code
            self.message = message
        }
    }

    package init(id: String, time: Timestamp, series: SeriesKey, status: Status = .ok, payload: [UInt8] = []) {
        self.id = id
        self.time = time
        self.series = series
        self.status = status
        self.serviceTier = .standard
        self.segments = [:]
        self.tags = [:]
        self.scores = [:]
        self.simulated = false
        self.payload = payload
    }
}

/// What identifies a series of events: one version of a deployment in one environment.
package struct SeriesKey: Sendable, Hashable {
    package var deployment: String
    package var environment: String
    package var version: String

    package init(deployment: String, environment: String = "production", version: String) {
        self.deployment = deployment
        self.environment = environment
        self.version = version
    }
}

/// Whom an event's cost is attributed to, beside its series.
package struct Attribution: Sendable, Hashable {
    package var provider: String?
    package var model: String?
    package var team: String?
    package var project: String?
    package var user: String?
    /// The tags as a canonical JSON object of texts; `nil` without any.
    package var tags: String?

    package init(
        provider: String? = nil, model: String? = nil, team: String? = nil, project: String? = nil,
        user: String? = nil, tags: String? = nil
    ) {
        self.provider = provider
        self.model = model
        self.team = team
        self.project = project
        self.user = user
        self.tags = tags
    }
}

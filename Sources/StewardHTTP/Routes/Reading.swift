import Hummingbird
import StewardAnalysis
import StewardGovernance
import StewardJSON
import StewardModel
import StewardStatistics
import StewardStore
import StewardWire

extension Endpoints {
    static func reading(_ api: API) -> [Endpoint] {
        [
            Endpoint(
                .get, "/v1/events", .role(.viewer), "Events, newest first, or in order of arrival after a number",
                query: [
                    Shared.deployment, Shared.environment, Shared.version, .init("status", "ok or error"),
                    .init("session", "only this session"), Shared.since, Shared.until,
                    .init("limit", "1 to 1000, 100 if left out"), .init("cursor", "next_cursor of the page before"),
                    .init("after", "list in order of arrival what came after this sequence number"),
                ]
            ) { try await events($0, api) },
            Endpoint(.get, "/v1/events/{id}", .role(.viewer), "One event with its payload as it was sent") {
                try await event($0, api)
            },
            Endpoint(
                .get, "/v1/sessions/{id}", .role(.viewer),
                "A session: its last thousand events, oldest first, and what they come to",
                query: [.init("cursor", "next_cursor of the page before, for the thousand before those")]
            ) { try await session($0, api) },
            Endpoint(
                .get, "/v1/series", .role(.viewer), "A signal over time, per version, from rollups",
                query: [
                    .init("deployment", "the deployment", required: true), Shared.environment, Shared.version,
                    .init(
                        "signal",
                        "\(Signal.all.map(\.name).joined(separator: ", ")), or a named one: score.NAME, label.NAME",
                        required: true),
                    Shared.since, Shared.until, .init("step", "seconds or a span; a multiple of one minute"),
                    .init(
                        "aggregate", "some of: \(SeriesQuery.Aggregate.allCases.map(\.rawValue).joined(separator: ","))"
                    ),
                ]
            ) { try await series($0, api) },
        ]
    }

    // MARK: Events

    private enum Status: String, CaseIterable { case ok, error }

    private static func events(_ call: Call, _ api: API) async throws -> Reply {
        var filter = EventFilter()
        filter.deployment = try call.scopedDeployment()
        filter.environment = call.query("environment")
        filter.version = call.query("version")
        filter.status = try call.choice("status", Status.self).map { $0 == .ok ? .ok : .error }
        filter.session = call.query("session")
        filter.since = try call.time("since")
        filter.until = try call.time("until")
        filter.limit = Int(try call.integer("limit", in: 1...1000) ?? 100)
        filter.after = try call.integer("after", in: 0...Int64.max)
        filter.before = try position(call)
        // Before the page: an event that comes between the two reads must not be passed over by who follows.
        let last = filter.after == nil ? nil : try await api.store.lastSequence()
        let events = try await api.store.events(filter)
        return Reply.object { writer in
            writer.array("events") { writer in
                for event in events { writer.object { $0.members(of: event) } }
            }
            if let after = filter.after {
                let seen = events.last?.sequence ?? after
                writer.member("last_sequence", events.count < filter.limit ? max(last ?? 0, seen) : seen)
            } else {
                writer.member("next_cursor", cursor(behind: events, filter))
            }
        }
    }

    private static func position(_ call: Call) throws -> (time: Timestamp, sequence: Int64)? {
        guard let cursor = call.query("cursor") else { return nil }
        guard let position = Cursor(cursor) else {
            throw StewardError(.invalidInput, "take it from next_cursor of the page before", field: "cursor")
        }
        return (position.time, position.sequence)
    }

    private static func cursor(behind events: [StoredEvent], _ filter: EventFilter) -> String? {
        guard events.count == filter.limit else { return nil }
        return events.last.map { Cursor(time: $0.time, sequence: $0.sequence).text }
    }

    private static func session(_ call: Call, _ api: API) async throws -> Reply {
        var filter = EventFilter()
        filter.session = try call.path("id")
        filter.deployment = call.principal?.scope
        filter.limit = 1000
        filter.before = try position(call)
        let events = try await api.store.events(filter)
        guard !events.isEmpty else {
            throw StewardError(.notFound, "no stored event is of this session", field: "id")
        }
        let costs = events.compactMap(\.cost)
        func sum(_ signal: Signal) -> Int64 { events.reduce(0) { $0 + ($1.numbers[signal] ?? 0) } }
        return Reply.object { writer in
            writer.member("session", filter.session)
            writer.member("first", events.last?.time)
            writer.member("last", events.first?.time)
            writer.member("count", events.count)
            writer.member("errors", events.count { $0.status == .error })
            writer.member("input_tokens", sum(.inputTokens))
            writer.member("output_tokens", sum(.outputTokens))
            writer.member("priced_events", costs.count)
            writer.cost(costs.isEmpty ? nil : costs.reduce(.zero, +))
            writer.array("events") { writer in
                for event in events.reversed() { writer.object { $0.members(of: event) } }
            }
            writer.member("next_cursor", cursor(behind: events, filter))
        }
    }

    private static func event(_ call: Call, _ api: API) async throws -> Reply {
        let id = try call.path("id")
        guard let found = try await api.store.event(id: id) else {
            throw StewardError(.notFound, "there is no event with this id", field: "id")
        }
        try call.allow(found.event.series.deployment)
        let payload = try found.payload.map { try api.codec.unpack($0.block)[$0.part] }
        let feedback = try await api.store.feedback(eventID: id)
        return Reply.object { writer in
            writer.members(of: found.event)
            writer.key("event")
            if let payload, !payload.isEmpty { writer.raw(payload) } else { writer.null() }
            writer.array("feedback") { writer in
                for one in feedback { writer.object { $0.members(of: one) } }
            }
        }
    }

    // MARK: Series

    private static func series(_ call: Call, _ api: API) async throws -> Reply {
        let deployment = try call.required("deployment")
        try call.allow(deployment)
        let name = try call.required("signal")
        let signals = try await Signal.all + api.store.namedSignals()
        guard let signal = signals.first(where: { $0.name == name }) else {
            let known = signals.map(\.name).joined(separator: ", ")
            throw StewardError(.invalidInput, "must be one of: \(known)", field: "signal")
        }
        let query = SeriesQuery(
            deployment: deployment, environment: call.query("environment"), version: call.query("version"),
            signal: signal, since: try call.time("since") ?? call.now - .seconds(3600),
            until: try call.time("until") ?? call.now, stepMinutes: try stepMinutes(call),
            aggregates: try call.choices("aggregate") ?? [.count])
        let span = query.until.minute - query.since.minute
        guard span >= 0, span / query.stepMinutes <= SeriesQuery.maximumPoints else {
            throw StewardError(
                .invalidInput, "more than \(SeriesQuery.maximumPoints) points; take a larger step or a shorter span",
                field: "step")
        }
        let lines = try await query.run(api.store)
        let categories = signal.kind == .categorical ? try await api.store.categoryNames() : [:]
        return Reply.object { writer in
            writer.member("deployment", deployment)
            writer.member("signal", signal.name)
            writer.member("unit", signal.displayUnit)
            writer.member("step_seconds", query.stepMinutes * 60)
            writer.member("since", query.since)
            writer.member("until", query.until)
            writer.array("series") { writer in
                for line in lines {
                    writer.object { writer in
                        writer.member("version", line.version)
                        writer.member("environment", line.environment)
                        writer.array("points") { writer in
                            for point in line.points { writer.object { $0.members(of: point, query, categories) } }
                        }
                    }
                }
            }
        }
    }

    private static func stepMinutes(_ call: Call) throws -> Int64 {
        guard let text = call.query("step") else { return 1 }
        guard let seconds = Call.span(text)?.components.seconds, seconds >= 60, seconds % 60 == 0 else {
            throw StewardError(.invalidInput, "must be a multiple of one minute, such as 60, 5m or 1h", field: "step")
        }
        return seconds / 60
    }
}

/// Where a page of events ends.
private struct Cursor {
    var time: Timestamp
    var sequence: Int64

    init(time: Timestamp, sequence: Int64) {
        self.time = time
        self.sequence = sequence
    }

    init?(_ text: String) {
        let parts = text.split(separator: "_").compactMap { Int64($0, radix: 36) }
        guard parts.count == 2 else { return nil }
        self.init(time: Timestamp(microseconds: parts[0]), sequence: parts[1])
    }

    var text: String { String(time.microseconds, radix: 36) + "_" + String(sequence, radix: 36) }
}

extension JSONWriter {
    fileprivate mutating func members(of event: StoredEvent) {
        func milliseconds(_ signal: Signal) -> Double? { event.numbers[signal].map { Double($0) / 1000 } }
        member("id", event.id)
        member("sequence", event.sequence)
        member("time", event.time)
        member("received", event.received)
        member("deployment", event.series.deployment)
        member("environment", event.series.environment)
        member("version", event.series.version)
        member("status", event.status == .ok ? "ok" : "error")
        member("provider", event.attribution.provider)
        member("model", event.attribution.model)
        member("team", event.attribution.team)
        member("project", event.attribution.project)
        member("latency_ms", milliseconds(.latency))
        member("time_to_first_token_ms", milliseconds(.timeToFirstToken))
        member("input_tokens", event.numbers[.inputTokens])
        member("output_tokens", event.numbers[.outputTokens])
        member("cached_input_tokens", event.numbers[.cachedInputTokens])
        member("cache_write_tokens", event.numbers[.cacheWriteTokens])
        member("reasoning_tokens", event.numbers[.reasoningTokens])
        member("finish_reason", event.categories[.finishReason])
        member("error_type", event.categories[.errorType])
        cost(event.cost)
        member("session", event.session)
        member("simulated", event.simulated)
    }

    fileprivate mutating func members(of feedback: Feedback) {
        member("time", feedback.time)
        member("name", feedback.name)
        member("source", feedback.source)
        switch feedback.value {
        case .score(let value): member("score", value)
        case .rating(let value): member("rating", value)
        case .label(let text): member("label", text)
        case .groundTruth(let text): member("ground_truth", text)
        }
    }

    fileprivate mutating func members(of point: SeriesQuery.Point, _ query: SeriesQuery, _ categories: [Int32: String])
    {
        member("time", point.time)
        if query.signal.kind == .categorical {
            member("count", point.counts.count)
            object("categories") { writer in
                for entry in point.counts.values.entries {
                    let status = query.signal.signal == .status ? (entry.bin == 0 ? "ok" : "error") : nil
                    writer.member(status ?? categories[entry.bin] ?? "other", entry.count)
                }
            }
            return
        }
        // Always there, because every other number means little without it.
        member("count", point.counts.count)
        if query.signal.signal == .cost { member("unpriced", point.counts.absent) }
        for aggregate in query.aggregates where aggregate != .count {
            member(aggregate.rawValue, query.value(of: aggregate, at: point))
        }
    }
}

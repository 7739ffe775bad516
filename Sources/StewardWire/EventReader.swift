import StewardJSON
import StewardModel

/// Reads events one after the other from a scanner, in one pass and without an intermediate tree.
///
/// A syntax error is thrown. What is JSON but no valid event becomes a ``Problem``: the first one is kept, the rest of
/// the event is read on, so that the scanner stands behind it.
struct EventReader: ~Copyable {
    var scanner: JSONScanner
    let now: Timestamp
    let limits: EventLimits
    var problem: Problem?

    struct Problem {
        /// The path of the member; `nil` for the event as a whole.
        var field: String?
        var reason: String
    }

    /// Seven days: longer than any call, short enough for sums of many to stay inside `Int64` microseconds.
    static let maximumMilliseconds = 604_800_000.0
    static let maximumIDBytes = 256
    static let maximumTextBytes = 256
    static let maximumMessageBytes = 65_536
    static let maximumDimensions = 8192

    init(_ scanner: consuming JSONScanner, now: Timestamp, limits: EventLimits) {
        self.scanner = scanner
        self.now = now
        self.limits = limits
    }

    /// The next event, or `nil` with its ``problem`` noted.
    mutating func event(makeID: () -> String) throws(JSONError) -> Event? {
        problem = nil
        let kind = try scanner.kind()
        let start = scanner.offset
        guard kind == .object else {
            try scanner.skipValue()
            problem = Problem(field: nil, reason: "expected an object, found \(kind.description)")
            return nil
        }
        var event = Event(id: "", time: .latest, series: SeriesKey(deployment: "", version: ""))
        let seen = try members(of: &event)
        let size = scanner.offset - start
        if size > limits.maximumEventBytes {
            let limit = limits.maximumEventBytes
            problem = Problem(field: nil, reason: "is \(size) bytes long, the limit of one event is \(limit)")
            return nil
        }
        finish(&event, seen)
        if problem != nil { return nil }
        if event.id.isEmpty { event.id = makeID() }
        event.payload = Array(scanner.bytes[start..<scanner.offset])
        return event
    }

    /// The fields that an event has shown, `null` not counted.
    private struct Seen {
        var names: UInt64 = 0
        var status = false
        var time = false
        var tier = false
        var rawUsage: RawUsage?
    }

    private mutating func members(of event: inout Event) throws(JSONError) -> Seen {
        var seen = Seen()
        var others = JSONUniqueNames()
        var more = try scanner.enterObject()
        while more {
            let name = try scanner.memberName()
            if let index = scanner.index(of: name, in: EventField.table) {
                let field = EventField.all[index]
                if seen.names & 1 << index != 0 { reject(field.rawValue, "appears twice") }
                seen.names |= 1 << index
                try member(field, of: &event, &seen)
            } else {
                if !others.insert(name, in: scanner) {
                    reject(Self.shortened(scanner.value(of: name)), "appears twice")
                }
                try scanner.skipValue()
            }
            more = try scanner.nextMember()
        }
        return seen
    }

    private mutating func member(
        _ field: EventField, of event: inout Event, _ seen: inout Seen
    ) throws(JSONError) {
        let path = field.rawValue
        switch field {
        case .id: event.id = try text(path, maximumBytes: Self.maximumIDBytes, mayBeEmpty: false) ?? ""
        case .time:
            if let time = try time(path) {
                event.time = time
                seen.time = true
            }
        case .deployment: event.series.deployment = try name(path) ?? ""
        case .version: event.series.version = try name(path) ?? ""
        case .environment: event.series.environment = try name(path) ?? event.series.environment
        case .operation: event.operation = try text(path)
        case .provider: event.provider = try text(path)
        case .model: event.model = try text(path)
        case .responseModel: event.responseModel = try text(path)
        case .status:
            if let status = try status(path) {
                event.status = status
                seen.status = true
            }
        case .error: event.error = try failure(path)
        case .finishReason: event.finishReason = try text(path)
        case .latency: event.latencyMicroseconds = try microseconds(path)
        case .timeToFirstToken: event.timeToFirstTokenMicroseconds = try microseconds(path)
        case .usage: event.usage = try usage(path)
        case .rawUsage: seen.rawUsage = try rawUsage()
        case .serviceTier:
            if let tier = try text(path) {
                event.serviceTier = ServiceTier(stated: tier)
                seen.tier = true
            }
        case .statedCost: event.statedCost = try dollars(path)
        case .session: event.session = try text(path)
        case .user: event.user = try text(path)
        case .subject: event.subject = try text(path)
        case .team: event.team = try text(path)
        case .project: event.project = try text(path)
        case .segments: event.segments = try texts(path)
        case .scores: event.scores = try scores(path)
        case .tags: event.tags = try texts(path)
        case .outcome: event.outcome = try text(path)
        case .groundTruth: event.groundTruth = try text(path)
        case .input:
            var reader = ContentReader(keepsText: false)
            try reader.read(&scanner)
            if reader.hasContent { event.content.inputCharacters = Int64(reader.characters) }
        case .output:
            var reader = ContentReader(keepsText: true)
            try reader.read(&scanner)
            event.content.take(output: reader)
        case .outputType, .responseFormat:
            if try ContentReader.asksForJSON(&scanner) { event.content.asksForJSON = true }
        case .logprobs:
            if let mean = try ContentReader.meanLogProbability(&scanner) { event.content.meanLogProbability = mean }
        case .meanLogprob:
            if let mean = try number(path) {
                if mean > 0 { reject(path, "must be at most 0: the logarithm of a probability") }
                event.content.meanLogProbability = mean
            }
        case .embedding: event.content.embedding = try embedding(path)
        case .traceID: event.traceID = try text(path)
        case .spanID: event.spanID = try text(path)
        case .simulated: event.simulated = try bool(path) ?? false
        }
    }

    /// Checks what no single member can tell.
    private mutating func finish(_ event: inout Event, _ seen: Seen) {
        if !seen.time { reject(EventField.time.rawValue, "is required") }
        if event.series.deployment.isEmpty { reject(EventField.deployment.rawValue, "is required") }
        if event.series.version.isEmpty { reject(EventField.version.rawValue, "is required") }
        if let raw = seen.rawUsage {
            // What was sent in our own words stands; the provider's object completes it.
            if event.usage == nil || event.usage == Usage() { event.usage = raw.usage }
            event.usage?.fillParts(from: raw.usage)
            if let tier = raw.tier, !seen.tier { event.serviceTier = tier }
        }
        if event.error != nil {
            if seen.status, event.status == .ok {
                reject(EventField.error.rawValue, "must be absent when status is ok")
            }
            event.status = .error
        }
    }

    /// Keeps the first problem of an event.
    mutating func reject(_ field: String?, _ reason: String) {
        if problem == nil { problem = Problem(field: field, reason: reason) }
    }

    /// A name that a client chose, short enough to be repeated to it.
    static func shortened(_ name: String) -> String { name.utf8.count <= 64 ? name : name.prefix(32) + "…" }
}

extension JSONScanner.Kind {
    var description: String {
        switch self {
        case .object: "an object"
        case .array: "an array"
        case .string: "a string"
        case .number: "a number"
        case .bool: "a boolean"
        case .null: "null"
        }
    }
}

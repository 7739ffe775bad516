import StewardJSON
import StewardModel

/// What a body of events may hold.
package struct EventLimits: Sendable {
    /// Events in one body.
    package var maximumEvents = 100_000
    /// Bytes of one event as sent.
    package var maximumEventBytes = 1 << 20
    /// How far a client's clock may be ahead of ours.
    package var futureTolerance: Duration = .minutes(10)
    /// How late an event may come; `nil`: at any time.
    package var lateLimit: Duration?
    /// The first moment of which events are kept.
    package var firstEvent = Timestamp(seconds: 0)
    /// Entries of each map: `segments`, `scores`, `tags`.
    package var maximumMapEntries = 64

    package init() {}

    /// Why an event of a time is not taken; `nil` when it is.
    func problem(of time: Timestamp, now: Timestamp) -> String? {
        if time.microseconds < 0 { return "is before 1970" }
        if time > now + futureTolerance {
            let (seconds, tolerance) = ((time - now).components.seconds, futureTolerance.components.seconds)
            return "is \(seconds) s in the future, the tolerance is \(tolerance) s: check the sender's clock"
        }
        if let lateLimit, time < now - lateLimit {
            let (seconds, limit) = ((now - time).components.seconds, lateLimit.components.seconds)
            return "is \(seconds) s ago, more than the \(limit) s that an event may be late (intake.late_limit)"
        }
        if time < firstEvent { return "is before \(firstEvent.day), since when events are kept (retention.events)" }
        return nil
    }
}

/// How a body of events is laid out.
package enum EventFormat: Sendable {
    /// One object, or an array of objects.
    case json
    /// One object a line; blank lines are passed over, CRLF ends a line as LF does.
    case ndjson
}

/// An event that was not taken, and why.
package struct Rejection: Sendable, Equatable {
    /// 0-based position among the events of the body.
    package var index: Int
    /// The path of the member that was wrong, such as `usage.input_tokens`; `nil` when it is the event as a whole.
    package var field: String?
    /// What was expected and what was found; never the value itself.
    package var reason: String

    package init(index: Int, field: String?, reason: String) {
        self.index = index
        self.field = field
        self.reason = reason
    }
}

package struct DecodedEvents: Sendable {
    /// The good events with their positions in the body.
    package var events: [(index: Int, event: Event)] = []
    package var rejected: [Rejection] = []
    /// How many events the body held, good and bad.
    package var count: Int { events.count + rejected.count }

    package init() {}

    /// Takes out the events of other deployments than the one that the sender may send.
    package mutating func reject(allBut deployment: String) {
        for (index, event) in events where event.series.deployment != deployment {
            rejected.append(
                Rejection(index: index, field: "deployment", reason: "the token works for '\(deployment)' only"))
        }
        events.removeAll { $0.event.series.deployment != deployment }
        rejected.sort { $0.index < $1.index }
    }
}

/// Reads the native event format; the fields are those of ``EventField``.
package enum EventDecoder {
    /// Decodes a body into the events that are good and the reasons why others are not.
    ///
    /// An event that is JSON but not valid is rejected alone, and so is an NDJSON line that is not JSON. Each event's
    /// payload is its bytes as sent.
    ///
    /// - Parameters:
    ///   - now: the time of receipt, which bounds how far in the future an event may lie.
    ///   - makeID: makes an identifier for an event that has none.
    /// - Throws: `invalidInput` when nothing can be parsed, with line and column; `tooLarge` for too many events.
    package static func decode(
        _ body: [UInt8], format: EventFormat, now: Timestamp, limits: EventLimits, makeID: () -> String
    ) throws(StewardError) -> DecodedEvents {
        switch format {
        case .json: try decodeText(body, now: now, limits: limits, makeID: makeID)
        case .ndjson: try decodeLines(body, now: now, limits: limits, makeID: makeID)
        }
    }

    private static func decodeText(
        _ body: [UInt8], now: Timestamp, limits: EventLimits, makeID: () -> String
    ) throws(StewardError) -> DecodedEvents {
        var decoded = DecodedEvents()
        var reader = EventReader(JSONScanner(body), now: now, limits: limits)
        var tooMany = false
        do throws(JSONError) {
            if try reader.scanner.kind() == .array {
                var more = try reader.scanner.enterArray()
                while more, !tooMany {
                    tooMany = decoded.count == limits.maximumEvents
                    decoded.add(try reader.event(makeID: makeID), reader.problem)
                    more = try reader.scanner.nextElement()
                }
            } else {
                decoded.add(try reader.event(makeID: makeID), reader.problem)
            }
            if !tooMany { try reader.scanner.finish() }
        } catch {
            throw StewardError(.invalidInput, "the body is not valid JSON: \(error)")
        }
        if tooMany { throw tooManyEvents(limits) }
        return decoded
    }

    private static func decodeLines(
        _ body: [UInt8], now: Timestamp, limits: EventLimits, makeID: () -> String
    ) throws(StewardError) -> DecodedEvents {
        var decoded = DecodedEvents()
        var firstError: JSONError?
        var unparsable = 0
        var line = 0
        var start = 0
        while start < body.count {
            let end = endOfLine(in: body.span, from: start)
            line += 1
            defer { start = end + 1 }
            if body[start..<end].allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            guard decoded.count < limits.maximumEvents else { throw tooManyEvents(limits) }
            let scanner = JSONScanner(body, in: start..<end, firstLine: line)
            var reader = EventReader(scanner, now: now, limits: limits)
            do throws(JSONError) {
                let event = try reader.event(makeID: makeID)
                try reader.scanner.finish()
                decoded.add(event, reader.problem)
            } catch {
                decoded.add(nil, .init(field: nil, reason: "the line is not valid JSON: \(error)"))
                firstError = firstError ?? error
                unparsable += 1
            }
        }
        if let firstError, unparsable == decoded.count {
            throw StewardError(
                .invalidInput, "no line of the body is JSON by itself, one object a line; first error: \(firstError)")
        }
        if decoded.count == 0 {
            throw StewardError(.invalidInput, "the body is empty: send one JSON object a line")
        }
        return decoded
    }

    private static func tooManyEvents(_ limits: EventLimits) -> StewardError {
        StewardError(
            .tooLarge, "the body has more than \(limits.maximumEvents) events, the limit of one request: send fewer")
    }
}

extension DecodedEvents {
    /// Adds an event, or where there is none the problem with it.
    fileprivate mutating func add(_ event: consuming Event?, _ problem: EventReader.Problem?) {
        if let event {
            events.append((count, event))
        } else {
            let reason = problem?.reason ?? "is not valid"
            rejected.append(Rejection(index: count, field: problem?.field, reason: reason))
        }
    }
}

/// Where the next line feed stands, or the end; eight bytes at a time, as every byte of a body passes through here.
private func endOfLine(in bytes: Span<UInt8>, from start: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let raw = bytes.bytes
    var index = start
    while index + 8 <= bytes.count {
        let word = UInt64(littleEndian: raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
        let zeroed = word ^ (ones &* 0x0A)
        let found = (zeroed &- ones) & ~zeroed & (ones << 7)
        if found != 0 { return index + found.trailingZeroBitCount / 8 }
        index += 8
    }
    while index < bytes.count, bytes[index] != 0x0A { index += 1 }
    return index
}

import StewardJSON
import StewardModel
import StewardStatistics
import StewardWire
import Testing

@Suite("Event decoder: limits and properties")
struct EventDecoderTests {
    private static let minimal = #"{"time":0,"deployment":"d","version":"v"}"#

    private func decode(
        _ text: String, _ format: EventFormat = .ndjson, _ limits: EventLimits = .init()
    ) throws(StewardError) -> DecodedEvents {
        try EventDecoder.decode(Array(text.utf8), format: format, now: EventReport.now, limits: limits) { "made" }
    }

    @Test func countIsLimited() throws {
        var limits = EventLimits()
        limits.maximumEvents = 3
        for format in [EventFormat.json, .ndjson] {
            func body(_ count: Int) -> String {
                let events = Array(repeating: Self.minimal, count: count)
                return format == .json
                    ? "[" + events.joined(separator: ",") + "]" : events.joined(separator: "\n\n") + "\n"
            }
            #expect(try decode(body(3), format, limits).count == 3)
            let error = #expect(throws: StewardError.self) { try decode(body(4), format, limits) }
            #expect(error?.code == .tooLarge && error?.message.contains("3 events") == true)
        }
    }

    @Test func sizeOfOneEventIsLimited() throws {
        var limits = EventLimits()
        limits.maximumEventBytes = Self.minimal.utf8.count
        let longer = Self.minimal.replacing("}", with: " }")
        for decoded in [
            try decode("\(Self.minimal)\n\(longer)\n\(Self.minimal)", .ndjson, limits),
            try decode(" [ \(Self.minimal) , \(longer) , \(Self.minimal) ]", .json, limits),
        ] {
            #expect(decoded.events.map(\.index) == [0, 2])
            #expect(decoded.rejected.map(\.index) == [1])
            #expect(decoded.rejected.first?.field == nil)
            #expect(decoded.rejected.first?.reason == "is 42 bytes long, the limit of one event is 41")
        }
    }

    @Test func futureToleranceIsASetting() throws {
        var limits = EventLimits()
        let soon = #"{"time":1772550001,"deployment":"d","version":"v"}"#
        #expect(try decode(soon, .json, limits).events.count == 1)
        limits.futureTolerance = .zero
        #expect(try decode(soon, .json, limits).rejected.first?.reason.hasPrefix("is 1 s in the future") == true)
    }

    @Test func payloadIsVerbatim() throws {
        let sent = #"{ "time":0 ,"deployment":"d","version":"v","x":[1.50,"\u0041",{"b":1,"a":2}],"é":-0 }"#
        #expect(try decode("  [\n\(sent) ] ", .json).events.first?.event.payload == Array(sent.utf8))
        #expect(try decode("\t\(sent) \r\n").events.first?.event.payload == Array(sent.utf8))
    }

    @Test func nestingIsLimited() {
        let deep = String(repeating: "[", count: 100_000)
        let body = Self.minimal.dropLast() + #","input":"# + deep
        let error = #expect(throws: StewardError.self) { try decode(String(body), .json) }
        #expect(error?.message.contains("nested deeper than 128 levels") == true)
    }

    /// A long list of unknown members must not make the search for duplicates slow or wrong.
    @Test func manyUnknownMembers() throws {
        let names = (0..<20_000).map { #","x\#($0)":0"# }.joined()
        #expect(try decode(Self.minimal.dropLast() + names + "}").events.count == 1)
        let twice = try decode(Self.minimal.dropLast() + names + #","x7":1}"#)
        #expect(twice.rejected == [Rejection(index: 0, field: "x7", reason: "appears twice")])
    }

    /// What JSONWriter writes of an event is the event again, in any order of members.
    @Test(arguments: [11, 12, 13] as [UInt64]) func writtenEventsComeBack(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for round in 0..<300 {
            let (event, members) = Self.randomEvent(&random)
            let payload = JSONValue.object(members.shuffled(using: &random)).text
            let decoded = try decode(String(decoding: payload, as: UTF8.self), round % 2 == 0 ? .json : .ndjson)
            var expected = event
            expected.payload = payload
            try #require(decoded.events.first?.event == expected, "seed \(seed), round \(round)")
        }
    }

    /// A body with bytes changed at random is decoded or refused, but every event in it is accounted for, and what is
    /// accepted is JSON.
    @Test(arguments: [21, 22, 23] as [UInt64]) func damagedBodies(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var (accepted, rejected, refused) = (0, 0, 0)
        for round in 0..<1500 {
            let events = (0..<3).map { _ in JSONValue.object(Self.randomEvent(&random).1).text }
            var body = Array(events.joined(separator: [0x0A]))
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<body.count, using: &random)
                body[place] = Bool.random(using: &random) ? UInt8(truncatingIfNeeded: random.next()) : body[place] ^ 1
            }
            let decoded = try? EventDecoder.decode(
                body, format: .ndjson, now: EventReport.now, limits: .init(), makeID: { "made" })
            guard let decoded else {
                refused += 1
                continue
            }
            let places = (decoded.events.map(\.index) + decoded.rejected.map(\.index)).sorted()
            try #require(places == Array(0..<decoded.count), "seed \(seed), round \(round)")
            for (_, event) in decoded.events { _ = try JSONValue(parsing: event.payload) }
            accepted += decoded.events.count
            rejected += decoded.rejected.count
        }
        #expect(accepted > 0 && rejected > 0)
        #expect(refused < 1500)
    }

    private static func randomEvent(_ random: inout SplitMix64) -> (Event, [JSONValue.Member]) {
        func text() -> String {
            let alphabet: [Character] = ["a", "B", "7", "-", "\"", "\\", "é", "日", "😀", "\n"]
            return String(
                (0..<Int.random(in: 1...20, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "a" })
        }
        func name() -> String { "n" + text().replacing("\n", with: "") }
        var members: [JSONValue.Member] = []
        func add(_ name: String, _ value: JSONValue) { members.append(.init(name: name, value: value)) }

        let time = Timestamp(microseconds: Int64.random(in: 0...EventReport.now.microseconds, using: &random))
        var event = Event(
            id: text(), time: time, series: SeriesKey(deployment: name(), environment: name(), version: name()))
        add("id", .string(event.id))
        add("time", .string(time.rfc3339))
        add("deployment", .string(event.series.deployment))
        add("environment", .string(event.series.environment))
        add("version", .string(event.series.version))
        let texts: [(String, WritableKeyPath<Event, String?>)] = [
            ("operation", \.operation), ("provider", \.provider), ("model", \.model),
            ("response_model", \.responseModel),
            ("finish_reason", \.finishReason), ("session", \.session), ("user", \.user), ("subject", \.subject),
            ("team", \.team), ("project", \.project), ("outcome", \.outcome), ("trace_id", \.traceID),
            ("span_id", \.spanID),
        ]
        for (name, path) in texts where Bool.random(using: &random) {
            event[keyPath: path] = text()
            add(name, .string(event[keyPath: path] ?? ""))
        }
        if Bool.random(using: &random) {
            let latency = Int64.random(in: 0...10_000_000, using: &random)
            event.latencyMicroseconds = latency
            add("latency_ms", .number(Double(latency) / 1000))
        }
        if Bool.random(using: &random) {
            let counts = (0..<3).map { _ in Int64.random(in: 1000...5000, using: &random) }
            event.usage = Usage(inputTokens: counts[0], outputTokens: counts[1], reasoningTokens: counts[2] / 5)
            add(
                "usage",
                [
                    "input_tokens": .integer(counts[0]), "output_tokens": .integer(counts[1]),
                    "reasoning_tokens": .integer(counts[2] / 5),
                ])
        }
        for index in 0..<Int.random(in: 0..<4, using: &random) {
            event.segments["\(index)\(name())"] = text()
            event.scores["\(index)\(name())"] = Double.random(in: -1...1, using: &random)
        }
        add("segments", .object(event.segments.map { .init(name: $0.key, value: .string($0.value)) }))
        add("scores", .object(event.scores.map { .init(name: $0.key, value: .number($0.value)) }))
        event.simulated = .random(using: &random)
        add("simulated", .bool(event.simulated))
        return (event, members)
    }
}

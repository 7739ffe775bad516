import StewardModel
import Testing

@testable import StewardWire

struct FeedbackDecoderTests {
    static let now = Timestamp(seconds: 1000)

    static func decode(_ text: String, _ format: EventFormat = .json) throws -> DecodedFeedback {
        try FeedbackDecoder.decode(Array(text.utf8), format: format, now: now)
    }

    @Test(arguments: [
        (#"{"event_id":"a","score":0.5}"#, "score", Feedback.Value.score(0.5)),
        (#"{"event_id":"a","rating":4,"name":"stars"}"#, "stars", .rating(4)),
        (#"{"event_id":"a","label":"billing","name":"topic","source":"ada"}"#, "topic", .label("billing")),
        (#"{"event_id":"a","ground_truth":true}"#, "ground_truth", .groundTruth("true")),
        (#"{"event_id":"a","ground_truth":1}"#, "ground_truth", .groundTruth("1")),
    ])
    func readsEachKind(text: String, name: String, value: Feedback.Value) throws {
        let feedback = try #require(try Self.decode(text).feedback.first)
        #expect(feedback.name == name)
        #expect(feedback.value == value)
        #expect(feedback.time == Self.now)
    }

    @Test(
        arguments: [
            (#"{"score":1}"#, "event_id"), (#"{"event_id":"a"}"#, "score"), (#"{"event_id":5,"score":1}"#, "event_id"),
            (#"{"event_id":"a","score":1,"label":"x"}"#, "score, label"), (#"{"event_id":"a","score":"1"}"#, "score"),
            (#"{"event_id":"a","score":1e12}"#, "score"), (#"{"event_id":"a","label":""}"#, "label"),
            (#"{"event_id":"a","label":[1]}"#, "label"), (#"{"event_id":"a","score":1,"time":"soon"}"#, "time"),
            (#"{"event_id":"a","score":1,"nmae":"x"}"#, "nmae"), ("3", nil),
        ] as [(String, String?)])
    func rejectionsNameTheField(text: String, field: String?) throws {
        let decoded = try Self.decode(text)
        #expect(decoded.feedback.isEmpty)
        #expect(decoded.rejected.map(\.field) == [field])
    }

    @Test func goodLinesAreKept() throws {
        let text = "{\"event_id\":\"a\",\"score\":1}\n\n{\"event_id\":\n{\"event_id\":\"b\",\"rating\":2}\r\n"
        let decoded = try Self.decode(text, .ndjson)
        #expect(decoded.feedback.map(\.eventID) == ["a", "b"])
        #expect(decoded.rejected.map(\.index) == [1])
    }

    @Test func theSameFeedbackHasTheSameKeyAndOtherFeedbackAnother() throws {
        let texts = [
            #"{"event_id":"a","score":1}"#, #"{"event_id":"a","score":1.0}"#, #"{"event_id":"a","score":2}"#,
            #"{"event_id":"a","rating":1}"#, #"{"event_id":"a","score":1,"source":"x"}"#,
            #"{"event_id":"a","score":1,"name":"y"}"#, #"{"event_id":"b","score":1}"#,
            #"{"event_id":"a","score":1,"id":"k"}"#,
        ]
        let keys = try texts.map { try #require(try Self.decode($0).feedback.first?.key) }
        #expect(keys[0] == keys[1])
        #expect(Set(keys).count == texts.count - 1)
    }

    @Test(arguments: ["", "[]", "{"])
    func nothingParsableIsAnError(text: String) {
        #expect(throws: StewardError.self) { _ = try Self.decode(text) }
    }
}

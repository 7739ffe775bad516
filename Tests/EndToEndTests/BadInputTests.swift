import StewardJSON
import StewardModel
import StewardWire
import Testing

@Suite struct BadInputTests {
    /// What a bad body gets: an answer that refuses it whole, or one that names the bad event.
    enum Expected {
        case refused(status: Int, field: String? = nil)
        case rejected(field: String?)
    }

    struct Case {
        var name: String
        var body: [UInt8]
        var expected: Expected
        var type = "application/json"
        var encoding: String?

        init(
            _ name: String, _ body: [UInt8], _ expected: Expected, type: String = "application/json",
            encoding: String? = nil
        ) {
            self.name = name
            self.body = body
            self.expected = expected
            self.type = type
            self.encoding = encoding
        }

        init(_ name: String, _ body: String, _ expected: Expected) { self.init(name, Array(body.utf8), expected) }
    }

    private static func event(_ old: String, _ new: String) -> String {
        Traffic.event(id: "bad").replacing(old, with: new)
    }

    private static func cases() throws -> [Case] {
        let good = Array(Traffic.event(id: "bad").utf8)
        let deep = String(repeating: "[", count: 100_000)
        return [
            Case("no JSON", "hello", .refused(status: 400)),
            Case("nothing", "", .refused(status: 400)),
            Case("cut short", Array(good.dropLast(5)), .refused(status: 400)),
            Case("two values", good + good, .refused(status: 400)),
            Case("100,000 levels", deep, .refused(status: 400)),
            Case("100,000 levels in a member", event("850", deep), .refused(status: 400)),
            Case("NaN", event(":850", ":NaN"), .refused(status: 400)),
            Case("infinity", event(":850", ":1e999"), .refused(status: 400)),
            Case("no UTF-8", Array("{\"id\":\"".utf8) + [0xC3, 0x28] + Array("\"}".utf8), .refused(status: 400)),
            Case("text for a number", event(":850", ":\"fast\""), .rejected(field: "latency_ms")),
            Case("negative tokens", event(":1000", ":-1"), .rejected(field: "usage.input_tokens")),
            Case("tokens in part", event(":1000", ":1.5"), .rejected(field: "usage.input_tokens")),
            Case("2⁶⁴ tokens", event(":1000", ":18446744073709551616"), .rejected(field: "usage.input_tokens")),
            Case("object for a name", event("\"support-bot\"", "{}"), .rejected(field: "deployment")),
            Case("slash in a name", event("support-bot", "a/b"), .rejected(field: "deployment")),
            Case("no version", event("\"version\":\"v1\",", ""), .rejected(field: "version")),
            Case("unknown status", event("\"ok\"", "\"fine\""), .rejected(field: "status")),
            Case("no date", event(Traffic.now.day, "2026-02-30"), .rejected(field: "time")),
            Case(
                "an hour ahead", Traffic.event(id: "bad", time: Traffic.now + .minutes(60)), .rejected(field: "time")),
            Case(
                "10 MB of text", event("stop", String(repeating: "x", count: 10_000_000)), .rejected(field: nil)),
            Case("unknown type", good, .refused(status: 415, field: "Content-Type"), type: "text/xml"),
            Case("unknown encoding", good, .refused(status: 415, field: "Content-Encoding"), encoding: "br"),
            Case("no gzip", good, .refused(status: 400), encoding: "gzip"),
            Case("gzip cut short", Array(try Gzip.deflate(good).dropLast(9)), .refused(status: 400), encoding: "gzip"),
            Case(
                "gzip bomb", try Gzip.deflate([UInt8](repeating: 0x20, count: 256 << 20), level: 1),
                .refused(status: 413), encoding: "gzip"),
        ]
    }

    @Test func badBodiesGetAClearAnswerAndLeaveNothingBehind() async throws {
        try await Daemon.run { daemon in
            for bad in try Self.cases() {
                var headers = ["Content-Type": bad.type]
                headers["Content-Encoding"] = bad.encoding
                let answer = try await daemon.client.send("POST", "/v1/events", body: bad.body, headers: headers)
                let json = try answer.json()
                switch bad.expected {
                case .refused(let status, let field):
                    #expect(answer.status == status, "\(bad.name): \(answer)")
                    #expect(answer.headers["content-type"] == "application/problem+json", "\(bad.name)")
                    #expect(json["detail"]?.string?.isEmpty == false, "\(bad.name)")
                    if let field { #expect(json["field"]?.string == field, "\(bad.name): \(answer)") }
                case .rejected(let field):
                    #expect(answer.status == 202, "\(bad.name): \(answer)")
                    #expect(json["accepted"] == 0, "\(bad.name): \(answer)")
                    let rejection = json["rejected"]?.array?.first
                    #expect(rejection?["field"]?.string == field, "\(bad.name): \(answer)")
                    #expect(rejection?["reason"]?.string?.isEmpty == false, "\(bad.name): \(answer)")
                }
            }
            #expect(try await daemon.client.json("/v1/status")["store"]?["events"] == 0)
            let good = try await daemon.client.post("/v1/events", Traffic.event(id: "good"))
            #expect(good.status == 202, "still in service: \(good)")
        }
    }
}

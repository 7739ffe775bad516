import StewardJSON
import StewardModel
import StewardWire
import Testing

@Suite struct IntakeTests {
    @Test func whatIsAcknowledgedIsReadBackOnceAndPriced() async throws {
        try await Daemon.run { daemon in
            let lines = (0..<20).map { Traffic.event(id: "e\($0)", failed: $0 % 5 == 0) }
            let first = try await daemon.client.postEvents(lines)
            #expect(first.status == 202, "\(first)")
            #expect(try first.json()["accepted"] == 20)

            let again = try await daemon.client.postEvents(lines + [Traffic.event(id: "e20")]).json()
            #expect(again["accepted"] == 1)
            #expect(again["duplicates"] == 20)

            let stored = try await daemon.client.allEvents()
            #expect(stored.compactMap { $0["id"]?.string }.sorted() == (0...20).map { "e\($0)" }.sorted())
            #expect(stored.allSatisfy { $0["cost_nanodollars"]?.int64 == Traffic.costNanodollars })

            let total = try await daemon.client.json("/v1/costs?group_by=version")["total"]
            #expect(total?["events"] == 21)
            #expect(total?["cost_nanodollars"]?.int64 == 21 * Traffic.costNanodollars)
            #expect(total?["input_tokens"] == 21_000)
        }
    }

    @Test func anEventIsShownAsItWasSent() async throws {
        try await Daemon.run { daemon in
            let sent = Traffic.event(id: "one", extra: ",\"colour\":\"blue\",\"input\":\"¿qué?\"")
            let answer = try await daemon.client.post("/v1/events", sent)
            #expect(answer.status == 202, "\(answer)")
            let shown = try await daemon.client.json("/v1/events/one")
            #expect(shown["event"] == (try JSONValue(parsing: sent)))
            #expect(shown["latency_ms"]?.double == 850)
            #expect(shown["environment"] == "production")
        }
    }

    @Test func goodEventsOfABatchAreTakenAndBadOnesNamed() async throws {
        try await Daemon.run { daemon in
            let lines = [
                Traffic.event(id: "good"), "{\"time\":\"\(Traffic.now.rfc3339)\",\"version\":\"v1\"}",
                Traffic.event(id: "late").replacing("850", with: "\"slow\""), Traffic.event(id: "good too"),
            ]
            let answer = try await daemon.client.postEvents(lines).json()
            #expect(answer["accepted"] == 2)
            let rejected = answer["rejected"]?.array ?? []
            #expect(rejected.map { $0["index"] } == [1, 2])
            #expect(rejected.map { $0["field"] } == ["deployment", "latency_ms"])
            #expect(try await daemon.client.allEvents().count == 2)
        }
    }

    @Test func gzipAndArraysAreTaken() async throws {
        try await Daemon.run { daemon in
            let array = "[" + Traffic.event(id: "a") + "," + Traffic.event(id: "b") + "]"
            let answer = try await daemon.client.send(
                "POST", "/v1/events", body: try Gzip.deflate(Array(array.utf8)),
                headers: ["Content-Type": "application/json", "Content-Encoding": "gzip"])
            #expect(answer.status == 202, "\(answer)")
            #expect(try answer.json()["accepted"] == 2)
        }
    }

    @Test func theLoaderFindsEveryEventAccepted() async throws {
        try await Daemon.run { daemon in
            for arguments in [["--batch", "50"], ["--batch", "50", "--gzip"], ["--batch", "1"]] {
                let result = try await daemon.steward(
                    ["bench", "intake", "--events", "200", "--connections", "4", "--output", "json"] + arguments)
                #expect(result.status == 0, "\(result)")
                #expect(try JSONValue(parsing: result.output)["events"] == 200)
            }
            #expect(try await daemon.client.json("/v1/status")["store"]?["events"] == 600)
        }
    }

    @Test func aSessionIsToldInItsOrderWithWhatItComesTo() async throws {
        try await Daemon.run { daemon in
            let now = Traffic.now
            let lines = (0..<5).map { number in
                Traffic.event(
                    id: "s\(number)", time: now - .seconds(Int64(100 - number)), failed: number == 3,
                    extra: ",\"session\":\"talk 1\"")
            }
            let other = Traffic.event(id: "o", extra: ",\"session\":\"talk 2\"")
            #expect(try await daemon.client.postEvents(lines.reversed() + [other]).status == 202)
            let session = try await daemon.client.json("/v1/sessions/talk%201")
            #expect(session["events"]?.array?.map { $0["id"] } == (0..<5).map { "s\($0)" })
            #expect(session["count"] == 5 && session["errors"] == 1 && session["priced_events"] == 5)
            #expect(session["cost_nanodollars"]?.int64 == 5 * Traffic.costNanodollars)
            #expect(session["input_tokens"] == 5000 && session["next_cursor"] == .null)
            let none = try await daemon.client.get("/v1/sessions/talk")
            #expect(none.status == 404)
            #expect(try none.json()["field"] == "id")
        }
    }
}

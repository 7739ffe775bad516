import StewardModel
import StewardWire
import Testing

@testable import StewardIntake

/// From the bytes that a client sends to the observations that are stored.
struct ContentSignalsTests {
    static func observations(_ members: String) throws -> [Signal: Int64] {
        let body = """
            {"id":"a","time":"2026-03-03T14:03:00Z","deployment":"d","version":"v",\(members)}
            """
        let decoded = try EventDecoder.decode(
            Array(body.utf8), format: .json, now: try #require(Timestamp(rfc3339: "2026-03-03T14:03:01Z")),
            limits: EventLimits(), makeID: { "x" })
        let event = try #require(decoded.events.first?.event, "\(decoded.rejected)")
        var result: [Signal: Int64] = [:]
        for case .number(let signal, let value) in event.observations(cost: nil) { result[signal] = value }
        return result
    }

    static let shapes: [(members: String, input: Int64?, output: Int64?, calls: Int64?)] = [
        (#""model":"m""#, nil, nil, nil),
        (#""input":null,"output":null"#, nil, nil, nil),
        (#""input":"Grüße","output":"""#, 5, 0, 0),
        (#""output":[]"#, nil, nil, nil),
        (#""output":[0.1,0.2]"#, nil, nil, nil),
        (#""input":[{"role":"system","content":"ab"},{"role":"user","content":"cde"}],"output":"x\ny""#, 5, 3, 0),
        // OpenAI: a message with tool calls, and parts.
        (
            #""output":{"role":"assistant","content":null,"tool_calls":[{"type":"function","function":{}},{}]}"#,
            nil, 0, 2
        ),
        (#""input":[{"role":"user","content":[{"type":"text","text":"abc"},{"type":"image_url"}]}]"#, 3, nil, nil),
        (#""output":[{"index":0,"message":{"content":"first"}},{"message":{"content":"second"}}]"#, nil, 12, 0),
        // Anthropic: blocks.
        (#""output":[{"type":"text","text":"abcd"},{"type":"tool_use","id":"t","name":"n","input":{}}]"#, nil, 4, 1),
        // OpenTelemetry: parts.
        (
            #""output":[{"role":"assistant","parts":[{"type":"text","content":"hi"},{"type":"tool_call"}]}]"#,
            nil, 2, 1
        ),
        (#""output":"\u00fc\ud83d\ude00""#, nil, 2, 0),
    ]

    @Test(arguments: shapes)
    func textsAndToolCallsOfEveryShapeAreCounted(members: String, input: Int64?, output: Int64?, calls: Int64?) throws {
        let seen = try Self.observations(members)
        #expect(seen[.inputLength] == input)
        #expect(seen[.outputLength] == output)
        #expect(seen[.toolCalls] == calls)
    }

    @Test(
        arguments: [
            (#""output_type":"json","output":"{\"a\":1}""#, 1),
            (#""output_type":"json","output":"```json\n{}```""#, 0),
            (#""response_format":{"type":"json_schema","json_schema":{}},"output":"[1,2""#, 0),
            (#""response_format":{"type":"text"},"output":"{}""#, nil),
            (#""output":"{}""#, nil),
            (#""output_type":"json""#, nil),
            (#""output_type":"json","status":"error","output":"x""#, nil),
            (#""output_type":"json","output":[{"type":"tool_use","name":"n"}]"#, nil),
        ] as [(String, Int64?)])
    func jsonIsJudgedWhereItWasAskedFor(members: String, validity: Int64?) throws {
        #expect(try Self.observations(members)[.jsonValidity] == validity)
    }

    @Test(
        arguments: [
            (#""mean_logprob":-0.5"#, -500, 1649),
            (
                #""logprobs":{"content":[{"token":"a","logprob":-1,"top_logprobs":[{"logprob":-9}]},{"logprob":-2}]}"#,
                -1500, 4482
            ),
            (#""logprobs":[-1,-3]"#, -2000, 7389),
            (#""logprobs":[]"#, nil, nil),
            (#""logprobs":null"#, nil, nil),
            (#""mean_logprob":-1e9"#, -20_000, 485_165_195_410),
        ] as [(String, Int64?, Int64?)])
    func logProbabilitiesBecomeAMeanAndAPerplexity(members: String, mean: Int64?, perplexity: Int64?) throws {
        let seen = try Self.observations(members)
        #expect(seen[.meanLogProbability] == mean)
        #expect(seen[.perplexity] == perplexity)
    }

    @Test(
        arguments: [
            (#""latency_ms":2100,"time_to_first_token_ms":100,"usage":{"output_tokens":100}"#, 500),
            (#""latency_ms":2000,"usage":{"output_tokens":100}"#, 500),
            (#""latency_ms":100,"time_to_first_token_ms":100,"usage":{"output_tokens":10}"#, 1000),
            (#""latency_ms":0,"usage":{"output_tokens":100}"#, nil),
            (#""latency_ms":2000,"usage":{"output_tokens":0}"#, nil),
            (#""latency_ms":2000"#, nil),
            (#""status":"error","latency_ms":2000,"usage":{"output_tokens":100}"#, nil),
        ] as [(String, Int64?)])
    func speedIsTokensAfterTheFirst(members: String, decitokens: Int64?) throws {
        #expect(try Self.observations(members)[.outputTokensPerSecond] == decitokens)
    }

    @Test(arguments: [
        ("I'm sorry, but I can't help with that.", true),
        ("I\u{2019}m unable to share medical records.", true),
        ("Es tut mir leid, aber ich kann dabei nicht helfen.", true),
        ("Je suis désolé, mais je ne peux pas vous aider.", true),
        ("Lo siento, pero no puedo ayudar con eso.", true),
        ("К сожалению, я не могу помочь с этим.", true),
        ("К сожалению, я не могу помочь с этим.".lowercased(), true),
        ("很抱歉，我无法提供这类信息。", true),
        ("申し訳ありませんが、その内容にはお答えできません。", true),
        ("I can help with that: first open the settings.", false),
        ("I can't wait to see the result! Here is the plan.", false),
        ("Your package cannot be delivered today; it arrives tomorrow.", false),
        ("Das geht: öffnen Sie die Einstellungen.", false),
        (String(repeating: "Here is the long answer. ", count: 40) + "I can't help with that.", false),
    ])
    func refusalsAreRecognisedByHowTheyBegin(text: String, isRefusal: Bool) {
        #expect(Refusal.declines(Array(text.utf8)) == isRefusal)
    }

    @Test(
        arguments: [
            (#""output":"Sure.","finish_reason":"content_filter""#, 1), (#""finish_reason":"content_filter""#, nil),
            (#""output":"","finish_reason":"safety""#, 1), (#""output":{"content":null,"refusal":"No."}"#, 1),
            (#""output":[{"type":"refusal","refusal":"No."}]"#, 1), (#""output":"Sure.""#, 0),
            (#""output":{"content":"Sure.","refusal":null}"#, 0), (#""output":"Sure.","status":"error""#, nil),
        ] as [(String, Int64?)])
    func whatTheProviderMarksCountsToo(members: String, refusal: Int64?) throws {
        #expect(try Self.observations(members)[.refusal] == refusal)
    }

    @Test(arguments: [
        ("The package is on its way and you can expect it on Friday.", "en"),
        ("Das Paket ist unterwegs und wird am Freitag bei Ihnen sein.", "de"),
        ("Le colis est en route et vous le recevrez dans les deux jours.", "fr"),
        ("El paquete está en camino y lo recibirá con la factura el viernes.", "es"),
        ("Il pacco è in viaggio e non ci sono ritardi per la consegna.", "it"),
        ("O pacote está a caminho e você não precisa de fazer mais nada.", "pt"),
        ("Het pakket is onderweg en u krijgt het op vrijdag met de factuur.", "nl"),
        ("Paczka jest w drodze i nie ma na to wpływu, że się spóźni.", "pl"),
        ("Посылка уже в пути и будет доставлена в пятницу.", "ru"), ("Посилка вже в дорозі, її привезуть.", "uk"),
        ("您的包裹已经在路上，预计星期五送达。", "zh"), ("お荷物は配送中です。金曜日に届きます。", "ja"),
        ("택배가 배송 중이며 금요일에 도착합니다.", "ko"), ("الطرد في الطريق وسيصل يوم الجمعة", "ar"),
        ("החבילה בדרך ותגיע ביום שישי", "he"), ("Το δέμα είναι καθ' οδόν", "el"),
        ("SELECT name FROM parcels WHERE id = 7;", "und"),
    ])
    func languagesAreGuessed(text: String, language: String) {
        #expect(Language.guess(Array(text.utf8)) == language)
    }

    @Test(arguments: ["", "ok", "42", "1 2 3 4 5 6 7 8 9 10 11 12 13 14"])
    func shortTextsHaveNoLanguage(text: String) { #expect(Language.guess(Array(text.utf8)) == nil) }

    @Test func repetitionIsTheShareOfFourWordSequencesSeenBefore() throws {
        func share(_ text: String) -> Double? { Repetition.share(Array(text.utf8)) }
        let distinct = (0..<100).map { "w\($0)" }.joined(separator: " ")
        #expect(share(distinct) == 0)
        #expect(share(String(repeating: "again ", count: 100)) == 96.0 / 97)
        #expect(share(distinct + "\n" + distinct) == 97.0 / 197)
        #expect(share("too short to say") == nil)
        // Only the first 512 words count, so a long answer costs no more than a short one.
        let long = (0..<600).map { "w\($0)" }.joined(separator: " ")
        #expect(share(long + String(repeating: " again", count: 500)) == 0)
    }
}

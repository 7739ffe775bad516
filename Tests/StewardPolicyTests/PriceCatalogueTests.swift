import StewardModel
import StewardPolicy
import Testing

struct PriceCatalogueTests {
    static let day = Timestamp(rfc3339: "2026-11-21T00:00:00Z") ?? .earliest

    static func catalogue() throws -> PriceCatalogue {
        try PriceCatalogue.load(files: [("acme.yaml", Fixtures.text("prices/complete.good.yaml"))]).get()
    }

    @Test(arguments: Fixtures.names("prices", ".bad.yaml"))
    func refuses(_ name: String) throws {
        let text = try Fixtures.text("prices/" + name)
        try Fixtures.expectProblems(PriceCatalogue.load(files: [(name, text)]), "prices", name)
    }

    @Test(arguments: Fixtures.names("prices", ".good.yaml"))
    func accepts(_ name: String) throws {
        let text = try Fixtures.text("prices/" + name)
        #expect(throws: Never.self) { try PriceCatalogue.load(files: [(name, text)]).get() }
    }

    /// Usage of each shape at complete.good.yaml's rates, in nanodollars; nil where there is no price.
    @Test(
        arguments: [
            // 1000 × 2.5 + 100 × 10 + 0.005 $
            (Usage(inputTokens: 1000, outputTokens: 100), 3_500_000 + 5_000_000),
            (Usage(inputTokens: 0, outputTokens: 0), 5_000_000),
            // Cached input at the rate of input, because the list says so; writes at their own.
            (Usage(inputTokens: 1000, outputTokens: 0, cachedInputTokens: 1000), 2_500_000 + 5_000_000),
            (
                Usage(inputTokens: 1000, outputTokens: 0, cachedInputTokens: 400, cacheWriteTokens: 600),
                1_000_000 + 1_875_000 + 5_000_000
            ),
            // Reasoning is part of the output and counted once: 60 × 10 + 40 × 12.000001.
            (Usage(inputTokens: 0, outputTokens: 100, reasoningTokens: 40), 600_000 + 480_000 + 5_000_000),
            // What cannot be.
            (Usage(inputTokens: 100, outputTokens: 0, cachedInputTokens: 101), nil),
            (Usage(inputTokens: 100, outputTokens: 0, cachedInputTokens: 60, cacheWriteTokens: 41), nil),
            (Usage(inputTokens: 100, outputTokens: 10, reasoningTokens: 11), nil),
            (Usage(inputTokens: -1, outputTokens: 10), nil),
            (Usage(inputTokens: 100, outputTokens: -1), nil),
            (Usage(inputTokens: 100, outputTokens: 1, cachedInputTokens: -1), nil),
            (Usage(inputTokens: 100, outputTokens: 1, cacheWriteTokens: .min), nil),
            // What was not said.
            (Usage(), nil), (Usage(inputTokens: 100), nil), (Usage(outputTokens: 100), nil),
            // What does not fit.
            (Usage(inputTokens: .max, outputTokens: .max), nil),
            (Usage(inputTokens: .max, outputTokens: 0, cachedInputTokens: .max), nil),
        ] as [(Usage, Int64?)])
    func prices(_ usage: Usage, _ nanodollars: Int64?) throws {
        let price = try Self.catalogue().price(provider: "acme", model: "large", usage: usage, at: Self.day)
        #expect(price?.amount == nanodollars)
    }

    @Test func roundsOnceHalfToEven() throws {
        let text = """
            kind: prices
            provider: acme
            version: 2026-11-21
            source: Made up.
            models:
              tiny: {periods: [{input: "0.0005", output: "0.0001"}]}
            """
        let catalogue = try PriceCatalogue.load(files: [("tiny.yaml", text)]).get()
        // 500 and 100 picodollars a token: 1.5, 2.5, 2.5 and 2.6 nanodollars.
        for (input, output, expected) in [(3, 0, 2), (5, 0, 2), (4, 5, 2), (5, 1, 3)] as [(Int64, Int64, Int64)] {
            let usage = Usage(inputTokens: input, outputTokens: output)
            let price = catalogue.price(provider: nil, model: "tiny", usage: usage, at: Self.day)
            #expect(price?.amount == expected)
        }
    }

    @Test func absentIsNotZero() throws {
        let catalogue = try Self.catalogue()
        func price(_ model: String, _ usage: Usage?, at time: Timestamp = Self.day) -> Int64? {
            catalogue.price(provider: nil, model: model, usage: usage, at: time)?.amount
        }
        #expect(price("large", nil) == nil)
        #expect(price("embed", Usage(inputTokens: 500)) == 10_000)
        #expect(price("embed", Usage(inputTokens: 500, outputTokens: 0)) == 10_000)
        #expect(price("embed", Usage(inputTokens: 500, outputTokens: 1)) == nil)
        #expect(price("embed", Usage(inputTokens: 500, cachedInputTokens: 1)) == nil)
        #expect(price("embed", Usage(inputTokens: 500, cacheWriteTokens: 1)) == nil)
        for path in [\Usage.audioInputTokens, \Usage.audioOutputTokens, \Usage.images, \Usage.webSearches] {
            var usage = Usage(inputTokens: 500, outputTokens: 0)
            usage[keyPath: path] = 1
            #expect(price("embed", usage) == nil)
        }
        let december = Timestamp(rfc3339: "2026-12-01T00:00:00Z") ?? .earliest
        #expect(price("large", Usage(inputTokens: 200_000, outputTokens: 0), at: december) == 200_000_000)
        #expect(price("large", Usage(inputTokens: 200_001, outputTokens: 0), at: december) == 400_002_000)
    }

    @Test(arguments: [
        ("2020-01-01T00:00:00Z", 5_002_500), ("2026-11-30T23:59:59.999999Z", 5_002_500),
        ("2026-12-01T00:00:00Z", 1000), ("2027-01-01T11:59:59Z", 1000), ("2027-01-01T12:00:00Z", 0),
    ])
    func picksThePeriod(_ time: String, _ nanodollars: Int64) throws {
        let time = try #require(Timestamp(rfc3339: time))
        let usage = Usage(inputTokens: 1, outputTokens: 0)
        let price = try Self.catalogue().price(provider: nil, model: "large", usage: usage, at: time)
        #expect(price?.amount == nanodollars)
    }

    /// 2026-11-20 is a Friday.
    @Test(arguments: [
        ("2026-11-20T03:59:59Z", 3000), ("2026-11-20T04:00:00Z", 1000), ("2026-11-20T06:00:00Z", 3000),
        ("2026-11-20T10:00:00Z", 1000), ("2026-11-20T23:59:59Z", 1000), ("2026-11-21T02:00:00Z", 3000),
        ("2026-11-22T23:30:00Z", 1000), ("2026-11-23T00:29:59Z", 1000), ("2026-11-23T00:30:00Z", 3000),
        ("1969-12-31T23:30:00Z", 3000), ("1969-12-28T23:30:00Z", 1000),
    ])
    func hoursOfTheWeekMayHaveTheirOwnRates(_ time: String, _ nanodollars: Int64) throws {
        let text = """
            kind: prices
            provider: acme
            version: 2026-11-21
            source: Made up.
            models:
              night:
                periods:
                  - input: 3
                    batch: {input: 2}
                    off_peak:
                      windows: ["mon-fri 04:00-06:00", "fri 10:00-24:00", "sun 23:30-00:30"]
                      input: 1
            """
        let catalogue = try PriceCatalogue.load(files: [("night.yaml", text)]).get()
        let time = try #require(Timestamp(rfc3339: time))
        let usage = Usage(inputTokens: 1)
        #expect(catalogue.price(provider: nil, model: "night", usage: usage, at: time)?.amount == nanodollars)
        let batch = catalogue.price(provider: nil, model: "night", usage: usage, at: time, tier: .batch)
        #expect(batch?.amount == 2000)
    }

    @Test(arguments: [
        ("large", true), ("large-latest", true), ("large-2026-11-21", true), ("large-20261121", true),
        // No day of the calendar, no list's word, or no such model.
        ("large-2026-13-01", false), ("large-20261301", false), ("large-2026", false), ("large-mini", false),
        ("Large", false), ("large-", false), ("", false), ("-2026-11-21", false), ("acme/large", false),
        ("large-latest-2026-11-21", true), ("embed-2026-11-21", false), ("large-2026-11-21-2026-11-21", false),
    ])
    func neverGuessesAModel(_ model: String, _ isKnown: Bool) throws {
        let usage = Usage(inputTokens: 1, outputTokens: 0)
        let price = try Self.catalogue().price(provider: "acme.cloud", model: model, usage: usage, at: Self.day)
        #expect((price != nil) == isKnown)
    }

    @Test func providersDisambiguate() throws {
        func list(_ provider: String, _ rate: String) -> String {
            """
            kind: prices
            provider: \(provider)
            version: 2026-11-2\(rate)
            source: Made up.
            models:
              shared: {periods: [{input: \(rate)}]}
              only-\(provider): {dated: true, periods: [{input: \(rate)}]}
            """
        }
        let catalogue = try PriceCatalogue.load(files: [("b.yaml", list("b", "2")), ("a.yaml", list("a", "1"))]).get()
        func price(_ provider: String?, _ model: String) -> Int64? {
            catalogue.price(provider: provider, model: model, usage: Usage(inputTokens: 1), at: Self.day)?.amount
        }
        #expect(price("a", "shared") == 1000)
        #expect(price("b", "shared") == 2000)
        #expect(price(nil, "shared") == nil)
        #expect(price("c", "shared") == nil)
        #expect(price(nil, "only-b") == 2000)
        #expect(price("a", "only-b-2026-11-21") == nil)
        #expect(price("b", "only-b-2026-11-21") == 2000)
        #expect(catalogue.models == 4)
        #expect(catalogue.version == "2026-11-22")
    }

    @Test func refusesAModelThatTwoFilesList() throws {
        let text = try Fixtures.text("prices/complete.good.yaml")
        let result = PriceCatalogue.load(files: [("one.yaml", text), ("two.yaml", text)])
        #expect(throws: Problems.self) { try result.get() }
        guard case .failure(let problems) = result else { return }
        #expect(problems.all.first?.description.hasPrefix("two.yaml:8:5: the model name ") == true)
        #expect(problems.all.count == 3)
    }
}

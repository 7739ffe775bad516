import StewardModel

/// What one model charges, in picodollars: per token (a dollar per million tokens is 10⁶ of them), per image, per
/// search, per request.
///
/// A rate that is absent is not zero: usage that needs it has no price.
package struct Rates: Sendable, Equatable {
    private static let absent: Int64 = -1
    private var figures = InlineArray<14, Int64>(repeating: absent)

    package init() { self[.requests] = 0 }

    package subscript(bucket: UsageBucket) -> Int64? {
        get {
            let figure = figures[bucket.rawValue]
            return figure == Self.absent ? nil : figure
        }
        set { figures[bucket.rawValue] = newValue ?? Self.absent }
    }

    package static func == (left: Rates, right: Rates) -> Bool {
        UsageBucket.allCases.allSatisfy { left[$0] == right[$0] }
    }

    /// The cost of one event, rounded once, half to even; `nil` when a bucket holds something and has no rate, when
    /// the output is charged for and was not stated, or when the sum would not fit.
    package func cost(of buckets: UsageBuckets) -> Nanodollars? {
        guard buckets.statesOutput || (self[.output] ?? 0) == 0 else { return nil }
        var sum: Int64 = 0
        for index in 0..<UsageBucket.count {
            guard let bucket = UsageBucket(rawValue: index) else { return nil }
            let count = buckets[bucket]
            if count == 0 { continue }
            let figure = figures[index]
            guard figure != Self.absent else { return nil }
            let (product, overflow) = count.multipliedReportingOverflow(by: figure)
            let (total, carry) = sum.addingReportingOverflow(product)
            guard !overflow, !carry else { return nil }
            sum = total
        }
        return Nanodollars(roundingPicodollars: sum)
    }
}

/// The rates of one tier, which may be others for longer inputs.
package struct RateSchedule: Sendable, Equatable {
    package struct Step: Sendable, Equatable {
        /// An input of more tokens than this is charged at these rates, all of it.
        package var above: Int64
        package var rates: Rates
    }

    package var base: Rates
    /// In ascending order.
    package var steps: [Step] = []

    package func rates(inputTokens: Int64) -> Rates {
        if steps.isEmpty { return base }
        return steps.last { inputTokens > $0.above }?.rates ?? base
    }
}

/// What one model charges during one period, by tier. A tier that is not listed has no price.
package struct TierRates: Sendable, Equatable {
    package var standard: RateSchedule
    package var batch: RateSchedule?
    package var flex: RateSchedule?
    package var priority: RateSchedule?
    /// Of the standard tier.
    package var offPeak: OffPeak?

    package func schedule(_ tier: ServiceTier, at time: Timestamp) -> RateSchedule? {
        switch tier {
        case .standard: offPeak.flatMap { $0.holds(at: time) ? $0.rates : nil } ?? standard
        case .batch: batch
        case .flex: flex
        case .priority: priority
        case .other: nil
        }
    }
}

// MARK: - Reading

extension Rates {
    /// A rate as the file gives it: a figure, or the word `same` for "as fresh input", or "as shown output".
    private enum Figure {
        case amount(Int64)
        case same
    }

    private static let inputs: [(key: String, bucket: UsageBucket)] = [
        ("cached_input", .cachedInput), ("cached_audio_input", .cachedAudioInput), ("cache_write", .cacheWrite),
        ("cache_write_1h", .cacheWrite1h), ("audio_input", .audioInput), ("image_input", .imageInput),
    ]
    private static let outputs: [(key: String, bucket: UsageBucket)] = [
        ("reasoning", .reasoning), ("audio_output", .audioOutput), ("image_output", .imageOutput),
    ]
    private static let fees: [(key: String, bucket: UsageBucket)] = [
        ("image", .images), ("web_search", .webSearches), ("request", .requests),
    ]

    /// - Parameter fees: those of the standard tier, which hold where this one does not say.
    fileprivate init?(reading reader: inout MappingReader, fees: Rates? = nil) {
        self.init()
        let input = reader.required("input", Self.figure)
        self[.input] = input
        self[.output] = reader.optional("output", Self.figure)
        for (key, bucket) in Self.inputs {
            switch reader.optional(key, Self.figureOrSame) {
            case .amount(let amount): self[bucket] = amount
            case .same: self[bucket] = input
            case nil: break
            }
        }
        for (key, bucket) in Self.outputs {
            switch reader.optional(key, Self.figureOrSame) {
            case .amount(let amount): self[bucket] = amount
            case .same: self[bucket] = self[.output]
            case nil: break
            }
        }
        for (key, bucket) in Self.fees {
            self[bucket] = reader.optional(key, Self.dollars) ?? fees?[bucket] ?? self[bucket]
        }
        if input == nil { return nil }
        // Parts without a rate of their own that providers charge as their whole.
        self[.reasoning] = self[.reasoning] ?? self[.output]
        self[.imageOutput] = self[.imageOutput] ?? self[.output]
        self[.imageInput] = self[.imageInput] ?? input
        self[.cachedAudioInput] = self[.cachedAudioInput] ?? self[.cachedInput]
    }

    private static let expectation = "US dollars per million tokens such as \"1.25\", with at most six decimals"

    private static let figure = FieldType<Int64>.scalar(expectation) { text in
        Nanodollars.fixedPoint(text, places: 6).flatMap { $0 >= 0 ? $0 : nil }
    }

    private static let figureOrSame = FieldType<Figure>.scalar(
        expectation + ", or same (as fresh input, or as shown output)"
    ) { text in
        if text == "same" { return .same }
        return Nanodollars.fixedPoint(text, places: 6).flatMap { $0 >= 0 ? .amount($0) : nil }
    }

    private static let dollars = FieldType<Int64>.scalar("US dollars such as \"0.005\"") { text in
        Nanodollars.fixedPoint(text, places: 12).flatMap { $0 >= 0 ? $0 : nil }
    }
}

extension RateSchedule {
    init?(reading reader: inout MappingReader, fees: Rates? = nil) {
        let base = Rates(reading: &reader, fees: fees)
        let steps = reader.mappings("above", required: false) { name, reader -> Step? in
            guard let tokens = Int64(name), (1...Usage.maximumTokens).contains(tokens) else {
                reader.report(
                    reader.place, "`\(name)` must be a number of input tokens from 1 to \(Usage.maximumTokens)")
                return nil
            }
            return Rates(reading: &reader, fees: fees ?? base).map { Step(above: tokens, rates: $0) }
        }
        guard let base else { return nil }
        self.init(base: base, steps: steps.sorted { $0.above < $1.above })
    }
}

extension TierRates {
    init?(reading reader: inout MappingReader) {
        let standard = RateSchedule(reading: &reader)
        func tier(_ name: String) -> RateSchedule? {
            reader.mapping(name) { RateSchedule(reading: &$0, fees: standard?.base) }
        }
        let (batch, flex, priority) = (tier("batch"), tier("flex"), tier("priority"))
        let offPeak = reader.mapping("off_peak") { OffPeak(reading: &$0, fees: standard?.base) }
        guard let standard else { return nil }
        self.init(standard: standard, batch: batch, flex: flex, priority: priority, offPeak: offPeak)
    }
}

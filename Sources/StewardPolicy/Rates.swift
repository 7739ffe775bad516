import StewardModel

/// What one model charges during one period, in picodollars per token (a dollar per million tokens is 10⁶ of them).
///
/// A rate that is absent is not zero: usage that needs it has no price.
package struct Rates: Sendable, Equatable {
    package var input: Int64
    package var output: Int64?
    package var cachedInput: Int64?
    package var cacheWrite: Int64?
    /// As ``output`` where the list does not say.
    package var reasoning: Int64?
    /// Picodollars for each request, whatever it holds.
    package var request: Int64
    /// The largest input these rates hold for; beyond it providers charge other rates, which are not known here.
    package var inputLimit: Int64?

    /// The cost of one event, rounded once, half to even; `nil` when it cannot be known.
    ///
    /// The counts are split into buckets that exclude each other: fresh input, cached input, cache writes, visible
    /// output, reasoning. A part that was not stated stays in its whole, at the whole's rate. There is no price
    ///
    /// - without a count of the input, or of the output where the model charges for output;
    /// - when a bucket holds tokens and has no rate, or the input is longer than ``inputLimit``;
    /// - when parts exceed their whole or a count is negative;
    /// - for audio tokens and images, which have rates of their own that the list does not hold.
    package func cost(of usage: Usage) -> Nanodollars? {
        let cached = usage.cachedInputTokens ?? 0
        let written = usage.cacheWriteTokens ?? 0
        let reasoned = usage.reasoningTokens ?? 0
        guard let input = usage.inputTokens, let produced = usage.outputTokens ?? (output == nil ? 0 : nil),
            cached >= 0, written >= 0, reasoned >= 0, reasoned <= produced,
            input <= inputLimit ?? .max, cached <= input, written <= input - cached,
            (usage.audioInputTokens ?? 0) == 0, (usage.audioOutputTokens ?? 0) == 0, (usage.images ?? 0) == 0
        else { return nil }

        var sum = request
        guard Self.add(input - cached - written, at: self.input, to: &sum),
            Self.add(cached, at: cachedInput, to: &sum),
            Self.add(written, at: cacheWrite, to: &sum),
            Self.add(produced - reasoned, at: output, to: &sum),
            Self.add(reasoned, at: reasoning ?? output, to: &sum)
        else { return nil }
        return Nanodollars(roundingPicodollars: sum)
    }

    /// False when tokens have no rate, or the sum would not fit.
    private static func add(_ tokens: Int64, at rate: Int64?, to sum: inout Int64) -> Bool {
        if tokens == 0 { return true }
        guard let rate else { return false }
        let (product, overflow) = tokens.multipliedReportingOverflow(by: rate)
        let (total, carry) = sum.addingReportingOverflow(product)
        sum = total
        return !overflow && !carry
    }
}

extension Rates {
    /// A rate as the file gives it: a figure, or the word `same` for "as fresh input".
    private enum Figure {
        case amount(Int64)
        case same
    }

    init?(reading reader: inout MappingReader) {
        let input = reader.required("input", Self.figure)
        let output = reader.optional("output", Self.figure)
        let cachedInput = reader.optional("cached_input", Self.figureOrSame)
        let cacheWrite = reader.optional("cache_write", Self.figureOrSame)
        let reasoning = reader.optional("reasoning", Self.figure)
        let request = reader.optional("request", Self.dollars)
        let inputLimit = reader.optional("input_limit", .integer(in: 1...Usage.maximumTokens))
        guard let input else { return nil }
        func resolved(_ figure: Figure?) -> Int64? {
            switch figure {
            case .amount(let amount): amount
            case .same: input
            case nil: nil
            }
        }
        self.init(
            input: input, output: output, cachedInput: resolved(cachedInput), cacheWrite: resolved(cacheWrite),
            reasoning: reasoning, request: request ?? 0, inputLimit: inputLimit)
    }

    private static let expectation = "US dollars per million tokens such as \"1.25\", with at most six decimals"

    private static let figure = FieldType<Int64>.scalar(expectation) { text in
        Nanodollars.fixedPoint(text, places: 6).flatMap { $0 >= 0 ? $0 : nil }
    }

    private static let figureOrSame = FieldType<Figure>.scalar(expectation + ", or same (as input)") { text in
        if text == "same" { return .same }
        return Nanodollars.fixedPoint(text, places: 6).flatMap { $0 >= 0 ? .amount($0) : nil }
    }

    private static let dollars = FieldType<Int64>.scalar("US dollars such as \"0.005\"") { text in
        Nanodollars.fixedPoint(text, places: 12).flatMap { $0 >= 0 ? $0 : nil }
    }
}

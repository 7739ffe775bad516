import Foundation
import StewardJSON
import StewardModel

extension Event {
    /// What the messages of the event say: every signal only where its evidence was sent.
    func contentObservations() -> [Observation] {
        var result: [Observation] = []
        if let characters = content.inputCharacters { result.append(.number(.inputLength, characters)) }
        if let mean = content.meanLogProbability {
            // Capped where a token is as good as impossible; e to the 20th fits well into the histogram.
            let capped = max(mean, -20)
            result.append(.number(.meanLogProbability, Int64((capped * 1000).rounded())))
            result.append(.number(.perplexity, Int64((exp(-capped) * 1000).rounded())))
        }
        if let embedding = content.embedding { result += EmbeddingSketch.observations(embedding) }
        guard let output = content.output else { return result }
        result.append(.number(.outputLength, UTF8Text.scalars(in: output)))
        if let calls = content.toolCalls { result.append(.number(.toolCalls, calls)) }
        guard status == .ok else { return result }
        if content.asksForJSON, content.toolCalls == 0 {
            result.append(.number(.jsonValidity, isJSON(output) ? 1 : 0))
        }
        if !output.isEmpty {
            let isRefusal = content.isMarkedRefusal || isFiltered || Refusal.declines(output)
            result.append(.number(.refusal, isRefusal ? 1 : 0))
            if let language = Language.guess(output) { result.append(.category(.language, language)) }
            if let share = Repetition.share(output) {
                result.append(.number(.repetition, Int64((share * 100).rounded())))
            }
        } else if isFiltered || content.isMarkedRefusal {
            result.append(.number(.refusal, 1))
        }
        return result
    }

    /// Output tokens a second, in tenths; `nil` without tokens or time.
    var outputDecitokensPerSecond: Int64? {
        guard status == .ok, let tokens = usage?.outputTokens, tokens > 0, let latency = latencyMicroseconds else {
            return nil
        }
        // A whole answer may come in one chunk; then there is no time after the first token to speak of.
        let first = timeToFirstTokenMicroseconds.flatMap { $0 < latency ? $0 : nil } ?? 0
        guard latency > first else { return nil }
        let (scaled, overflow) = tokens.multipliedReportingOverflow(by: 10_000_000)
        return overflow ? nil : scaled / (latency - first)
    }

    /// The finish reasons by which providers say that a filter or the model stopped the answer.
    private var isFiltered: Bool {
        switch finishReason?.lowercased() {
        case "content_filter", "content_filtered", "refusal", "safety", "prohibited_content", "blocklist",
            "guardrail_intervened", "recitation":
            true
        default: false
        }
    }

    private func isJSON(_ output: [UInt8]) -> Bool {
        var scanner = JSONScanner(output)
        do throws(JSONError) {
            try scanner.skipValue()
            try scanner.finish()
            return true
        } catch {
            return false
        }
    }
}

enum UTF8Text {
    /// Unicode scalars of a text: its bytes that do not continue one.
    static func scalars(in text: [UInt8]) -> Int64 {
        text.withUnsafeBufferPointer { Int64($0.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }) }
    }
}

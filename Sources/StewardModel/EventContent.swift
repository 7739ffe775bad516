/// What the messages of an event say, as far as signals are derived from it. The messages themselves stay in the
/// payload.
package struct EventContent: Sendable, Equatable {
    /// Unicode scalars of all texts that went in; `nil` when the sender kept the input to itself.
    package var inputCharacters: Int64?
    /// The texts that came out, UTF-8, one after the other with a line feed between them; `nil` when not sent.
    package var output: [UInt8]?
    /// Tools that the model asked to be called; `nil` when the output was not sent.
    package var toolCalls: Int64?
    /// Whether the provider marked the answer as a refusal.
    package var isMarkedRefusal = false
    /// Whether the caller asked for JSON.
    package var asksForJSON = false
    /// Mean natural logarithm of the probability of the tokens that came out, at most 0.
    package var meanLogProbability: Double?
    /// The embedding that the sender computed of it: finite numbers, not all 0.
    package var embedding: [Float]?

    package init() {}
}

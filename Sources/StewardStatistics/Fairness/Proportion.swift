/// Successes among trials, 0 ≤ `successes` ≤ `trials`: a rate that still knows what it rests on.
package struct Proportion: Sendable, Equatable {
    package var successes: Int64
    package var trials: Int64

    package init(_ successes: Int64, of trials: Int64) {
        self.successes = successes
        self.trials = trials
    }

    /// `nil` without trials: 0/0 is no rate, and above all not 0.
    package var rate: Double? { trials > 0 ? Double(successes) / Double(trials) : nil }

    package func wilson(confidence: Double) -> ConfidenceInterval? {
        Wilson.interval(successes: successes, trials: trials, confidence: confidence)
    }

    package func clopperPearson(confidence: Double) -> ConfidenceInterval? {
        ClopperPearson.interval(successes: successes, trials: trials, confidence: confidence)
    }
}

/// The exact binomial interval of a share.
package enum ClopperPearson {
    /// The two-sided interval whose two tests, each of half the error, do not refuse the share.
    ///
    /// - Assumption: independent trials with one chance of success. It never covers less than `confidence`, and so is
    ///   wider than needed on average; ``Wilson`` is nearer to nominal.
    /// - Range: as ``Wilson/interval(successes:trials:confidence:)``.
    /// - Reference: C. J. Clopper, E. S. Pearson, "The Use of Confidence or Fiducial Limits", Biometrika 26(4), 1934.
    /// - Returns: `nil` where an argument is out of range.
    package static func interval(
        successes: Int64, trials: Int64, confidence: Double = 0.95
    ) -> ConfidenceInterval? {
        guard trials > 0, (0...trials).contains(successes), confidence > 0, confidence < 1 else { return nil }
        let tail = (1 - confidence) / 2
        let (k, n) = (Double(successes), Double(trials))
        let near = Wilson.interval(successes: successes, trials: trials, confidence: confidence)
        return ConfidenceInterval(
            lower: successes == 0 ? 0 : IncompleteBeta.quantile(tail, k, n - k + 1, guess: near?.lower),
            upper: successes == trials ? 1 : IncompleteBeta.quantile(1 - tail, k + 1, n - k, guess: near?.upper))
    }
}

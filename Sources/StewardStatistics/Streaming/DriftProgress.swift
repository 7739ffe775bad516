/// How a stream compares with what it is held against, at one look of endlessly many.
package struct DriftProgress: Sendable, Equatable {
    /// Holds over all looks.
    package var pValue: Double
    /// The share of events that moved: the largest difference of the distribution functions at the questions' edges,
    /// or the total variation distance of the categories.
    package var shareMoved: Double
    /// The share of the stream beyond the baseline's 95 % quantile over the baseline's; `nil` for categories.
    package var tailRatio: Double?
    package var referenceCount: Int64
    /// Events since ``sinceMinute``.
    package var currentCount: Int64
    /// The start for which the evidence is strongest.
    package var sinceMinute: Int64
    /// Of the numbers in stored units, on both sides; means nothing for categories.
    package var reference: RunningMoments
    package var current: RunningMoments
    /// Mean cosine and sine of a random Fourier feature, on both sides; 0 where none was asked for.
    package var referenceFeature = SIMD2<Double>.zero
    package var currentFeature = SIMD2<Double>.zero
    /// About how many events more are needed to tell a difference of this size from chance, at the level asked; 0 where
    /// there are enough.
    package var currentRowsNeeded: Int64 = 0
    package var referenceRowsNeeded: Int64 = 0

    static func rows(_ value: Double) -> Int64 { Int64(min(max(value.rounded(.up), 1), 1e12)) }
}

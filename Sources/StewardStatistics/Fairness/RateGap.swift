/// The customary scalars of a rate over all groups: how far apart the extremes are, and how far from the whole.
///
/// - When not to use: as a verdict. The extremes of many or small groups lie apart by chance alone, so these say how
///   large a disparity looks, never whether there is one; ``FairnessRule`` says that.
/// - Reference: the definitions of Fairlearn's `MetricFrame.difference` and `.ratio`, but groups without trials take no
///   part instead of counting as 0.
package struct RateGap: Sendable, Equatable {
    /// Highest less lowest; `nil` with no group.
    package var difference: Double?
    /// Lowest over highest; `nil` where the highest is 0.
    package var ratio: Double?
    /// The largest distance of a group from the whole.
    package var differenceToOverall: Double?
    /// The smallest of group over whole, or whole over group where that is smaller.
    package var ratioToOverall: Double?

    package init(_ rates: [Double?], overall: Double?) {
        let rates = rates.compactMap { $0 }
        guard let lowest = rates.min(), let highest = rates.max() else { return }
        difference = highest - lowest
        ratio = highest > 0 ? lowest / highest : nil
        guard let overall else { return }
        differenceToOverall = max(highest - overall, overall - lowest)
        ratioToOverall = overall > 0 && highest > 0 ? min(lowest / overall, overall / highest) : nil
    }
}

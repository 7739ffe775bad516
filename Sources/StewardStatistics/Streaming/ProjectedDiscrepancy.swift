/// How far two sets of vectors lie apart, from where they lie on a few fixed random directions: the maximum mean
/// discrepancy under a Gaussian kernel by random Fourier features, one to a direction.
///
/// A feature's frequency vector has normal elements over the kernel's width; in many dimensions that is a random
/// direction of nearly fixed length. So the cosine and sine of a place on the direction, over the width, are a feature,
/// and their sums add up over minutes and machines as the counts of places do. The width is fixed from the baseline:
/// half the mean squared distance of its vectors, which is the mean variance of their places.
///
/// - Assumption: some dozens of dimensions at least; directions whose elements have mean 0 and variance 1.
/// - Range: 0 to about √2; the error falls with the root of the number of directions, about a third with eight.
/// - When not to use: as a test: it says how large a shift is, ``SequentialDrift`` on the places whether it is one.
/// - Reference: ``RandomFourierFeatures``; A. Gretton et al., JMLR 13, 2012, section 2.
package enum ProjectedDiscrepancy {
    /// The frequency that belongs to a baseline, in the inverse unit of the places; `nil` where its places do not vary.
    package static func frequency(_ places: [LogLinearHistogram]) -> Double? {
        let variances = places.compactMap { $0.moments.variance }
        guard !variances.isEmpty else { return nil }
        let mean = variances.reduce(0, +) / Double(variances.count)
        return mean > 0 ? 1 / mean.squareRoot() : nil
    }

    /// The discrepancy, less what two samples of these sizes would differ by without a change.
    ///
    /// - Parameter directions: one comparison for each direction, all with the frequency above.
    package static func value(_ directions: [DriftProgress]) -> Double? {
        guard !directions.isEmpty else { return nil }
        func squared(_ feature: SIMD2<Double>) -> Double { (feature * feature).sum() }
        let squares = directions.map { direction in
            squared(direction.referenceFeature - direction.currentFeature)
                - (1 - squared(direction.referenceFeature)) / Double(max(direction.referenceCount, 1))
                - (1 - squared(direction.currentFeature)) / Double(max(direction.currentCount, 1))
        }
        return max(0, squares.reduce(0, +) / Double(squares.count)).squareRoot()
    }
}

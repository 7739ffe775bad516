/// The energy distance of two samples: √(2 ∫ (F − G)²).
package enum EnergyDistance {
    /// - Assumption: none about the distributions.
    /// - Range: from 0, in the square root of the values' unit; 0 only where the samples are equal.
    /// - When not to use: across columns of different units.
    /// - Reference: G. J. Székely, M. L. Rizzo, "Energy Statistics", Journal of Statistical Planning and Inference
    ///   143(8), 2013, doi:10.1016/j.jspi.2013.03.018.
    package static func value(_ sample: PooledSample) -> Double {
        var sum = 0.0
        CumulativeDifference.forEachGap(sample) { difference, width in sum += difference * difference * width }
        return (2 * sum).squareRoot()
    }
}

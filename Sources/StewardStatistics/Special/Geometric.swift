#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The geometric distribution.
package enum Geometric {
    /// The number of the trial that is the first hit, from 1, for a uniform draw from 0 up to but not 1.
    ///
    /// - Range: `rate` strictly between 0 and 1.
    /// - Reference: inversion; L. Devroye, "Non-Uniform Random Variate Generation", 1986, X.2.
    package static func distance(_ uniform: Double, _ rate: Double) -> Int64 {
        let trials = (log1p(-uniform) / log1p(-rate)).rounded(.down)
        return trials < 1e15 ? Int64(trials) + 1 : .max / 2
    }
}

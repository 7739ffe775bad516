#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Values as latencies and costs are spread: most are small, and a few are very large.
package enum LogNormal {
    /// The middles of `count` equally likely parts of a log-normal distribution, scaled to a mean of exactly 1.
    ///
    /// - Range: `count` above 0; `spread`, the standard deviation in units of the mean, of at least 0.
    /// - When not to use: for the far tail, which the last part cuts off.
    /// - Reference: N. L. Johnson, S. Kotz, N. Balakrishnan, "Continuous Univariate Distributions", volume 1, 1994,
    ///   chapter 14.
    package static func levels(spread: Double, count: Int) -> [Double] {
        let deviation = log(1 + spread * spread).squareRoot()
        let values = (0..<count).map { exp(deviation * StandardNormal.quantile((Double($0) + 0.5) / Double(count))) }
        let mean = values.reduce(0, +) / Double(count)
        return values.map { $0 / mean }
    }
}

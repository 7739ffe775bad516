#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension StandardNormal {
    /// The share of the distribution above `z`, with all its digits in the far tail.
    ///
    /// - Range: all numbers; relative error about 10⁻¹⁵, down to the smallest `Double` at z ≈ 38.
    /// - Reference: DLMF 7.2.2; the complementary error function is the C library's.
    package static func upperTail(_ z: Double) -> Double { erfc(z / 2.0.squareRoot()) / 2 }

    /// The share farther from 0 than `z`, on both sides: the two-sided p-value.
    package static func bothTails(_ z: Double) -> Double { erfc(abs(z) / 2.0.squareRoot()) }
}

/// The chi-square distribution.
package enum ChiSquare {
    /// The share above `statistic`, for `degreesOfFreedom` > 0.
    package static func upperTail(_ statistic: Double, degreesOfFreedom: Double) -> Double {
        IncompleteGamma.upperTail(degreesOfFreedom / 2, statistic / 2)
    }
}

/// Student's t distribution.
package enum StudentT {
    /// The share above `t`, for `degreesOfFreedom` > 0.
    package static func upperTail(_ t: Double, degreesOfFreedom: Double) -> Double {
        let half = bothTails(t, degreesOfFreedom: degreesOfFreedom) / 2
        return t >= 0 ? half : 1 - half
    }

    /// The share farther from 0 than `t`, on both sides: the two-sided p-value.
    package static func bothTails(_ t: Double, degreesOfFreedom: Double) -> Double {
        if t.isInfinite { return 0 }
        let square = t * t
        return IncompleteBeta.lowerTail(
            degreesOfFreedom / (degreesOfFreedom + square), degreesOfFreedom / 2, 0.5,
            complement: square / (degreesOfFreedom + square))
    }
}

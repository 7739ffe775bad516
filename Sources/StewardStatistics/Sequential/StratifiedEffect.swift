/// The same two arms under the same conditions: a span in which their shares of the traffic did not change.
package struct ArmStratum: Sendable, Equatable {
    package var control: ArmMoments
    package var treatment: ArmMoments

    package init(control: ArmMoments, treatment: ArmMoments) {
        self.control = control
        self.treatment = treatment
    }

    /// Half the harmonic mean of the counts: what the stratum tells about a difference.
    fileprivate var weight: Double {
        control.count * treatment.count / (control.count + treatment.count)
    }

    fileprivate var isUsable: Bool { control.count > 1 && treatment.count > 1 }
}

extension MeanEffect {
    /// Treatment less control, compared within each stratum and then put together by how much each tells. Where shares
    /// change over time, adding all up instead would take what changed over time for an effect (Simpson's paradox).
    ///
    /// One stratum gives exactly the effect of two arms.
    ///
    /// - Assumption: as of ``MeanEffect``; within a stratum the shares of the arms are constant, and they may depend on
    ///   what was seen before it.
    /// - Range: strata with fewer than two observations of an arm say nothing and are left out.
    /// - When not to use: where the effect itself is to be told for each stratum.
    /// - Reference: W. G. Cochran, "Some methods for strengthening the common χ² tests", Biometrics 10(4), 1954;
    ///   N. Mantel, W. Haenszel, Journal of the National Cancer Institute 22(4), 1959: weights n₁n₂/(n₁ + n₂).
    package init?(strata: [ArmStratum], isRelative: Bool = false) {
        guard let pooled = Self.standardized(strata) else { return nil }
        self.init(control: pooled.control, treatment: pooled.treatment, isRelative: isRelative)
        count = pooled.observations
    }

    /// Both arms as they would be with the same share of each stratum; variances are such that those of the means come
    /// out right.
    private static func standardized(
        _ strata: [ArmStratum]
    ) -> (control: ArmMoments, treatment: ArmMoments, observations: Double)? {
        let usable = strata.filter(\.isUsable)
        let total = usable.reduce(0) { $0 + $1.weight }
        guard total > 0 else { return nil }
        func arm(_ moments: (ArmStratum) -> ArmMoments) -> ArmMoments {
            var (count, mean, variance) = (0.0, 0.0, 0.0)
            for stratum in usable {
                let (share, arm) = (stratum.weight / total, moments(stratum))
                count += arm.count
                mean += share * arm.mean
                variance += share * share * arm.variance / arm.count
            }
            return ArmMoments(count: count, mean: mean, variance: variance * count)
        }
        let (control, treatment) = (arm(\.control), arm(\.treatment))
        return (control, treatment, control.count + treatment.count)
    }
}

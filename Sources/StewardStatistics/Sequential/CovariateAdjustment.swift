/// Sums of an outcome and of a covariate that was measured before the experiment: additive, so that arms, minutes and
/// machines can be put together.
package struct CovariateSums: Sendable, Equatable {
    package var count: Double
    package var outcome: Double
    package var outcomeSquares: Double
    package var covariate: Double
    package var covariateSquares: Double
    package var products: Double

    package init(
        count: Double = 0, outcome: Double = 0, outcomeSquares: Double = 0, covariate: Double = 0,
        covariateSquares: Double = 0, products: Double = 0
    ) {
        self.count = count
        self.outcome = outcome
        self.outcomeSquares = outcomeSquares
        self.covariate = covariate
        self.covariateSquares = covariateSquares
        self.products = products
    }

    package mutating func add(outcome: Double, covariate: Double) {
        self += Self(
            count: 1, outcome: outcome, outcomeSquares: outcome * outcome, covariate: covariate,
            covariateSquares: covariate * covariate, products: outcome * covariate)
    }

    package static func += (left: inout Self, right: Self) {
        left.count += right.count
        left.outcome += right.outcome
        left.outcomeSquares += right.outcomeSquares
        left.covariate += right.covariate
        left.covariateSquares += right.covariateSquares
        left.products += right.products
    }

    package var outcomeMoments: ArmMoments {
        ArmMoments(count: count, sum: outcome, squares: outcomeSquares)
    }
    package var covariateMoments: ArmMoments {
        ArmMoments(count: count, sum: covariate, squares: covariateSquares)
    }
    package var covariance: Double { count > 1 ? (products - outcome * covariate / count) / (count - 1) : 0 }
}

/// Takes out of an outcome what a covariate from before the experiment explains (CUPED), which shortens every interval.
///
/// - Assumption: the covariate cannot have been changed by the experiment.
/// - Range: any; a covariate or an outcome that never varies changes nothing.
/// - When not to use: with anything measured during the experiment.
/// - Reference: A. Deng, Y. Xu, R. Kohavi, T. Walker, "Improving the sensitivity of online controlled experiments by
///   utilizing pre-experiment data", WSDM 2013; one coefficient for all arms together.
package enum CovariateAdjustment {
    /// The arms' moments after the adjustment, in the order given.
    package static func adjusted(_ arms: [CovariateSums]) -> [ArmMoments] {
        let pooled = arms.reduce(into: CovariateSums()) { $0 += $1 }
        let spread = pooled.covariateMoments.variance
        let slope = spread > 0 && pooled.outcomeMoments.variance > 0 ? pooled.covariance / spread : 0
        return arms.map { arm in
            let (outcome, covariate) = (arm.outcomeMoments, arm.covariateMoments)
            let variance = outcome.variance + slope * slope * covariate.variance - 2 * slope * arm.covariance
            return ArmMoments(
                count: arm.count, mean: outcome.mean - slope * covariate.mean, variance: max(0, variance))
        }
    }
}

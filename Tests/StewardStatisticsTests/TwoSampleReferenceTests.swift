import StewardJSON
import StewardStatistics
import Testing

@Suite("Two samples against the reference answers")
struct TwoSampleReferenceTests {
    @Test(
        "the answers are at hand",
        arguments: [("numeric", 10), ("numeric-more", 10), ("categorical", 6), ("embeddings", 4)])
    func answers(kind: String, least: Int) { #expect(TwoSampleReference.names(kind).count >= least) }

    /// `numeric-more` has ties in samples of unequal size, offsets, disjoint samples, coprime sizes, 120 decades.
    @Test(
        "numbers",
        arguments: ["numeric", "numeric-more"].flatMap { kind in
            TwoSampleReference.names(kind).map { (kind, $0) }
        })
    func numbers(kind: String, name: String) throws {
        let sample = try TwoSampleReference.numbers(name)
        let agreement = Agreement(answer: try TwoSampleReference.answer(kind, name), name: name)
        ranks(sample, agreement)
        distances(sample, agreement)
        deciles(sample, agreement)
    }

    private func ranks(_ sample: PooledSample, _ agreement: Agreement) {
        let ks = KolmogorovSmirnov(sample)
        agreement.value(ks.statistic, "/ks/D")
        agreement.pValue(ks.asymptoticPValue, "/ks/p_asymp")
        agreement.pValue(ks.exactPValue, "/ks/p_exact")
        agreement.pValue(ks.pValue, "/ks/p_auto")
        agreement.pValue(ks.limitPValue, "/ks/p_kolmogorov_limit")

        let cvm = CramerVonMises(sample)
        agreement.value(cvm?.statistic, "/cvm/T")
        // Scipy's Bessel function leaves its sum 2·10⁻¹⁵ short, and the p-value is 1 less that sum.
        agreement.pValue(cvm?.pValue, "/cvm/p_asymp", noise: 3e-15)

        let mannWhitney = MannWhitney(sample)
        agreement.value(mannWhitney.statistic, "/mannwhitney/U_ref")
        agreement.pValue(mannWhitney.pValue, "/mannwhitney/p_asymp_cc")

        let andersonDarling = AndersonDarling(sample)
        agreement.value(andersonDarling?.statistic, "/anderson_darling_ksamp_midrank/A2")
        agreement.pValue(andersonDarling?.tabulatedPValue, "/anderson_darling_ksamp_midrank/p_clipped")

        let welch = WelchT(sample)
        agreement.value(welch?.statistic, "/welch_t/t")
        agreement.pValue(welch?.pValue, "/welch_t/p")
        if let welch { agreement.value(welch.degreesOfFreedom, "/welch_t/df") }
    }

    private func distances(_ sample: PooledSample, _ agreement: Agreement) {
        let wasserstein = Wasserstein(sample)
        agreement.value(wasserstein.distance, "/w1/raw", within: 1e-9)
        agreement.value(wasserstein.overStandardDeviation, "/w1/over_std", within: 1e-9)
        agreement.value(wasserstein.overIQR, "/w1/over_iqr", within: 1e-9)
        agreement.value(EnergyDistance.value(sample), "/energy_distance")
        agreement.value(sample.referenceMoments.mean, "/mean_ref")
        agreement.value(sample.currentMoments.mean, "/mean_cur")
        agreement.value(sample.referenceMoments.standardDeviation, "/std_ref_ddof0")
        agreement.value(sample.currentMoments.standardDeviation, "/std_cur_ddof0")
        let shares = ["0.01", "0.05", "0.25", "0.5", "0.75", "0.95", "0.99"]
        for (side, key) in [(PooledSample.Side.reference, "quantiles_ref"), (.current, "quantiles_cur")] {
            let quantiles = sample.quantiles(shares.compactMap { Double($0) }, of: side)
            for (share, quantile) in zip(shares, quantiles) { agreement.value(quantile, "/\(key)/\(share)") }
        }
    }

    private func deciles(_ sample: PooledSample, _ agreement: Agreement) {
        let counts = AlignedCounts(decilesOf: sample)
        #expect(agreement.answer.value(at: "/decile_bins/ref")?.array?.map(\.int64) == counts.reference.map(Int64.init))
        #expect(agreement.answer.value(at: "/decile_bins/cur")?.array?.map(\.int64) == counts.current.map(Int64.init))
        let psi = PopulationStability(counts)
        agreement.value(psi.statistic, "/psi_ref_deciles")
        agreement.value(psi.laplace, "/psi_laplace")
        agreement.value(JensenShannon.base2(counts), "/js_ref_deciles_base2")
        agreement.value(JensenShannon.natural(counts), "/js_ref_deciles_nat")
        agreement.value(Hellinger.value(counts), "/hellinger_ref_deciles")
        let chiSquare = ChiSquareHomogeneity(counts)
        agreement.value(chiSquare?.statistic, "/chi2_ref_deciles/stat")
        agreement.pValue(chiSquare?.pValue, "/chi2_ref_deciles/p")
        agreement.value(chiSquare.map { Double($0.degreesOfFreedom) }, "/chi2_ref_deciles/dof")
    }

    @Test("categories", arguments: TwoSampleReference.names("categorical"))
    func categories(name: String) throws {
        let counts = try TwoSampleReference.counts(name)
        let agreement = Agreement(answer: try TwoSampleReference.answer("categorical", name), name: name)
        let chiSquare = ChiSquareHomogeneity(counts)
        agreement.value(chiSquare?.statistic, "/chi2/stat")
        agreement.pValue(chiSquare?.pValue, "/chi2/p")
        agreement.value(chiSquare?.leastExpected, "/chi2/min_expected")
        let gTest = GTest(counts)
        agreement.value(gTest?.statistic, "/g_test/stat")
        agreement.pValue(gTest?.pValue, "/g_test/p")
        agreement.value(gTest.map { Double($0.degreesOfFreedom) }, "/g_test/dof")
        agreement.value(CramersV.value(counts), "/cramers_v")
        let psi = PopulationStability(counts)
        agreement.value(psi.statistic, "/psi_floor1e-4")
        agreement.value(psi.laplace, "/psi_laplace")
        agreement.value(JensenShannon.base2(counts), "/js_base2")
        agreement.value(JensenShannon.natural(counts), "/js_nat")
        agreement.value(Hellinger.value(counts), "/hellinger")
        agreement.value(TotalVariation.value(counts), "/tvd")
        agreement.value(TotalVariation.largest(counts), "/l_infinity")
    }

    @Test("vectors", arguments: TwoSampleReference.names("embeddings"))
    func vectors(name: String) throws {
        let rows = try TwoSampleReference.rows(name)
        func vectors(_ rows: [[String]]) -> [[Double]] { rows.map { $0.compactMap { Double($0) } } }
        let agreement = Agreement(answer: try TwoSampleReference.answer("embeddings", name), name: name)
        let mmd = try #require(
            MaximumMeanDiscrepancy(reference: vectors(rows.reference), current: vectors(rows.current)))
        agreement.value(mmd.squaredBandwidth, "/sigma2")
        agreement.value(mmd.biased, "/mmd2_biased")
        agreement.value(mmd.unbiased, "/mmd2_unbiased")
        // Random splits: only the order of magnitude can agree.
        let expected = try #require(agreement.answer["mmd_p_permutation_2000"]?.double)
        var random = SplitMix64(seed: 1)
        let pValue = mmd.pValue(permutations: 100, using: &random)
        #expect(pValue >= 1.0 / 101)
        #expect(expected < 0.01 ? pValue < 0.03 : abs(pValue - expected) < 0.15, "\(pValue), not \(expected)")
    }
}

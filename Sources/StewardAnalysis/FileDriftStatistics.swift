import StewardStatistics

/// All statistics of one column of two files. What is not defined for the column is `nil`.
package enum FileDriftStatistics: Sendable {
    case numeric(Numeric)
    case categorical(Categorical)

    package struct Numeric: Sendable {
        package let outline: FileDriftOutline
        package let ks: KolmogorovSmirnov
        package let andersonDarling: AndersonDarling?
        package let cramerVonMises: CramerVonMises?
        package let mannWhitney: MannWhitney
        package let welch: WelchT?
        package let wasserstein: Wasserstein
        package let energyDistance: Double
        package let lowerTail: TailShare?
        package let upperTail: TailShare?
        /// Counts in the reference's deciles, and what follows from them.
        package let deciles: Cells

        let evidence: DriftEvidence

        init(_ sample: PooledSample) {
            outline = FileDriftOutline(sample)
            ks = KolmogorovSmirnov(sample)
            andersonDarling = AndersonDarling(sample)
            cramerVonMises = CramerVonMises(sample)
            mannWhitney = MannWhitney(sample)
            welch = WelchT(sample)
            wasserstein = Wasserstein(sample)
            energyDistance = EnergyDistance.value(sample)
            lowerTail = TailShare(sample, .lower)
            upperTail = TailShare(sample, .upper)
            deciles = Cells(AlignedCounts(decilesOf: sample))
            evidence = DriftEvidence(
                sample, ks: ks, andersonDarling: andersonDarling, lowerTail: lowerTail, upperTail: upperTail)
        }
    }

    package struct Categorical: Sendable {
        /// The categories, in the order of ``Cells/counts``: the most frequent of both files first.
        package let names: [String]
        package let cells: Cells
        package let pooled: ChiSquareHomogeneity?
        /// Of two categories only.
        package let fisher: FisherExact?

        init?(reference: [String: Int], current: [String: Int]) {
            var sums = reference
            sums.merge(current, uniquingKeysWith: +)
            names = sums.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
            guard
                let counts = AlignedCounts(
                    reference: names.map { reference[$0] ?? 0 }, current: names.map { current[$0] ?? 0 })
            else { return nil }
            cells = Cells(counts)
            pooled = ChiSquareHomogeneity(counts.poolingRareCells())
            fisher =
                names.count == 2
                ? FisherExact(
                    successes: Int64(counts.reference[0]), of: Int64(counts.referenceCount),
                    and: Int64(counts.current[0]), of: Int64(counts.currentCount)) : nil
        }
    }

    /// What is computed from counts of cells, be they categories or deciles.
    package struct Cells: Sendable {
        package let counts: AlignedCounts
        package let chiSquare: ChiSquareHomogeneity?
        package let gTest: GTest?
        package let cramersV: Double?
        package let jensenShannon: Double
        package let jensenShannonNatural: Double
        package let hellinger: Double
        package let totalVariation: Double
        package let stability: PopulationStability

        init(_ counts: AlignedCounts) {
            self.counts = counts
            chiSquare = ChiSquareHomogeneity(counts)
            gTest = GTest(counts)
            cramersV = CramersV.value(counts)
            jensenShannon = JensenShannon.base2(counts)
            jensenShannonNatural = JensenShannon.natural(counts)
            hellinger = Hellinger.value(counts)
            totalVariation = TotalVariation.value(counts)
            stability = PopulationStability(counts)
        }
    }

    var evidence: DriftEvidence {
        switch self {
        case .numeric(let numeric): numeric.evidence
        case .categorical(let categorical): DriftEvidence(categorical.cells.counts)
        }
    }
}

/// Whether one file lacks more values of a column than the other.
package struct FileDriftMissing: Sendable, Equatable {
    package let referenceShare: Double
    package let currentShare: Double
    package let pValue: Double

    /// - Returns: `nil` where nothing is missing, or a file has no rows.
    init?(_ reference: FileDriftColumn, _ current: FileDriftColumn) {
        let (first, second) = (reference.missingCount, current.missingCount)
        let (n, m) = (reference.filledCount + first, current.filledCount + second)
        guard first + second > 0,
            let fisher = FisherExact(
                successes: Int64(first), of: Int64(n), and: Int64(second), of: Int64(m))
        else { return nil }
        referenceShare = Double(first) / Double(n)
        currentShare = Double(second) / Double(m)
        pValue = fisher.pValue
    }
}

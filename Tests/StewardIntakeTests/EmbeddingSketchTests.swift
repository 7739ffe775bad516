import StewardModel
import StewardStatistics
import StewardWire
import Testing

@testable import StewardIntake

@Suite struct EmbeddingSketchTests {
    private static func vector(_ seed: UInt64, dimensions: Int, tilt: Float = 0) -> [Float] {
        var state = seed
        func next() -> Double {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
        }
        return (0..<dimensions).map { index in
            Float((0..<12).reduce(-6.0) { sum, _ in sum + next() }) + (index % 3 == 0 ? tilt : 0)
        }
    }

    /// Directions are part of the stored form: were they to change, baselines would mean nothing.
    @Test func theDirectionsNeverChange() {
        let projections = EmbeddingSketch.project([3, 4]).map { ($0 * 1000).rounded() / 1000 }
        #expect(projections.allSatisfy { [1.4, -1.4, 0.2, -0.2].contains($0) })
        #expect(projections == Self.recorded, "\(projections)")
    }

    private static let recorded = [
        -1.4, -0.2, -0.2, -1.4, -1.4, 1.4, 1.4, -1.4, -1.4, 1.4, 1.4, -0.2, 0.2, -1.4, -1.4, -0.2,
    ]

    @Test func lengthDoesNotCountAndProjectionsAreAboutStandardNormal() {
        let vector = Self.vector(1, dimensions: 1536)
        let long = EmbeddingSketch.observations(vector.map { $0 * 1000 })
        #expect(long == EmbeddingSketch.observations(vector))
        var squares = 0.0
        for seed in 0..<200 as Range<UInt64> {
            squares += EmbeddingSketch.project(Self.vector(seed, dimensions: 384)).reduce(0) { $0 + $1 * $1 }
        }
        #expect(abs(squares / 3200 - 1) < 0.15)
    }

    /// A drift of what is embedded shows in the sums, and nothing shows where there is none.
    @Test(arguments: [(Float(0), false), (0.4, true)]) func aShiftOfTopicsIsSeen(tilt: Float, isShifted: Bool) throws {
        func counts(_ seeds: Range<UInt64>, tilt: Float) -> [Signal: LogLinearHistogram] {
            var counts: [Signal: LogLinearHistogram] = [:]
            for seed in seeds {
                for case .number(let signal, let value) in EmbeddingSketch.observations(
                    Self.vector(seed, dimensions: 96, tilt: tilt))
                {
                    counts[signal, default: LogLinearHistogram()].add(value)
                }
            }
            return counts
        }
        let (before, after) = (counts(0..<1500, tilt: 0), counts(5000..<6000, tilt: tilt))
        let frequency = ProjectedDiscrepancy.frequency(Signal.embeddingProjections.compactMap { before[$0] })
        var directions: [DriftProgress] = []
        for signal in Signal.embeddingProjections {
            let (baseline, current) = (try #require(before[signal]), try #require(after[signal]))
            var drift = try #require(SequentialDrift(DriftQuestions(numbers: baseline, frequency: frequency)))
            drift.add(current, minute: 1)
            directions.append(try #require(drift.progress(level: 0.01)))
        }
        let pValues = directions.map(\.pValue)
        #expect((Multiplicity.holm.adjusted(pValues).min() ?? 1 <= 0.01) == isShifted, "\(pValues)")

        // The size agrees with that of the vectors themselves, as far as eight directions can say.
        let discrepancy = try #require(ProjectedDiscrepancy.value(directions))
        func vectors(_ seeds: Range<UInt64>, _ tilt: Float) -> [[Double]] {
            seeds.map { seed in
                let vector = Self.vector(seed, dimensions: 96, tilt: tilt).map(Double.init)
                let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
                return vector.map { $0 / length }
            }
        }
        let exact = try #require(
            MaximumMeanDiscrepancy(reference: vectors(0..<250, 0), current: vectors(5000..<5250, tilt)))
        let expected = max(0, exact.unbiased).squareRoot()
        #expect(
            isShifted ? (0.6...1.7).contains(discrepancy / expected) : discrepancy < 0.03, "\(discrepancy), \(expected)"
        )
    }

    @Test(arguments: [
        ("[0.5,-1e-3,2]", nil), ("null", nil), ("[1]", "embedding"), ("[0,0,0]", "embedding"),
        ("[1,\"a\"]", "embedding"),
        ("[1,1e300]", "embedding"), ("\"x\"", "embedding"),
        ("[" + Array(repeating: "1", count: 8193).joined(separator: ",") + "]", "embedding"),
        ("[3e38,3e38,-3e38]", nil),
    ])
    func readsAnEmbeddingOrSaysWhatIsWrong(json: String, field: String?) throws {
        let body = #"{"time":1,"deployment":"d","version":"v","embedding":\#(json)}"#
        let decoded = try EventDecoder.decode(
            Array(body.utf8), format: .json, now: Timestamp(seconds: 9), limits: .init()
        ) { "made" }
        #expect(decoded.rejected.first?.field == field)
        if let event = decoded.events.first?.event {
            let count = event.observations(cost: nil).count
            #expect(count == (json == "null" ? 2 : 11), "\(event.observations(cost: nil))")
        }
    }
}

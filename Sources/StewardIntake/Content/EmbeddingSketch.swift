import StewardModel

/// What is kept of an embedding: where it lies on a few fixed random directions. Counted in histograms, that adds up
/// over minutes and machines, and a shift of the embeddings shows as a shift of these numbers.
///
/// The directions are signs, ±1 in each dimension, so that lengths are kept on average whatever the model
/// (D. Achlioptas, "Database-friendly random projections", J. Comput. Syst. Sci. 66, 2003). They follow from the
/// number of the dimension alone: every machine and every release has the same. The cell is the nearest of the
/// directions and their opposites: a fixed set of centroids that needs no training.
enum EmbeddingSketch {
    /// Changing this makes all that was counted before incomparable.
    private static let seed: UInt64 = 0x5EED_0F_E4BE_DD1E
    private static let directions = 16
    private static let scale = 1000.0

    /// - Parameter embedding: finite numbers, not all 0.
    static func observations(_ embedding: [Float]) -> [Observation] {
        let projections = project(embedding)
        guard let strongest = projections.indices.max(by: { abs(projections[$0]) < abs(projections[$1]) }) else {
            return []
        }
        var result = zip(Signal.embeddingProjections, projections).map { signal, value in
            Observation.number(signal, Int64((value * scale).rounded()))
        }
        result.append(.category(.embeddingCell, "\(strongest + 1)" + (projections[strongest] < 0 ? "-" : "+")))
        return result
    }

    /// The vector's place on each direction, in units of its length over √dimensions: about standard normal for a
    /// vector without any relation to the directions.
    static func project(_ embedding: [Float]) -> [Double] {
        var sums = [Double](repeating: 0, count: directions)
        var square = 0.0
        for start in stride(from: 0, to: embedding.count, by: 64) {
            let block = embedding[start..<min(start + 64, embedding.count)]
            for value in block { square += Double(value) * Double(value) }
            for direction in sums.indices {
                var signs = mixed(seed &+ UInt64(direction) << 32 &+ UInt64(start / 64))
                var sum = 0.0
                for value in block {
                    sum += Double(signs & 1 == 0 ? value : -value)
                    signs >>= 1
                }
                sums[direction] += sum
            }
        }
        let length = square.squareRoot()
        guard length > 0 else { return [] }
        return sums.map { $0 / length }
    }

    /// SplitMix64's finaliser (G. Steele, D. Lea, C. Flood, OOPSLA 2014).
    private static func mixed(_ state: UInt64) -> UInt64 {
        var z = state &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

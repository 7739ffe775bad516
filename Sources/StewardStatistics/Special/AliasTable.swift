/// Draws from a distribution on 0, 1, 2, …, each in constant time.
///
/// - Assumption: the weights are finite and not negative, and one of them is above 0.
/// - Range: any number of weights from 1 on.
/// - When not to use: for a few draws; a table costs as much as it has weights.
/// - Reference: M. D. Vose, "A linear algorithm for generating random numbers with a given distribution", IEEE
///   Transactions on Software Engineering 17(9), 1991.
package struct AliasTable: Sendable {
    private let kept: [Double]
    private let alias: [Int]
    private let offset: Int

    /// - Parameter offset: what is drawn for the first weight.
    package init(weights: [Double], offset: Int = 0) {
        self.offset = offset
        let total = weights.reduce(0, +)
        var shares = weights.map { $0 / total * Double(weights.count) }
        var alias = Array(weights.indices)
        var small = weights.indices.filter { shares[$0] < 1 }
        var large = weights.indices.filter { shares[$0] >= 1 }
        while let low = small.popLast(), let high = large.popLast() {
            alias[low] = high
            shares[high] -= 1 - shares[low]
            if shares[high] < 1 { small.append(high) } else { large.append(high) }
        }
        // What is left is 1 but for rounding, and is its own alias.
        kept = shares
        self.alias = alias
    }

    /// How many of `trials` independent ones hit. What is rarer than 10⁻¹⁸ of the likeliest is never drawn.
    ///
    /// - Range: `trials` of at least 0, `rate` from 0 to 1.
    package init(binomial trials: Int, rate: Double) {
        guard trials > 0, rate > 0, rate < 1 else {
            self.init(weights: [1], offset: rate >= 1 ? max(trials, 0) : 0)
            return
        }
        let mode = min(Int((Double(trials + 1) * rate).rounded(.down)), trials)
        let odds = rate / (1 - rate)
        var (up, down) = ([1.0], [Double]())
        while mode + up.count <= trials, let last = up.last, last > 1e-18 {
            let hits = mode + up.count
            up.append(last * odds * Double(trials - hits + 1) / Double(hits))
        }
        while down.count < mode, down.last ?? 1 > 1e-18 {
            let hits = mode - down.count
            down.append((down.last ?? 1) / odds * Double(hits) / Double(trials - hits + 1))
        }
        self.init(weights: down.reversed() + up, offset: mode - down.count)
    }

    package func draw(_ generator: inout SplitMix64) -> Int {
        let place = generator.unit() * Double(kept.count)
        let index = Int(place)
        return offset + (place - Double(index) < kept[index] ? index : alias[index])
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How many bits of surprise each value of a stream carries, given the one before it, when values are told apart only
/// as far as the range seen so far deserves.
///
/// Values are put into cells whose width is a power of two, so chosen that the range so far spans more than half of
/// `cellsPerRange` cells and at most all. A first-order Markov chain over the cells predicts the next cell; its counts
/// are smoothed by the Witten–Bell rule, first toward the cell's own share, then toward a fall-off that halves with
/// each cell between the value and the nearest one that was visited. When the range outgrows the cells, neighbours are
/// merged in pairs and their counts added: the grid then holds exactly what it would hold had it been that coarse from
/// the start, without keeping a single value.
///
/// - Assumption: what followed a value once may follow it again; the order of rows means something, their times do not.
/// - Range: finite values up to ±10³⁰⁰ (larger ones count as that). Memory is (cellsPerRange + 2)² counts. Nothing is
///   surprising until two different values have been seen.
/// - When not to use: alone, where a value beside a cell's edge may fall to either side (average grids of different
///   `phase`); for a slow drift, every step of which is ordinary.
/// - Reference: I. H. Witten, T. C. Bell, "The zero-frequency problem", IEEE Trans. Information Theory 37(4), 1991,
///   method C; T. M. Chan, "Approximate nearest neighbor queries revisited", Discrete Comput. Geom. 20, 1998, for
///   shifted grids that stay nested.
package struct ContextGrid: Sendable {
    /// Grids of the phases 0…4 lie a fifth of a cell apart at every width: doubling permutes fifths, so that each grid
    /// nests in its own coarser self and yet no two ever coincide.
    package static let phases = 5

    private let cellsPerRange: Int
    private let phase: Int
    private let side: Int
    private var lower = 0.0
    private var upper = 0.0
    private var rows: UInt32 = 0
    /// Cells are 2^exponent wide; `nil` until two different values have been seen.
    private var exponent: Int?
    /// The cell of slot 0.
    private var firstCell = 0
    private var previous = 0
    private var visits: [UInt32]
    private var occupied: UInt32 = 0
    /// Row by row: how often slot b followed slot a, at a · side + b.
    private var followers: [UInt32]
    /// How often, and by how many different slots, each slot was followed.
    private var departures: [UInt32]
    private var variety: [UInt32]

    /// - Parameters:
    ///   - cellsPerRange: at least 2.
    ///   - phase: 0..<``phases``.
    package init(cellsPerRange: Int, phase: Int) {
        self.cellsPerRange = max(2, cellsPerRange)
        self.phase = phase
        // A range of n cells touches n + 1 of them; one more absorbs rounding.
        side = self.cellsPerRange + 2
        visits = Array(repeating: 0, count: side)
        followers = Array(repeating: 0, count: side * side)
        departures = visits
        variety = visits
    }

    /// Takes the next value, which must be finite, and returns its surprise in bits, at least 0.
    package mutating func surprise(_ value: Double) -> Double {
        let value = min(max(value, -1e300), 1e300)
        if rows == 0 { (lower, upper) = (value, value) }
        let constant = lower
        lower = min(lower, value)
        upper = max(upper, value)
        defer { rows += 1 }
        guard upper > lower else { return 0 }
        let needed = Self.exponent(atLeast: upper / Double(cellsPerRange) - lower / Double(cellsPerRange))
        if exponent == nil {
            begin(exponent: needed, with: constant)
        } else if needed != exponent || cell(of: lower, exponent: needed) != firstCell {
            coarsen(to: needed)
        }
        let slot = slot(of: value)
        let bits = -log2(predicted(slot))
        count(slot)
        return max(0, bits)
    }

    // MARK: - Prediction

    private func predicted(_ slot: Int) -> Double {
        var distance = 0
        while distance < side, !isOccupied(slot - distance), !isOccupied(slot + distance) { distance += 1 }
        var chance = 1 / Double(cellsPerRange)
        for _ in 0..<distance { chance /= 2 }
        chance = Self.blend(visits[slot], of: rows, kinds: occupied, else: chance)
        return Self.blend(
            followers[previous * side + slot], of: departures[previous], kinds: variety[previous], else: chance)
    }

    private func isOccupied(_ slot: Int) -> Bool { slot >= 0 && slot < side && visits[slot] > 0 }

    /// Witten–Bell: the more kinds were seen in `total` trials, the likelier the next is a new one.
    private static func blend(_ count: UInt32, of total: UInt32, kinds: UInt32, else fallback: Double) -> Double {
        total == 0 ? fallback : (Double(count) + Double(kinds) * fallback) / (Double(total) + Double(kinds))
    }

    private mutating func count(_ slot: Int) {
        add(1, to: slot)
        add(1, from: previous, to: slot)
        previous = slot
    }

    private mutating func add(_ count: UInt32, to slot: Int) {
        if visits[slot] == 0, count > 0 { occupied += 1 }
        visits[slot] += count
    }

    private mutating func add(_ count: UInt32, from origin: Int, to slot: Int) {
        guard count > 0 else { return }
        if followers[origin * side + slot] == 0 { variety[origin] += 1 }
        followers[origin * side + slot] += count
        departures[origin] += count
    }

    // MARK: - The grid

    private mutating func begin(exponent needed: Int, with constant: Double) {
        exponent = needed
        firstCell = cell(of: lower, exponent: needed)
        previous = slot(of: constant)
        add(rows, to: previous)
        add(rows - 1, from: previous, to: previous)
    }

    private mutating func coarsen(to needed: Int) {
        guard let old = exponent else { return }
        var slots = (0..<side).map { firstCell + $0 }
        for step in old..<max(old, needed) {
            // 2φ′ = φ + carry, hence ⌊v/2w + φ′⌋ = ⌊(⌊v/w + φ⌋ + carry) / 2⌋.
            let carry = (2 * fifths(step + 1) - fifths(step)) / Self.phases
            for slot in 0..<side { slots[slot] = (slots[slot] + carry) >> 1 }
        }
        exponent = needed
        firstCell = cell(of: lower, exponent: needed)
        slots = slots.map { clamped($0 - firstCell) }
        let (oldVisits, oldFollowers) = (visits, followers)
        occupied = 0
        for slot in 0..<side { (visits[slot], departures[slot], variety[slot]) = (0, 0, 0) }
        for index in followers.indices { followers[index] = 0 }
        for origin in 0..<side {
            add(oldVisits[origin], to: slots[origin])
            for slot in 0..<side { add(oldFollowers[origin * side + slot], from: slots[origin], to: slots[slot]) }
        }
        previous = slots[previous]
    }

    /// The grid's offset at cells of 2^exponent, in fifths of a cell: 3 is the inverse of 2 modulo 5, and 3⁴ = 1.
    private func fifths(_ exponent: Int) -> Int {
        let powers = [1, 3, 4, 2]
        return phase * powers[exponent & 3] % Self.phases
    }

    private func cell(of value: Double, exponent: Int) -> Int {
        let width = Double(sign: .plus, exponent: exponent, significand: 1)
        // At most 2⁵³ · cellsPerRange in magnitude, since the range spans at least one unit in the last place.
        return Int((value / width + Double(fifths(exponent)) / Double(Self.phases)).rounded(.down))
    }

    private func slot(of value: Double) -> Int {
        clamped(cell(of: value, exponent: exponent ?? 0) - firstCell)
    }

    private func clamped(_ slot: Int) -> Int { min(max(slot, 0), side - 1) }

    /// The smallest e with 2^e ≥ width. Bounded below: a range of subnormal numbers counts as one cell.
    private static func exponent(atLeast width: Double) -> Int {
        guard width > 0x1p-1000 else { return -1000 }
        return Int(width.exponent) + (width.significand > 1 ? 1 : 0)
    }
}

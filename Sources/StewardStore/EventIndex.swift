/// Which event ids are stored, so that a retry counts once.
///
/// A unique index over random ids would dirty a page per event. Instead the ids since the last sealed run are held in
/// memory; every ``runLength`` events they are written once, as a sorted run of 64-bit fingerprints, next to the last
/// run. A Bloom filter per ``runsPerGeneration`` runs says which generations to look into. A fingerprint only points
/// to a candidate: the id stored there decides, so the answer is exact.
///
/// Memory: 2 bytes an event that is kept, and at most ``runLength`` ids.
struct EventIndex: Sendable {
    static let runLength = 32_768
    static let runsPerGeneration: Int64 = 32

    /// Makes fingerprints unpredictable, so that nobody can send ids that collide on purpose.
    let seed: UInt64
    /// Ids after the last sealed run, with their sequence numbers.
    private(set) var recent: [String: Int64] = [:]
    private(set) var nextRun: Int64 = 0
    /// By generation; `nil` when all of its events are dropped.
    private var filters: [BloomFilter?] = []

    init(seed: UInt64) { self.seed = seed }

    enum Candidates: Equatable {
        case found(sequence: Int64)
        /// Runs that may hold the id, newest first; empty when it is surely new.
        case runs([ClosedRange<Int64>], fingerprint: Int64)
    }

    func candidates(for id: String) -> Candidates {
        if let sequence = recent[id] { return .found(sequence: sequence) }
        guard !filters.isEmpty else { return .runs([], fingerprint: 0) }
        let fingerprint = Self.fingerprint(of: id, seed: seed)
        var runs: [ClosedRange<Int64>] = []
        for generation in filters.indices.reversed() where filters[generation]?.mayContain(fingerprint) == true {
            let first = Int64(generation) * Self.runsPerGeneration
            runs.append(first...min(first + Self.runsPerGeneration, nextRun) - 1)
        }
        return .runs(runs, fingerprint: Int64(bitPattern: fingerprint))
    }

    mutating func insert(_ ids: [String: Int64]) {
        recent.merge(ids) { old, _ in old }
    }

    var wantsSealing: Bool { recent.count >= Self.runLength }

    /// The rows of the next run, in the order in which the table keeps them.
    func sealedRun() -> [(fingerprint: Int64, sequence: Int64)] {
        recent.map { (Int64(bitPattern: Self.fingerprint(of: $0.key, seed: seed)), $0.value) }
            .sorted { ($0.0, $0.1) < ($1.0, $1.1) }
    }

    /// Takes note of a run that is now on disk. Returns the finished generation and its filter where this run ends one.
    mutating func seal(_ run: [(fingerprint: Int64, sequence: Int64)]) {
        addToFilter(run: nextRun, fingerprints: run.lazy.map(\.fingerprint))
        nextRun += 1
        recent.removeAll(keepingCapacity: true)
    }

    /// The filter of a generation with these rows added: what is stored when a run ends its generation.
    func finishedFilter(adding run: [(fingerprint: Int64, sequence: Int64)]) -> (generation: Int64, words: [UInt64])? {
        guard (nextRun + 1) % Self.runsPerGeneration == 0 else { return nil }
        let generation = nextRun / Self.runsPerGeneration
        var filter = (Int(generation) < filters.count ? filters[Int(generation)] : nil) ?? BloomFilter()
        for row in run { filter.insert(UInt64(bitPattern: row.fingerprint)) }
        return (generation, filter.words)
    }

    // MARK: Loading

    mutating func load(finished filter: [UInt64], generation: Int64) {
        while filters.count < generation { filters.append(nil) }
        filters.append(BloomFilter(words: filter))
        nextRun = Int64(filters.count) * Self.runsPerGeneration
    }

    mutating func addToFilter(run: Int64, fingerprints: some Sequence<Int64>) {
        let generation = Int(run / Self.runsPerGeneration)
        while filters.count <= generation { filters.append(nil) }
        if filters[generation] == nil { filters[generation] = BloomFilter() }
        for fingerprint in fingerprints { filters[generation]?.insert(UInt64(bitPattern: fingerprint)) }
    }

    /// Lets go of what is known of runs before one: their events are dropped.
    mutating func forget(before run: Int64) {
        for generation in filters.indices.prefix(Int(run / Self.runsPerGeneration)) { filters[generation] = nil }
    }

    mutating func setNextRun(_ run: Int64) { nextRun = run }

    /// A 64-bit hash of the id: multiply and fold over 8-byte words, keyed by `seed`.
    static func fingerprint(of id: String, seed: UInt64) -> UInt64 {
        var copy = id
        return copy.withUTF8 { bytes in
            var hash = seed ^ UInt64(bytes.count) &* 0x9E37_79B9_7F4A_7C15
            func fold(_ word: UInt64) {
                let product = (hash ^ word).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
                hash = product.high ^ product.low
            }
            let raw = UnsafeRawBufferPointer(bytes)
            var index = 0
            while index + 8 <= raw.count {
                fold(raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                index += 8
            }
            var rest: UInt64 = 0
            while index < raw.count {
                rest = rest << 8 | UInt64(raw[index])
                index += 1
            }
            fold(rest ^ 0xA076_1D64_78BD_642F)
            fold(seed)
            return hash
        }
    }
}

/// Bloom, "Space/time trade-offs in hash coding with allowable errors" (1970), with the two-hash scheme of Kirsch and
/// Mitzenmacher (2006): 2²⁴ bits, six probes, one false answer in about a thousand at a million keys.
private struct BloomFilter: Sendable {
    private static let bitMask: UInt64 = 1 << 24 - 1
    private(set) var words: [UInt64]

    init(words: [UInt64] = Array(repeating: 0, count: 1 << 18)) { self.words = words }

    mutating func insert(_ fingerprint: UInt64) {
        for probe in 0..<6 as Range<UInt64> {
            let bit = Self.bit(fingerprint, probe)
            words[Int(bit >> 6)] |= 1 << (bit & 63)
        }
    }

    func mayContain(_ fingerprint: UInt64) -> Bool {
        for probe in 0..<6 as Range<UInt64> {
            let bit = Self.bit(fingerprint, probe)
            if words[Int(bit >> 6)] & 1 << (bit & 63) == 0 { return false }
        }
        return true
    }

    private static func bit(_ fingerprint: UInt64, _ probe: UInt64) -> UInt64 {
        (fingerprint &+ probe &* (fingerprint >> 32 | 1)) & bitMask
    }
}

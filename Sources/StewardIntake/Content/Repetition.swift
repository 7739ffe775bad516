/// How much a text repeats itself: the share of its four-word sequences that stood in it before. Prose stays below a
/// few per cent, a model that is caught in a loop goes towards 100.
///
/// - Range: 0…1; `nil` below 20 words. The first 512 words count.
/// - Reference: the share of duplicate n-grams, as S. Welleck et al. measure degeneration in "Neural Text Generation
///   with Unlikelihood Training", ICLR 2020 (seq-rep-4).
enum Repetition {
    private static let maximumWords = 512
    private static let minimumWords = 20
    /// A power of two well above the sequences that can be.
    private static let slots = 2048

    static func share(_ text: [UInt8]) -> Double? {
        var words = 0
        var repeated = 0
        // Hashes of the last four words, and of all sequences seen; zero is an empty slot.
        var last: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: slots) { seen in
            seen.initialize(repeating: 0)
            var hash: UInt64 = 0
            var isInWord = false
            func endWord() {
                words += 1
                last = (last.1, last.2, last.3, hash)
                hash = 0
                isInWord = false
                guard words >= 4 else { return }
                let sequence = mix(mix(mix(last.0) ^ last.1) ^ last.2) ^ last.3 | 1
                var slot = Int(truncatingIfNeeded: mix(sequence) & UInt64(slots - 1))
                while seen[slot] != 0, seen[slot] != sequence { slot = (slot + 1) & (slots - 1) }
                if seen[slot] == sequence { repeated += 1 }
                seen[slot] = sequence
            }
            for byte in text {
                if byte <= 0x20 {
                    if isInWord { endWord() }
                    if words == maximumWords { break }
                } else {
                    hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
                    isInWord = true
                }
            }
            if isInWord, words < maximumWords { endWord() }
        }
        return words >= minimumWords ? Double(repeated) / Double(words - 3) : nil
    }

    /// The finaliser of SplitMix64.
    private static func mix(_ value: UInt64) -> UInt64 {
        var value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

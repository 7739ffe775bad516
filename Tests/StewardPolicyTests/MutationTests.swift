import StewardPolicy
import StewardStatistics
import Testing

struct MutationTests {
    /// Broken files are refused with problems inside the text, or still understood; they never stop the process.
    @Test(arguments: [11, 12, 13] as [UInt64])
    func brokenFilesAreAnswered(_ seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        var originals: [[UInt8]] = []
        for folder in ["rollback", "prices", "bias", "signals", "yaml"] {
            for name in Fixtures.names(folder, ".yaml") {
                originals.append(Array(try Fixtures.text("\(folder)/\(name)").utf8))
            }
        }
        let marks = Array("\"'[]{}:,-?&*!|>%@`#~\n\t\r \\\u{0}0x".utf8)
        var refused = 0
        for _ in 0..<400 {
            var bytes = generator.pick(originals)
            for _ in 0..<(1 + generator.next() % 4) {
                let place = bytes.isEmpty ? 0 : Int(generator.next() % UInt64(bytes.count))
                switch generator.next() % 4 {
                case 0: bytes.insert(generator.pick(marks), at: place)
                case 1 where !bytes.isEmpty: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
                case 2 where !bytes.isEmpty: bytes.removeSubrange(place..<min(bytes.count, place + 8))
                default: bytes.insert(contentsOf: generator.pick(originals).prefix(40), at: place)
                }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).count
            guard case .failure(let problems) = PolicyDocument.parse(file: "f", text: text) else { continue }
            refused += 1
            #expect(!problems.all.isEmpty, "seed \(seed): \(text)")
            #expect(
                problems.all.allSatisfy { (1...lines + 1).contains($0.line) && $0.column >= 1 && !$0.message.isEmpty },
                "seed \(seed): \(problems) in \(text)")
        }
        #expect(refused > 50)
    }
}

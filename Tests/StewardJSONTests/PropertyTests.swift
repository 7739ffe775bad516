import Foundation
import StewardJSON
import StewardStatistics
import Testing

@Suite("Random documents")
struct PropertyTests {
    @Test(arguments: [0xA11CE, 0xB0B, 0xCAB] as [UInt64]) func roundTrips(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for round in 0..<1000 {
            let value = Self.value(depth: 5, &random)
            try #require(try JSONValue(parsing: value.text) == value, "seed \(seed), round \(round)")
            try #require(try JSONValue(parsing: value.pretty) == value, "seed \(seed), round \(round)")
            let canonical = value.canonical
            try #require(try JSONValue(parsing: canonical).canonical == canonical, "seed \(seed), round \(round)")
            var scanner = JSONScanner(canonical)
            try #require(try scanner.skipValue() == 0..<canonical.count, "seed \(seed), round \(round)")
        }
    }

    /// An independent reader must agree on what is JSON and on what it says, for random documents and for such
    /// documents with a byte changed, removed or put in.
    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func agreesWithFoundation(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var accepted = 0
        for round in 0..<1500 {
            var text = Self.value(depth: 4, &random).text
            if round % 4 != 0 { Self.mutate(&text, &random) }
            let label = "seed \(seed), round \(round): \(String(decoding: text, as: UTF8.self))"
            let theirs = try? JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)
            let ours: JSONValue?
            do throws(JSONError) { ours = try JSONValue(parsing: text) } catch {
                // Foundation takes the last of two members, numbers beyond Double, and mends text that is not UTF-8.
                let refusedOnPurpose = ["two members", "out of range", "not valid UTF-8"]
                if refusedOnPurpose.contains(where: error.reason.contains) { continue }
                ours = nil
            }
            try #require((ours == nil) == (theirs == nil), "\(label)")
            guard let ours, let theirs else { continue }
            accepted += 1
            try #require(Self.same(ours, theirs), "\(label)")
        }
        #expect(accepted > 375)
    }

    /// The short way of reading decimals must agree with the C library's reader.
    @Test(arguments: [7, 8] as [UInt64]) func decimalsAreNearest(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for round in 0..<20_000 {
            let whole = random.next() >> UInt64.random(in: 0..<64, using: &random)
            let fraction = random.next() >> UInt64.random(in: 0..<64, using: &random)
            let exponent = Int.random(in: -30...30, using: &random)
            let text = "\(round % 2 == 0 ? "-" : "")\(whole).\(fraction)" + (round % 3 == 0 ? "e\(exponent)" : "")
            try #require(try JSONValue(parsing: text) == .number(strtod(text, nil)), "\(text), seed \(seed)")
        }
    }

    private static func same(_ ours: JSONValue, _ theirs: Any) -> Bool {
        switch ours {
        case .null: return theirs is NSNull
        case .bool(let value): return (theirs as? NSNumber)?.boolValue == value
        case .integer(let value): return (theirs as? NSNumber)?.int64Value == value
        // Foundation reads some decimals a few units in the last place off; decimalsAreNearest() is the exact test.
        case .number(let value):
            return (theirs as? NSNumber).map { abs($0.doubleValue - value) <= 1e-12 * abs(value) } ?? false
        case .string(let value): return theirs as? String == value
        case .array(let elements):
            guard let others = theirs as? [Any], others.count == elements.count else { return false }
            return zip(elements, others).allSatisfy { same($0, $1) }
        case .object(let members):
            guard let others = theirs as? [String: Any], others.count == members.count else { return false }
            return members.allSatisfy { member in others[member.name].map { same(member.value, $0) } ?? false }
        }
    }

    private static func value(depth: Int, _ random: inout SplitMix64) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 6), using: &random) {
        case 0: return .null
        case 1: return .bool(.random(using: &random))
        case 2: return .integer(Int64(truncatingIfNeeded: random.next()) >> Int64.random(in: 0..<64, using: &random))
        case 3: return .number(Double.random(in: -1e6...1e6, using: &random).rounded(.down) / 1000 + 0.0001)
        case 4, 5: return .string(string(&random))
        case 6: return .array((0..<Int.random(in: 0..<5, using: &random)).map { _ in value(depth: depth - 1, &random) })
        default:
            // A number in front keeps the names apart.
            return .object(
                (0..<Int.random(in: 0..<6, using: &random)).map {
                    .init(name: "\($0)\(string(&random))", value: value(depth: depth - 1, &random))
                })
        }
    }

    private static func string(_ random: inout SplitMix64) -> String {
        let alphabet: [Character] = ["a", "b", " ", "\"", "\\", "/", "\n", "\u{1}", "é", "日", "😀", "{", "0", "\u{7F}"]
        return String(
            (0..<Int.random(in: 0..<20, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "a" })
    }

    private static func mutate(_ text: inout [UInt8], _ random: inout SplitMix64) {
        let pieces = Array(#"{}[]:,"\/ue0123456789+-.tfn"#.utf8) + [0x09, 0x0A, 0x1F, 0x20]
        let place = Int.random(in: 0..<text.count, using: &random)
        let piece = pieces.randomElement(using: &random) ?? 0x20
        switch Int.random(in: 0..<3, using: &random) {
        case 0: text[place] = piece
        case 1: text.remove(at: place)
        default: text.insert(piece, at: place)
        }
    }
}

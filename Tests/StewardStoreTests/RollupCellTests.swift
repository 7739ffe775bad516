import StewardModel
import Testing

@testable import StewardStore

struct RollupCellTests {
    /// Cells made from the same observations are equal in any order and grouping, and survive their stored form.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func additionIsExactAndOrderFree(seed: UInt64) throws {
        var random = Generator(state: seed)
        let stored = (0..<400).map { _ in random.observation() }
        var straight = RollupCell()
        for value in stored { straight.add(value) }
        var merged = RollupCell()
        for chunk in stride(from: 0, to: stored.count, by: 37).reversed() {
            var part = RollupCell()
            for value in stored[chunk..<min(chunk + 37, stored.count)].reversed() { part.add(value) }
            merged.add(part)
        }
        #expect(merged == straight, "seed \(seed)")

        var writer = ByteWriter()
        straight.encoded(into: &writer)
        let decoded = try #require(writer.bytes.withUnsafeBufferPointer { RollupCell(encoded: $0) })
        #expect(decoded == straight, "seed \(seed)")
    }

    @Test func observationsSurviveTheirStoredForm() throws {
        var random = Generator(state: 7)
        let stored = (0..<300).map { _ in random.observation() }
        var writer = ByteWriter()
        for value in stored { SignalCoding.append(value, to: &writer) }
        #expect(writer.bytes.withUnsafeBufferPointer { SignalCoding.decode($0) } == stored)
    }

    @Test func damagedBytesAreRefused() {
        var writer = ByteWriter()
        var cell = RollupCell()
        cell.add(.number(.latency, 812_500))
        cell.encoded(into: &writer)
        for length in 1..<writer.bytes.count {
            let cut = Array(writer.bytes.prefix(length))
            #expect(cut.withUnsafeBufferPointer { RollupCell(encoded: $0) } == nil, "cut to \(length) bytes")
        }
        let overlong = [UInt8](repeating: 0xFF, count: 12)
        #expect(overlong.withUnsafeBufferPointer { RollupCell(encoded: $0) } == nil)
        #expect(overlong.withUnsafeBufferPointer { SignalCoding.decode($0) } == nil)
    }

    @Test func absentIsCountedAndIsNotZero() {
        var cell = RollupCell()
        cell.add(.absent(.cost))
        #expect(cell[.cost]?.absent == 1)
        #expect(cell[.cost]?.count == 0)
        #expect(cell[.cost]?.mean == nil)
        #expect(cell[.latency] == nil)
    }
}

struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    mutating func observation() -> SignalCoding.Stored {
        let numeric: [Signal] = [.status, .latency, .inputTokens, .cost]
        switch Int.random(in: 0..<4, using: &self) {
        case 0: return .category(.finishReason, Int32.random(in: 0...300, using: &self))
        case 1: return .absent(.cost)
        default:
            let magnitude = Int64.random(in: 0...40, using: &self)
            return .number(
                numeric.randomElement(using: &self) ?? .latency, Int64.random(in: 0...1 << magnitude, using: &self))
        }
    }
}

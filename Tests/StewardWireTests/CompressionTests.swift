import StewardModel
import StewardStatistics
import StewardWire
import Testing

@Suite("Gzip and stored payloads")
struct CompressionTests {
    private static func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
        var random = SplitMix64(seed: seed)
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) & 0x1F | 0x40 }
    }

    @Test(arguments: [0, 1, 100, 65_535, 65_536, 65_537, 1_000_000]) func gzipRoundTrip(count: Int) throws {
        let content = Self.bytes(count, seed: UInt64(count))
        for level in [1, 6, 9] as [Int32] {
            let packed = try Gzip.deflate(content, level: level)
            #expect(try Gzip.inflate(packed, limit: count) == content)
            if count > 0 {
                let error = #expect(throws: StewardError.self) { try Gzip.inflate(packed, limit: count - 1) }
                #expect(error?.code == .tooLarge)
            }
        }
    }

    @Test func membersAreJoined() throws {
        let packed = try Gzip.deflate(Array("one ".utf8)) + Gzip.deflate([]) + Gzip.deflate(Array("two".utf8))
        #expect(try Gzip.inflate(packed, limit: 100) == Array("one two".utf8))
        #expect(throws: StewardError.self) { try Gzip.inflate(packed, limit: 6) }
    }

    @Test func otherProgramsGzip() throws {
        // printf 'hello\n' | gzip -n
        let packed: [UInt8] = [
            0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xe7, 0x02, 0x00,
            0x20, 0x30, 0x3a, 0x36, 0x06, 0x00, 0x00, 0x00,
        ]
        #expect(try Gzip.inflate(packed, limit: 6) == Array("hello\n".utf8))
    }

    @Test func bombIsStopped() throws {
        let layer = try Gzip.deflate([UInt8](repeating: 0, count: 10_000_000), level: 9)
        #expect(layer.count < 20_000)
        let bomb = Array((0..<1000).map { _ in layer }.joined())
        let error = #expect(throws: StewardError.self) { try Gzip.inflate(bomb, limit: 1 << 20) }
        #expect(error?.code == .tooLarge)
        #expect(error?.message.contains("1048576 bytes") == true)
    }

    @Test func damageIsFound() throws {
        let packed = try Gzip.deflate(Self.bytes(5000, seed: 3))
        for length in 0..<packed.count where length < 40 || length > packed.count - 20 || length % 97 == 0 {
            let error = #expect(throws: StewardError.self) {
                try Gzip.inflate(Array(packed[..<length]), limit: 1 << 20)
            }
            #expect(error?.code == .invalidInput)
        }
        for place in [0, 1, 2, packed.count / 2, packed.count - 6, packed.count - 2] {
            var damaged = packed
            damaged[place] ^= 0xFF
            let error = #expect(throws: StewardError.self) { try Gzip.inflate(damaged, limit: 1 << 20) }
            #expect(error?.code == .invalidInput)
        }
        #expect(throws: StewardError.self) { try Gzip.inflate(packed + [0, 0], limit: 1 << 20) }
        #expect(throws: StewardError.self) { try Gzip.inflate(Array("{}".utf8), limit: 1 << 20) }
    }

    @Test(arguments: [0, 1, 63, 64, 65, 1500, 1_000_000]) func payloadsRoundTrip(count: Int) throws {
        let codec = PayloadCodec()
        let regular = (0..<count).map { UInt8($0 % 7) }
        let irregular = Self.noise(count, seed: UInt64(count))
        for payloads in [[regular], [irregular], [irregular, [], regular, irregular], []] {
            let bytes = payloads.reduce(0) { $0 + $1.count }
            let block = codec.pack(payloads)
            #expect(block.count <= bytes + 16)
            let content = try codec.unpack(block, maximumBytes: bytes + 16)
            #expect(try payloads.indices.map { try content[$0] } == payloads)
            #expect(content.count == payloads.count)
            for part in [-1, payloads.count] { #expect(throws: StewardError.self) { try content[part] } }
            if bytes > 0 {
                let error = #expect(throws: StewardError.self) { try codec.unpack(block, maximumBytes: bytes - 1) }
                #expect(error?.code == .tooLarge)
            }
        }
        if count >= 1500 { #expect(codec.pack([regular]).count < count / 10) }
    }

    private static func noise(_ count: Int, seed: UInt64) -> [UInt8] {
        var random = SplitMix64(seed: seed)
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    @Test func payloadsAlikeTakeLittleRoomTogether() {
        let codec = PayloadCodec()
        let payloads = (0..<40).map {
            Array("{\"id\":\($0),\"text\":\"".utf8) + Self.bytes(300, seed: 5) + Array("\"}".utf8)
        }
        let apart = payloads.reduce(0) { $0 + codec.pack([$1]).count }
        #expect(codec.pack(payloads).count < apart / 10)
    }

    @Test func damagedPayloadsAreFound() throws {
        let codec = PayloadCodec()
        let frame = codec.pack([Self.bytes(1000, seed: 9)])
        var damaged: [[UInt8]] = [[], [2, 0, 0], [1], Array(frame.dropLast()), frame + [0]]
        for place in frame.indices {
            var flipped = frame
            flipped[place] ^= 0x55
            damaged.append(flipped)
        }
        // A count without lengths, lengths beyond the end, bytes that belong to no payload, an endless number.
        damaged += [[0, 2], [0, 1, 5, 1], [0, 1, 1, 1, 1], [0, 255, 255, 255, 255, 255, 255, 255]]
        for block in damaged {
            let error = #expect(throws: StewardError.self) { try codec.unpack(block, maximumBytes: 1 << 20) }
            #expect(error?.code == .storage || error?.code == .tooLarge)
        }
    }

    @Test func codecMayBeShared() async throws {
        let codec = PayloadCodec()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for round in 0..<50 {
                        let payload = Self.bytes(500 + round, seed: UInt64(task * 1000 + round))
                        guard try codec.unpack(codec.pack([payload]))[0] == payload else { return false }
                    }
                    return true
                }
            }
            for try await agreed in group { #expect(agreed) }
        }
    }
}

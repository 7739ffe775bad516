import StewardModel
import StewardStatistics
import Testing

@testable import StewardStore

struct SlidingSumsTests {
    private static let start: Int64 = 29_920_320

    private static func commit(_ events: [(series: Int, minute: Int64)], _ count: inout Int, _ store: Store)
        async throws
    {
        let rows = events.map { event in
            count += 1
            var row = StoreTests.row("e\(count)", at: event.minute * 60)
            row.series.version = "v\(event.series)"
            return row
        }
        _ = try await store.commit([EventBatch(rows, blocks: [])])
    }

    private static func key(_ number: Int) -> SeriesKey {
        var key = StoreTests.row("e", at: 0).series
        key.version = "v\(number)"
        return key
    }

    /// Windows that slide, jump, grow and shrink while events come on time, late, from the future or not at all: the
    /// kept sums are those of the cells, whatever happened between two looks.
    @Test(arguments: 1...6 as ClosedRange<UInt64>) func keptSumsAreTheSumsOfTheCells(seed: UInt64) async throws {
        try await withStore { store, _ in
            var random = SplitMix64(seed: seed)
            var (sums, count, now) = (SlidingSums(), 0, Self.start)
            for round in 0..<60 {
                let events = (0..<Int(random.next() % 12)).map { _ in
                    let offset: Int64 =
                        switch random.next() % 8 {
                        case 0: -Int64(random.next() % 90)
                        case 1: Int64(random.next() % 3)
                        default: -Int64(random.next() % 2)
                        }
                    return (series: Int(random.next() % 4), minute: now + offset)
                }
                if !events.isEmpty { try await Self.commit(events, &count, store) }
                if random.next() % 8 == 0, count > 0 {
                    let feedback = Feedback(
                        key: "f\(round)", eventID: "e\(1 + random.next() % UInt64(count))",
                        time: Timestamp(minute: now), name: "score", value: .score(0.5), source: nil)
                    _ = try await store.commit([feedback], received: Timestamp(minute: now))
                }
                let windows = Set(
                    (0..<6).map { index in
                        let length = [1, 5, 15, 60, 200, 60][index] as Int64
                        let end = now + 1 - (index == 5 ? 30 : 0)
                        return RollupWindow(series: Self.key(index % 5), minutes: end - length..<end)
                    })
                let found = try await store.read(windows, &sums)
                for window in windows {
                    let points = try await store.rollups(minutes: window.minutes) { $0 == window.series }
                    let expected = points.reduce(into: RollupCell()) { $0.add($1.cell) }
                    #expect(found[window] == expected, "seed \(seed), round \(round), \(window)")
                }
                now += [0, 0, 1, 1, 1, 2, 40][Int(random.next() % 7)]
            }
        }
    }

    /// A look reads what changed, not the window.
    @Test func aLookAtALongWindowReadsAFewCells() async throws {
        try await withStore { store, _ in
            var (sums, count) = (SlidingSums(), 0)
            func look(_ now: Int64) async throws -> Int {
                let window = RollupWindow(series: Self.key(0), minutes: now + 1 - 1440..<now + 1)
                _ = try await store.read([window], &sums)
                return sums.cellsRead
            }
            try await Self.commit((0..<1440).map { (0, Self.start + $0) }, &count, store)
            let now = Self.start + 1439
            #expect(try await look(now) == 1440)
            #expect(try await look(now) == 3)
            try await Self.commit([(0, now + 1)], &count, store)
            #expect(try await look(now + 1) == 3 + 2, "a minute came and a minute went")
            try await Self.commit([(0, now - 700)], &count, store)
            #expect(try await look(now + 1) == 1440, "a late event makes it read anew")
            #expect(try await look(now + 1) == 3)
        }
    }

    @Test func aFewSeriesOfManyAreFoundLikeAll() async throws {
        try await withStore { store, _ in
            var count = 0
            try await Self.commit((0..<400).map { ($0 % 40, Self.start + Int64($0 % 7)) }, &count, store)
            let all = try await store.rollups(minutes: Self.start..<Self.start + 7) { _ in true }
            let few = try await store.rollups(minutes: Self.start..<Self.start + 7) { $0 == Self.key(3) }
            let expected = all.filter { $0.key == Self.key(3) }
            #expect(few.map(\.minute) == expected.map(\.minute) && few.map(\.cell) == expected.map(\.cell))
            #expect(!few.isEmpty)
        }
    }
}

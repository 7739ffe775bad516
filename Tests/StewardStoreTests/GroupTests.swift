import GRDB
import StewardModel
import Testing

@testable import StewardStore

struct GroupTests {
    private static let bySex = GroupDeclaration(attributes: ["sex"], score: "fit", truth: "hired")
    private static let byBoth = GroupDeclaration(attributes: ["sex", "race"], truth: "hired")
    private static let start: Int64 = 1_772_546_580

    private static func row(
        _ id: String, _ sex: String?, outcome: String? = "yes", score: Double? = nil, at seconds: Int64 = start
    ) -> EventRow {
        var row = StoreTests.row(id, at: seconds)
        row.groups = [
            GroupMembership(bySex, sex.map { .known([$0]) } ?? .unknown),
            GroupMembership(byBoth, sex.map { .known([$0, "x"]) } ?? .unknown),
        ]
        if let outcome { row.observations.append(.category(.outcome, outcome)) }
        if let score { row.observations.append(.named("score.fit", score)) }
        return row
    }

    private static func truth(_ event: String, _ value: String, key: String) -> Feedback {
        Feedback(
            key: key, eventID: event, time: Timestamp(seconds: start), name: "hired", value: .groundTruth(value))
    }

    private func cells(_ store: Store, _ declaration: GroupDeclaration) async throws -> [GroupValue: GroupCell] {
        let points = try await store.groups(of: [declaration], hours: 0..<1_000_000) { _ in true }
        return points.reduce(into: [:]) { $0[$1.value, default: GroupCell()].add($1.cell) }
    }

    /// Outcome and truth by name → count, where a truth nobody has told is `-`.
    private func decided(_ store: Store, _ cell: GroupCell?) async throws -> [String: Int64] {
        let names = try await store.categoryNames()
        return (cell?.decided ?? [:]).reduce(into: [:]) { result, entry in
            let truth = entry.key.truth == GroupCell.noTruth ? "-" : names[entry.key.truth] ?? "?"
            result["\(names[entry.key.outcome] ?? "?") \(truth)"] = entry.value
        }
    }

    @Test func eventsAreCountedByGroup() async throws {
        try await withStore { store, folder in
            _ = try await store.commit([
                [Self.row("a", "f", score: 0.25), Self.row("b", "f", outcome: "no", at: Self.start + 3600)],
                [Self.row("c", "m"), Self.row("d", nil), Self.row("e", "m", outcome: nil), Self.row("a", "m")],
            ])
            let bySex = try await cells(store, Self.bySex)
            #expect(Set(bySex.keys) == [.known(["f"]), .known(["m"]), .unknown])
            let women = try #require(bySex[.known(["f"])])
            #expect(women.signals.events == 2)
            #expect(women.signals[.latency]?.sum == 500_000)
            #expect(try await decided(store, women) == ["yes -": 1, "no -": 1])
            let scored = GroupCell.Scored(bin: 250, truth: GroupCell.noTruth)
            #expect(women.scored.map(\.key) == [scored])
            #expect(women.scored[scored]?.sum == 250_000)
            #expect(bySex[.known(["m"])]?.signals.events == 2)
            #expect(try await decided(store, bySex[.known(["m"])]) == ["yes -": 1], "no outcome is no decision")
            #expect(try await cells(store, Self.byBoth)[.known(["f", "x"])]?.scored.isEmpty == true)
            #expect(try await store.fsck().flatMap(\.problems) == [])
            #expect(try await cells(Store(folder: folder), Self.bySex) == bySex)
        }
    }

    /// Truth that comes before, after, twice and corrected: the last word counts, once.
    @Test func truthMovesWhatIsCountedAlready() async throws {
        try await withStore { store, _ in
            _ = try await store.commit([Self.truth("a", "1", key: "early")], received: Timestamp(seconds: 0))
            _ = try await store.commit([[Self.row("a", "f", score: 0.9), Self.row("b", "f"), Self.row("c", "f")]])
            let late = [
                Self.truth("b", "1", key: "b1"), Self.truth("b", "1", key: "b1"), Self.truth("c", "1", key: "c1"),
                Self.truth("c", "0", key: "c2"),
            ]
            let outcome = try await store.commit(late, received: Timestamp(seconds: 0))
            #expect(outcome == BatchOutcome(accepted: 3, duplicates: 1))
            let cell = try #require(try await cells(store, Self.bySex)[.known(["f"])])
            #expect(try await decided(store, cell) == ["yes 1": 2, "yes 0": 1])
            #expect(cell.scored.count == 1)
            #expect(cell.scored.first?.key.truth != GroupCell.noTruth)
            #expect(try await store.fsck().flatMap(\.problems) == [])
        }
    }

    @Test func groupsBeyondTheLimitAreCountedTogether() async throws {
        try await withStore { store, _ in
            let limit = GroupDictionary.Limit.groupsPerDeclaration
            _ = try await store.commit([EventBatch((0..<limit + 5).map { Self.row("e\($0)", "g\($0)") })])
            let cells = try await cells(store, Self.bySex)
            #expect(cells.count == limit + 1)
            #expect(cells[.overflow]?.signals.events == 5)
            #expect(try await store.fsck().flatMap(\.problems) == [])
        }
    }

    @Test(arguments: [
        "UPDATE group_rollups SET counts = x'00' WHERE member = 1", "DELETE FROM group_rollups WHERE member = 2",
        "UPDATE group_rollups SET hour = hour + 1 WHERE member = 1",
        "UPDATE groups SET declaration = 99 WHERE id = 1",
    ])
    func fsckSeesDamage(statement: String) async throws {
        try await withStore { store, _ in
            _ = try await store.commit([[Self.row("a", "f"), Self.row("b", "m")]])
            try await store.pool.write { try $0.execute(sql: statement) }
            #expect(try await store.fsck().filter { !$0.problems.isEmpty }.map(\.name) == ["groups"])
        }
    }

    /// Any order of commits and feedback gives the same cells, and any cell survives its stored form.
    @Test(arguments: [UInt64(1), 7, 42])
    func cellsSurviveTheirStoredForm(seed: UInt64) throws {
        var state = seed
        func next(_ bound: UInt64) -> Int64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int64((state >> 33) % bound)
        }
        var (left, right, all) = (GroupCell(), GroupCell(), GroupCell())
        for index in 0..<500 {
            let stored: [SignalCoding.Stored] = [
                .number(.latency, next(1_000_000)), .category(.outcome, Int32(next(3))),
                .number(Signal(rawValue: 300), next(3_000_000) - 1_000_000),
                .category(Signal(rawValue: 301), Int32(next(2))),
            ]
            let joint = GroupJoint(stored, score: Signal(rawValue: 300), truth: Signal(rawValue: 301))
            func add(to cell: inout GroupCell) {
                for value in stored { cell.add(value) }
                cell.count(joint)
            }
            add(to: &all)
            if index % 2 == 0 { add(to: &left) } else { add(to: &right) }
        }
        right.add(left)
        #expect(right == all)
        var writer = ByteWriter()
        all.encoded(into: &writer)
        #expect(writer.bytes.withUnsafeBufferPointer { GroupCell(encoded: $0) } == all)
        for length in 0..<min(writer.bytes.count, 400) {
            _ = Array(writer.bytes.prefix(length)).withUnsafeBufferPointer { GroupCell(encoded: $0) }
        }
    }
}

import GRDB
import StewardModel

/// The declarations and groups that rows refer to by number: interned once, loaded at start, bounded.
struct GroupDictionary {
    /// Limits after which a declaration's new groups go to its overflow, and new declarations are not counted.
    enum Limit {
        static let groupsPerDeclaration = 1000
        static let declarations = 1000
    }

    private enum Kind: Int64 { case known = 0, unknown = 1, overflow = 2 }

    private(set) var declarations: [Int64: GroupDeclaration] = [:]
    /// Group → its declaration and value.
    private(set) var groups: [Int64: (declaration: Int64, value: GroupValue)] = [:]
    private var numbers: [GroupDeclaration: (id: Int64, groups: [GroupValue: Int64])] = [:]

    init() {}

    init(_ database: Database) throws {
        for row in try Row.fetchAll(database, sql: "SELECT id, attributes, score, truth FROM group_declarations") {
            let declaration = GroupDeclaration(
                attributes: Self.values(of: row[1]), score: row[2], truth: row[3])
            declarations[row[0]] = declaration
            numbers[declaration] = (row[0], [:])
        }
        for row in try Row.fetchAll(database, sql: "SELECT id, declaration, kind, label FROM groups") {
            let id: Int64 = row[0]
            guard let declaration = declarations[row[1]] else { continue }
            let value: GroupValue =
                switch Kind(rawValue: row[2]) {
                case .known: .known(Self.values(of: row[3]))
                case .unknown: .unknown
                case .overflow, nil: .overflow
                }
            groups[id] = (row[1], value)
            numbers[declaration]?.groups[value] = id
        }
    }

    /// The number of an event's group; `nil` where there are too many declarations.
    mutating func id(of membership: GroupMembership, _ database: Database) throws -> Int64? {
        guard let declaration = try id(of: membership.declaration, database) else { return nil }
        let known = numbers[membership.declaration]?.groups ?? [:]
        if let id = known[membership.value] { return id }
        var value = membership.value
        if case .known = value, known.count >= Limit.groupsPerDeclaration {
            value = .overflow
            if let id = known[value] { return id }
        }
        let (kind, label): (Kind, String?) =
            switch value {
            case .known(let values): (.known, Self.label(of: values))
            case .unknown: (.unknown, nil)
            case .overflow: (.overflow, nil)
            }
        try database.execute(
            sql: "INSERT INTO groups (declaration, kind, label) VALUES (?, ?, ?)",
            arguments: [declaration, kind.rawValue, label])
        let id = database.lastInsertedRowID
        groups[id] = (declaration, value)
        numbers[membership.declaration]?.groups[value] = id
        return id
    }

    private mutating func id(of declaration: GroupDeclaration, _ database: Database) throws -> Int64? {
        if let id = numbers[declaration]?.id { return id }
        guard declarations.count < Limit.declarations else { return nil }
        try database.execute(
            sql: "INSERT INTO group_declarations (attributes, score, truth) VALUES (?, ?, ?)",
            arguments: [Self.label(of: declaration.attributes), declaration.score, declaration.truth])
        let id = database.lastInsertedRowID
        declarations[id] = declaration
        numbers[declaration] = (id, [:])
        return id
    }

    /// Values are joined by the unit separator, which ``Self/label(of:)`` keeps out of them.
    private static let separator: Character = "\u{1F}"

    private static func label(of values: [String]) -> String {
        values.map { $0.replacing(String(separator), with: " ") }.joined(separator: String(separator))
    }

    private static func values(of label: String) -> [String] {
        label.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}

extension GroupDictionary {
    /// The joint counts of an event for the declaration of one of its groups; `nil` for a group that is not known.
    ///
    /// - Parameter signal: the signal of a name that senders chose, once it has one.
    func joint(
        _ stored: [SignalCoding.Stored], group: Int64, signal: (String, Signal.Kind) -> Signal?
    ) -> GroupJoint? {
        guard let known = groups[group], let declaration = declarations[known.declaration] else { return nil }
        return GroupJoint(
            stored, score: declaration.score.flatMap { signal("score." + $0, .numeric) },
            truth: declaration.truth.flatMap { signal("ground_truth." + $0, .categorical) })
    }
}

import StewardJSON
import StewardModel

/// Who made something happen.
package struct Actor: Sendable, Equatable {
    package enum Kind: String, Sendable { case person, policy, system }
    package var kind: Kind
    /// The token's name, the policy's name, or the part of the daemon.
    package var name: String
    /// The person behind the token, where it names one: two tokens of one owner are one pair of eyes.
    package var owner: String?

    package init(_ kind: Kind, _ name: String, owner: String? = nil) {
        self.kind = kind
        self.name = name
        self.owner = owner
    }

    /// What tells people apart.
    package var identity: String { owner ?? name }

    package static let daemon = Actor(.system, "steward")
}

/// One entry of the audit log: one change of state, who made it, and when. The state is the sum of the records, so
/// nothing can change without one.
package struct Record: Sendable, Equatable {
    package var sequence: Int64
    package var time: Timestamp
    package var actor: Actor
    package var change: Change

    package init(sequence: Int64, time: Timestamp, actor: Actor, change: Change) {
        self.sequence = sequence
        self.time = time
        self.actor = actor
        self.change = change
    }
}

// MARK: - JSON

extension Actor {
    package var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init(name: "kind", value: .string(kind.rawValue)), .init(name: "name", value: .string(name)),
        ]
        if let owner { members.append(.init(name: "owner", value: .string(owner))) }
        return .object(members)
    }
}

extension Record {
    static let format: Int64 = 1

    /// The record as JSON; its canonical form (RFC 8785) is the leaf of the log.
    package var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init(name: "v", value: .integer(Self.format)),
            .init(name: "seq", value: .integer(sequence)),
            .init(name: "time", value: .string(time.rfc3339)),
            .init(name: "action", value: .string(change.action)),
            .init(name: "actor", value: actor.json),
            .init(name: "data", value: .object(change.data)),
        ]
        if let deployment = change.deployment {
            members.append(.init(name: "deployment", value: .string(deployment)))
        }
        if let environment = change.environment {
            members.append(.init(name: "environment", value: .string(environment)))
        }
        return .object(members)
    }

    package var leaf: [UInt8] { json.canonical }

    /// Reads a leaf.
    ///
    /// - Throws: ``StewardError/Code/storage`` when it is not a record that this version understands.
    package init(leaf: [UInt8]) throws {
        let json: JSONValue
        do { json = try JSONValue(parsing: leaf) } catch {
            throw StewardError(.storage, "an audit record is not JSON: \(error)")
        }
        let fields = RecordFields(json)
        guard try fields.integer("v") == Self.format else {
            throw StewardError(.storage, "an audit record was written by a newer version of steward")
        }
        sequence = try fields.integer("seq")
        time = try fields.time("time")
        let actorFields = try fields.object("actor")
        guard let kind = Actor.Kind(rawValue: try actorFields.string("kind")) else {
            throw fields.problem("actor.kind")
        }
        actor = Actor(kind, try actorFields.string("name"), owner: actorFields.optionalString("owner"))
        change = try Change(
            action: try fields.string("action"), deployment: fields.optionalString("deployment"),
            environment: fields.optionalString("environment"), data: try fields.object("data"))
    }
}

/// Typed reading of the members of a record.
struct RecordFields {
    private let json: JSONValue
    init(_ json: JSONValue) { self.json = json }

    func problem(_ name: String) -> StewardError {
        StewardError(.storage, "an audit record has a missing or wrong member", field: name)
    }

    func string(_ name: String) throws -> String {
        guard let value = json[name]?.string else { throw problem(name) }
        return value
    }
    func has(_ name: String) -> Bool { json[name].map { !$0.isNull } ?? false }
    func optionalString(_ name: String) -> String? { json[name]?.string }
    func integer(_ name: String) throws -> Int64 {
        guard let value = json[name]?.int64 else { throw problem(name) }
        return value
    }
    func optionalInteger(_ name: String) -> Int64? { json[name]?.int64 }
    func bool(_ name: String) throws -> Bool {
        guard let value = json[name]?.bool else { throw problem(name) }
        return value
    }
    /// A list of numbers, each of which may be missing.
    func optionalDoubles(_ name: String) throws -> [Double?] {
        guard let elements = json[name]?.array else { throw problem(name) }
        return elements.map(\.double)
    }
    func optionalDouble(_ name: String) -> Double? { json[name]?.double }
    func time(_ name: String) throws -> Timestamp {
        guard let time = Timestamp(rfc3339: try string(name)) else { throw problem(name) }
        return time
    }
    func object(_ name: String) throws -> RecordFields {
        guard let value = json[name], value.members != nil else { throw problem(name) }
        return RecordFields(value)
    }
    func optionalObject(_ name: String) -> RecordFields? {
        json[name].flatMap { $0.members == nil ? nil : RecordFields($0) }
    }
    func objects(_ name: String) throws -> [RecordFields] {
        guard let elements = json[name]?.array else { throw problem(name) }
        return elements.map(RecordFields.init)
    }
    func strings(_ name: String) throws -> [String] {
        guard let elements = json[name]?.array else { throw problem(name) }
        return try elements.map { element in
            guard let string = element.string else { throw problem(name) }
            return string
        }
    }
    /// All members, each of which must be a string.
    func stringMap() throws -> [String: String] {
        var result: [String: String] = [:]
        for member in json.members ?? [] {
            guard let value = member.value.string else { throw problem(member.name) }
            result[member.name] = value
        }
        return result
    }
}

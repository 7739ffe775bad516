import Foundation
import StewardModel

/// An audit entry as far as the report and the checks read it. Members that are missing, unknown or of another type are
/// tolerated: what counts as evidence is the entry's bytes.
struct AuditRecord: Decodable {
    var sequence: Int64?
    var time: String?
    var action: String?
    var actorKind: String?
    var actorName: String?
    var deployment: String?
    var environment: String?
    var data: JSONValue?

    /// All members are `nil` for an entry that is no JSON object.
    init(entry: [UInt8]) { self = (try? JSONDecoder().decode(Self.self, from: Data(entry))) ?? Self() }

    private init() {}

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Key.self)
        func string(_ key: Key) -> String? { try? members.decode(String.self, forKey: key) }
        sequence = try? members.decode(Int64.self, forKey: .seq)
        time = string(.time)
        action = string(.action)
        deployment = string(.deployment)
        environment = string(.environment)
        data = try? members.decode(JSONValue.self, forKey: .data)
        if let actor = try? members.nestedContainer(keyedBy: Key.self, forKey: .actor) {
            actorKind = try? actor.decode(String.self, forKey: .kind)
            actorName = try? actor.decode(String.self, forKey: .name)
        }
    }

    private enum Key: String, CodingKey { case seq, time, action, actor, deployment, environment, data, kind, name }
}

/// Any JSON value, for showing.
indirect enum JSONValue: Decodable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let integer = try? value.decode(Int64.self) {
            self = .integer(integer)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let string = try? value.decode(String.self) {
            self = .string(string)
        } else if let array = try? value.decode([JSONValue].self) {
            self = .array(array)
        } else {
            self = .object(try value.decode([String: JSONValue].self))
        }
    }

    /// For reading, not for parsing: `name: value` in the order of the names, nested values in brackets.
    var summary: String {
        if case .object(let members) = self { return Self.list(members) }
        return text
    }

    private var text: String {
        switch self {
        case .null: "null"
        case .bool(let bool): String(bool)
        case .integer(let integer): String(integer)
        case .number(let number): String(number)
        case .string(let string): string
        case .array(let items): "[" + items.map(\.text).joined(separator: ", ") + "]"
        case .object(let members): "{" + Self.list(members) + "}"
        }
    }

    private static func list(_ members: [String: JSONValue]) -> String {
        members.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.text)" }.joined(separator: "; ")
    }
}

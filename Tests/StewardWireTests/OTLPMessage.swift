import Foundation
import StewardJSON

/// A second reader of protobuf, written for tests: makes OTLP/JSON of a protobuf request.
enum OTLPMessage {
    case request, resourceSpans, resource, scopeSpans, scope, span, event, status, keyValue, anyValue, array, list

    private enum Kind { case text, hexadecimal, base64, unsigned, fixed, signed, bool, double, message(OTLPMessage) }

    private var fields: [Int: (name: String, kind: Kind, repeated: Bool)] {
        switch self {
        case .request: [1: ("resourceSpans", .message(.resourceSpans), true)]
        case .resourceSpans:
            [1: ("resource", .message(.resource), false), 2: ("scopeSpans", .message(.scopeSpans), true)]
        case .resource: [1: ("attributes", .message(.keyValue), true)]
        case .scopeSpans: [1: ("scope", .message(.scope), false), 2: ("spans", .message(.span), true)]
        case .scope: [1: ("name", .text, false), 2: ("version", .text, false)]
        case .span:
            [
                1: ("traceId", .hexadecimal, false), 2: ("spanId", .hexadecimal, false),
                4: ("parentSpanId", .hexadecimal, false), 5: ("name", .text, false), 6: ("kind", .unsigned, false),
                7: ("startTimeUnixNano", .fixed, false), 8: ("endTimeUnixNano", .fixed, false),
                9: ("attributes", .message(.keyValue), true), 11: ("events", .message(.event), true),
                15: ("status", .message(.status), false),
            ]
        case .event:
            [
                1: ("timeUnixNano", .fixed, false), 2: ("name", .text, false),
                3: ("attributes", .message(.keyValue), true),
            ]
        case .status: [2: ("message", .text, false), 3: ("code", .unsigned, false)]
        case .keyValue: [1: ("key", .text, false), 2: ("value", .message(.anyValue), false)]
        case .anyValue:
            [
                1: ("stringValue", .text, false), 2: ("boolValue", .bool, false), 3: ("intValue", .signed, false),
                4: ("doubleValue", .double, false), 5: ("arrayValue", .message(.array), false),
                6: ("kvlistValue", .message(.list), false), 7: ("bytesValue", .base64, false),
            ]
        case .array: [1: ("values", .message(.anyValue), true)]
        case .list: [1: ("values", .message(.keyValue), true)]
        }
    }

    /// - Precondition: the bytes are a valid message.
    static func json(of bytes: [UInt8], as message: OTLPMessage) -> JSONValue {
        var members: [JSONValue.Member] = []
        var rest = bytes[...]
        while let tag = varint(&rest) {
            var (number, content): (UInt64, [UInt8]) = (0, [])
            switch tag & 7 {
            case 0: number = varint(&rest) ?? 0
            case 1: number = fixed(&rest, 8)
            case 5: number = fixed(&rest, 4)
            default:
                let count = Int(varint(&rest) ?? 0)
                content = Array(rest.prefix(count))
                rest = rest.dropFirst(count)
            }
            guard let field = message.fields[Int(tag >> 3)] else { continue }
            let value = value(field.kind, number, content)
            if let place = members.firstIndex(where: { $0.name == field.name }), field.repeated {
                members[place].value = .array((members[place].value.array ?? []) + [value])
            } else {
                members.append(.init(name: field.name, value: field.repeated ? [value] : value))
            }
        }
        return .object(members)
    }

    private static func value(_ kind: Kind, _ number: UInt64, _ content: [UInt8]) -> JSONValue {
        switch kind {
        case .text: .string(String(decoding: content, as: UTF8.self))
        case .hexadecimal: .string(content.map { String(format: "%02X", $0) }.joined())
        case .base64: .string(Data(content).base64EncodedString())
        case .unsigned: .integer(Int64(number))
        case .fixed: .string(String(number))
        case .signed:
            // Both spellings that ProtoJSON allows.
            number % 2 == 0 ? .string(String(Int64(bitPattern: number))) : .integer(Int64(bitPattern: number))
        case .bool: .bool(number != 0)
        case .double: .number(Double(bitPattern: number))
        case .message(let message): json(of: content, as: message)
        }
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
        var (value, shift) = (UInt64(0), UInt64(0))
        while let byte = rest.popFirst() {
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    private static func fixed(_ rest: inout ArraySlice<UInt8>, _ count: Int) -> UInt64 {
        let value = rest.prefix(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        rest = rest.dropFirst(count)
        return value
    }
}

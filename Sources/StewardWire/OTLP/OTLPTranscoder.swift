import StewardJSON

/// Rewrites a request in OTLP's JSON encoding into its protobuf encoding, so that both are read by the same code.
///
/// Follows the OTLP specification's "JSON Protobuf Encoding": identifiers are hexadecimal in any case, 64-bit integers
/// are strings or numbers, enumerations are integers, names are lowerCamelCase, unknown names are passed over, and
/// `null` is the same as absent.
struct OTLPTranscoder: ~Copyable {
    private var scanner: JSONScanner
    private var writer: ProtobufWriter

    /// - Throws: where the text is not JSON, or a value is not of its field's kind.
    static func protobuf(from body: [UInt8], _ message: OTLPSchema.Message) throws(JSONError) -> [UInt8] {
        var transcoder = OTLPTranscoder(body)
        try transcoder.fields(of: message)
        try transcoder.scanner.finish()
        return transcoder.writer.bytes
    }

    private init(_ body: [UInt8]) {
        scanner = JSONScanner(body)
        writer = ProtobufWriter(reserving: body.count)
    }

    private mutating func fields(of message: OTLPSchema.Message) throws(JSONError) {
        let schema = OTLPSchema.of(message)
        var more = try scanner.enterObject()
        while more {
            let name = try scanner.memberName()
            if let field = schema.field(name, in: scanner), try scanner.kind() != .null {
                try member(field)
            } else {
                try scanner.skipValue()
            }
            more = try scanner.nextMember()
        }
    }

    private mutating func member(_ field: OTLPSchema.Field) throws(JSONError) {
        guard field.repeated else { return try value(field) }
        var more = try scanner.enterArray()
        while more {
            try value(field)
            more = try scanner.nextElement()
        }
    }

    private mutating func value(_ field: OTLPSchema.Field) throws(JSONError) {
        switch field.kind {
        case .string: try string(field.number)
        case .hexadecimal: try decoded(field.number, "hexadecimal digits") { Self.hexadecimal($0) }
        case .base64: try decoded(field.number, "base64 text") { Self.base64($0) }
        case .bool: writer.varint(field.number, try scanner.bool() ? 1 : 0)
        case .integer: writer.varint(field.number, try integer())
        case .fixed64: writer.fixed64(field.number, try integer())
        case .double: writer.fixed64(field.number, try double().bitPattern)
        case .message(let message):
            // The closure of `message(_:_:)` could not write to `self` while its writer is in use.
            var outer = ProtobufWriter(reserving: 0)
            swap(&outer, &writer)
            try outer.message(field.number) { (inner) throws(JSONError) in
                swap(&inner, &writer)
                defer { swap(&inner, &writer) }
                try fields(of: message)
            }
            swap(&outer, &writer)
        }
    }

    private mutating func string(_ number: Int) throws(JSONError) {
        guard try scanner.kind() == .string else { throw scanner.error("expected a string") }
        let text = try scanner.string()
        if text.escaped {
            writer.content(number, Array(scanner.value(of: text).utf8))
        } else {
            writer.content(number, scanner.bytes[text.range])
        }
    }

    private mutating func decoded(
        _ number: Int, _ name: String, _ decode: ([UInt8]) -> [UInt8]?
    ) throws(JSONError) {
        let place = scanner.offset
        guard try scanner.kind() == .string,
            let bytes = decode(Array(scanner.value(of: try scanner.string()).utf8))
        else { throw scanner.error("expected \(name) in a string", at: place) }
        writer.content(number, bytes)
    }

    /// The bits of a signed or unsigned 64-bit integer.
    private mutating func integer() throws(JSONError) -> UInt64 {
        let place = scanner.offset
        let value: UInt64?
        if try scanner.kind() == .string {
            let text = scanner.value(of: try scanner.string())
            value = Int64(text).map { UInt64(bitPattern: $0) } ?? UInt64(text)
        } else {
            let number = try scanner.number()
            value =
                scanner.int64(number).map { UInt64(bitPattern: $0) } ?? UInt64(exactly: scanner.double(number))
                ?? Int64(exactly: scanner.double(number)).map { UInt64(bitPattern: $0) }
        }
        guard let value else { throw scanner.error("expected a 64-bit integer, as a number or a string", at: place) }
        return value
    }

    private mutating func double() throws(JSONError) -> Double {
        let place = scanner.offset
        guard try scanner.kind() == .string else { return scanner.double(try scanner.number()) }
        switch scanner.value(of: try scanner.string()) {
        case "NaN": return .nan
        case "Infinity": return .infinity
        case "-Infinity": return -.infinity
        case let text:
            guard let value = Double(text) else { throw scanner.error("expected a number", at: place) }
            return value
        }
    }

    private static func hexadecimal(_ text: [UInt8]) -> [UInt8]? {
        guard text.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: text.count, by: 2) {
            guard let high = digit(text[index]), let low = digit(text[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// RFC 4648 base64, also with the URL-safe alphabet and without padding, as ProtoJSON accepts it.
    private static func base64(_ text: [UInt8]) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (bits, count) = (UInt32(0), 0)
        var digits = text[...]
        while digits.last == UInt8(ascii: "=") { digits.removeLast() }
        for byte in digits {
            let value: UInt8
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = byte - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = byte - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"), UInt8(ascii: "-"): value = 62
            case UInt8(ascii: "/"), UInt8(ascii: "_"): value = 63
            default: return nil
            }
            (bits, count) = (bits << 6 | UInt32(value), count + 6)
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return bytes
    }
}

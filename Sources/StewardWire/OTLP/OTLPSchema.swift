import StewardJSON

/// The messages of OTLP that Steward reads, as their JSON names and protobuf field numbers (opentelemetry-proto 1.11,
/// `collector`, `trace/v1`, `logs/v1`, `resource/v1` and `common/v1`). What is not listed is not read.
struct OTLPSchema: Sendable {
    private let names: JSONNameTable
    private let fields: [Field]

    struct Field: Sendable {
        var number: Int
        var kind: Kind
        var repeated = false
    }

    enum Kind: Sendable {
        case string
        /// Trace and span identifiers: hexadecimal in JSON, against the usual mapping of bytes.
        case hexadecimal
        case base64
        case bool
        case double
        /// A varint; 64-bit integers may be strings in JSON, enumerations are integers.
        case integer
        case fixed64
        case message(Message)
    }

    enum Message: Int, CaseIterable, Sendable {
        case traceRequest, resourceSpans, scopeSpans, span, spanEvent, status
        case logsRequest, resourceLogs, scopeLogs, logRecord
        case resource, scope, keyValue, anyValue, arrayValue, keyValueList
    }

    static func of(_ message: Message) -> OTLPSchema { all[message.rawValue] }

    func field(_ name: JSONScanner.Text, in scanner: borrowing JSONScanner) -> Field? {
        scanner.index(of: name, in: names).map { fields[$0] }
    }

    private init(_ fields: [(String, Field)]) {
        names = JSONNameTable(fields.map(\.0))
        self.fields = fields.map(\.1)
    }

    private static let all: [OTLPSchema] = Message.allCases.map { OTLPSchema(fields(of: $0)) }

    private static func fields(of message: Message) -> [(String, Field)] {
        switch message {
        case .traceRequest: [("resourceSpans", Field(number: 1, kind: .message(.resourceSpans), repeated: true))]
        case .resourceSpans:
            [
                ("resource", Field(number: 1, kind: .message(.resource))),
                ("scopeSpans", Field(number: 2, kind: .message(.scopeSpans), repeated: true)),
            ]
        case .scopeSpans:
            [
                ("scope", Field(number: 1, kind: .message(.scope))),
                ("spans", Field(number: 2, kind: .message(.span), repeated: true)),
            ]
        case .span:
            [
                ("traceId", Field(number: 1, kind: .hexadecimal)),
                ("spanId", Field(number: 2, kind: .hexadecimal)),
                ("parentSpanId", Field(number: 4, kind: .hexadecimal)),
                ("name", Field(number: 5, kind: .string)),
                ("startTimeUnixNano", Field(number: 7, kind: .fixed64)),
                ("endTimeUnixNano", Field(number: 8, kind: .fixed64)),
                ("attributes", Field(number: 9, kind: .message(.keyValue), repeated: true)),
                ("events", Field(number: 11, kind: .message(.spanEvent), repeated: true)),
                ("status", Field(number: 15, kind: .message(.status))),
            ]
        case .spanEvent:
            [
                ("timeUnixNano", Field(number: 1, kind: .fixed64)),
                ("name", Field(number: 2, kind: .string)),
                ("attributes", Field(number: 3, kind: .message(.keyValue), repeated: true)),
            ]
        case .status:
            [("message", Field(number: 2, kind: .string)), ("code", Field(number: 3, kind: .integer))]
        case .logsRequest: [("resourceLogs", Field(number: 1, kind: .message(.resourceLogs), repeated: true))]
        case .resourceLogs: [("scopeLogs", Field(number: 2, kind: .message(.scopeLogs), repeated: true))]
        case .scopeLogs: [("logRecords", Field(number: 2, kind: .message(.logRecord), repeated: true))]
        case .logRecord:
            [
                ("timeUnixNano", Field(number: 1, kind: .fixed64)),
                ("body", Field(number: 5, kind: .message(.anyValue))),
                ("attributes", Field(number: 6, kind: .message(.keyValue), repeated: true)),
                ("traceId", Field(number: 9, kind: .hexadecimal)),
                ("spanId", Field(number: 10, kind: .hexadecimal)),
                ("observedTimeUnixNano", Field(number: 11, kind: .fixed64)),
                ("eventName", Field(number: 12, kind: .string)),
            ]
        case .resource: [("attributes", Field(number: 1, kind: .message(.keyValue), repeated: true))]
        case .scope: [("name", Field(number: 1, kind: .string)), ("version", Field(number: 2, kind: .string))]
        case .keyValue:
            [("key", Field(number: 1, kind: .string)), ("value", Field(number: 2, kind: .message(.anyValue)))]
        case .anyValue:
            [
                ("stringValue", Field(number: 1, kind: .string)),
                ("boolValue", Field(number: 2, kind: .bool)),
                ("intValue", Field(number: 3, kind: .integer)),
                ("doubleValue", Field(number: 4, kind: .double)),
                ("arrayValue", Field(number: 5, kind: .message(.arrayValue))),
                ("kvlistValue", Field(number: 6, kind: .message(.keyValueList))),
                ("bytesValue", Field(number: 7, kind: .base64)),
            ]
        case .arrayValue: [("values", Field(number: 1, kind: .message(.anyValue), repeated: true))]
        case .keyValueList: [("values", Field(number: 1, kind: .message(.keyValue), repeated: true))]
        }
    }
}

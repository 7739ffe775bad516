import StewardJSON
import StewardModel

/// Reads the texts and tool calls of messages in one pass, whatever shape they come in: a text, a message or a list of
/// them as OpenAI and Anthropic have it, parts as OpenTelemetry has it, choices around them.
///
/// Nothing here is wrong input: what has no shape that is known has no texts.
struct ContentReader {
    private(set) var text: [UInt8] = []
    /// Unicode scalars of the texts.
    private(set) var characters = 0
    private(set) var toolCalls = 0
    private(set) var isMarkedRefusal = false
    /// Whether there was a text, be it empty, or a tool call.
    var hasContent: Bool { hasText || toolCalls > 0 }
    private var hasText = false
    private let keepsText: Bool

    init(keepsText: Bool) { self.keepsText = keepsText }

    private enum Member: String, CaseIterable {
        case content, text, parts, message, messages, choices, refusal, type
        case toolCalls = "tool_calls"
        case functionCall = "function_call"

        static let all = allCases
        static let table = JSONNameTable(all.map(\.rawValue))
    }

    private static let toolTypes = JSONNameTable(["tool_call", "tool_use", "function_call"])
    private static let refusalTypes = JSONNameTable(["refusal"])

    mutating func read(_ scanner: inout JSONScanner) throws(JSONError) {
        switch try scanner.kind() {
        case .string: add(try scanner.string(), in: scanner)
        case .array:
            var more = try scanner.enterArray()
            while more {
                try read(&scanner)
                more = try scanner.nextElement()
            }
        case .object:
            var more = try scanner.enterObject()
            while more {
                let name = try scanner.memberName()
                try member(scanner.index(of: name, in: Member.table).map { Member.all[$0] }, &scanner)
                more = try scanner.nextMember()
            }
        default: try scanner.skipValue()
        }
    }

    private mutating func member(_ member: Member?, _ scanner: inout JSONScanner) throws(JSONError) {
        switch member {
        case .content, .text, .parts, .message, .messages, .choices: try read(&scanner)
        case .refusal:
            if try scanner.kind() == .string { isMarkedRefusal = true }
            try read(&scanner)
        case .type:
            guard try scanner.kind() == .string else {
                try scanner.skipValue()
                return
            }
            let type = try scanner.string()
            if scanner.index(of: type, in: Self.toolTypes) != nil { toolCalls += 1 }
            if scanner.index(of: type, in: Self.refusalTypes) != nil { isMarkedRefusal = true }
        case .toolCalls:
            guard try scanner.kind() == .array else {
                try scanner.skipValue()
                return
            }
            var more = try scanner.enterArray()
            while more {
                try scanner.skipValue()
                toolCalls += 1
                more = try scanner.nextElement()
            }
        case .functionCall:
            if try scanner.kind() == .object { toolCalls += 1 }
            try scanner.skipValue()
        case nil: try scanner.skipValue()
        }
    }

    private mutating func add(_ string: JSONScanner.Text, in scanner: borrowing JSONScanner) {
        hasText = true
        if keepsText, !text.isEmpty { text.append(UInt8(ascii: "\n")) }
        if string.escaped {
            let value = scanner.value(of: string)
            characters += value.unicodeScalars.count
            if keepsText { text.append(contentsOf: value.utf8) }
        } else {
            let bytes = scanner.bytes[string.range]
            // Bytes of the form 10xxxxxx continue a scalar.
            characters += bytes.withUnsafeBufferPointer { $0.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) } }
            if keepsText { text.append(contentsOf: bytes) }
        }
    }

    // MARK: - What was asked for, and how sure the model was

    /// Whether a value asks for JSON: `"json"`, or an object whose `type` begins with `json`.
    static func asksForJSON(_ scanner: inout JSONScanner) throws(JSONError) -> Bool {
        switch try scanner.kind() {
        case .string: return scanner.value(of: try scanner.string()).hasPrefix("json")
        case .object:
            var result = false
            var more = try scanner.enterObject()
            while more {
                let name = try scanner.memberName()
                let member = scanner.index(of: name, in: Member.table).map { Member.all[$0] }
                if member == .type,
                    try scanner.kind() == .string
                {
                    result = scanner.value(of: try scanner.string()).hasPrefix("json")
                } else {
                    try scanner.skipValue()
                }
                more = try scanner.nextMember()
            }
            return result
        default:
            try scanner.skipValue()
            return false
        }
    }

    private static let logprobNames = JSONNameTable(["logprob", "content", "token_logprobs"])

    /// The mean of the log-probabilities in a value; `nil` when there are none that can be.
    static func meanLogProbability(_ scanner: inout JSONScanner) throws(JSONError) -> Double? {
        var sum = 0.0
        var count = 0
        try addLogProbabilities(&scanner, &sum, &count)
        let mean = sum / Double(count)
        return count > 0 && mean <= 0 ? mean : nil
    }

    private static func addLogProbabilities(
        _ scanner: inout JSONScanner, _ sum: inout Double, _ count: inout Int
    ) throws(JSONError) {
        switch try scanner.kind() {
        case .number:
            sum += scanner.double(try scanner.number())
            count += 1
        case .array:
            var more = try scanner.enterArray()
            while more {
                try addLogProbabilities(&scanner, &sum, &count)
                more = try scanner.nextElement()
            }
        case .object:
            var more = try scanner.enterObject()
            while more {
                // `top_logprobs` are tokens that did not come out.
                if scanner.index(of: try scanner.memberName(), in: logprobNames) != nil {
                    try addLogProbabilities(&scanner, &sum, &count)
                } else {
                    try scanner.skipValue()
                }
                more = try scanner.nextMember()
            }
        default: try scanner.skipValue()
        }
    }
}

extension EventContent {
    mutating func take(output reader: ContentReader) {
        guard reader.hasContent else { return }
        output = reader.text
        toolCalls = Int64(reader.toolCalls)
        isMarkedRefusal = reader.isMarkedRefusal
    }

    /// Reads the content of an event that was translated into Steward's own format.
    init(ofPayload payload: [UInt8]) {
        self.init()
        var scanner = JSONScanner(payload)
        do throws(JSONError) {
            var more = try scanner.enterObject()
            while more {
                let name = try scanner.memberName()
                switch scanner.index(of: name, in: EventField.table).map({ EventField.all[$0] }) {
                case .input:
                    var reader = ContentReader(keepsText: false)
                    try reader.read(&scanner)
                    if reader.hasContent { inputCharacters = Int64(reader.characters) }
                case .output:
                    var reader = ContentReader(keepsText: true)
                    try reader.read(&scanner)
                    take(output: reader)
                default: try scanner.skipValue()
                }
                more = try scanner.nextMember()
            }
        } catch {
            // The payload is our own; a text of the sender's that is nested too deep in it has no content.
            self.init()
        }
    }
}

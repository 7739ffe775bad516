import StewardJSON
import StewardModel
import StewardPolicy

extension SignalDeclarations {
    /// What an event's payload says of the declared signals.
    func observations(payload: [UInt8]) -> [Observation] {
        signals.compactMap { declaration in
            var scanner = JSONScanner(payload)
            do throws(JSONError) {
                guard try scanner.find(declaration.pointer.tokens) else { return nil }
                return try declaration.observation(&scanner)
            } catch {
                // Payloads are JSON; one that was cut to its bare event has none of the declared places.
                return nil
            }
        }
    }
}

extension SignalDeclarations.Declaration {
    private static let maximumCategoryBytes = 64

    /// The observation in the value that the scanner stands at; `nil` where it is of another type.
    fileprivate func observation(_ scanner: inout JSONScanner) throws(JSONError) -> Observation? {
        let name = "signal." + name
        switch (type, try scanner.kind()) {
        case (.number, .number): return .named(name, scanner.double(try scanner.number()))
        case (.flag, .bool): return .named(name, try scanner.bool() ? 1 : 0)
        case (.length, .string):
            return .named(name, Double(scanner.value(of: try scanner.string()).unicodeScalars.count))
        case (.length, .array):
            var count = 0
            var more = try scanner.enterArray()
            while more {
                try scanner.skipValue()
                count += 1
                more = try scanner.nextElement()
            }
            return .named(name, Double(count))
        case (.category, .string):
            let value = scanner.value(of: try scanner.string())
            return (1...Self.maximumCategoryBytes).contains(value.utf8.count) ? .namedCategory(name, value) : nil
        case (.category, .bool): return .namedCategory(name, try scanner.bool() ? "true" : "false")
        case (.category, .number):
            let number = try scanner.number()
            return scanner.int64(number).map { .namedCategory(name, String($0)) }
        default: return nil
        }
    }
}

extension JSONScanner {
    /// Moves to the value that reference tokens lead to (RFC 6901, section 4); false where there is none.
    fileprivate mutating func find(_ tokens: [String]) throws(JSONError) -> Bool {
        for token in tokens {
            let found =
                switch try kind() {
                case .object: try enter(member: token)
                case .array: try enter(element: token)
                default: false
                }
            if !found { return false }
        }
        return true
    }

    private mutating func enter(member name: String) throws(JSONError) -> Bool {
        var more = try enterObject()
        while more {
            let found = try memberName()
            if found.range.count == name.utf8.count || found.escaped, value(of: found) == name { return true }
            try skipValue()
            more = try nextMember()
        }
        return false
    }

    private mutating func enter(element token: String) throws(JSONError) -> Bool {
        // No leading zeros, and `-` names the element behind the last, which is not there.
        guard let index = Int(token), index >= 0, String(index) == token else { return false }
        var more = try enterArray()
        var position = 0
        while more {
            if position == index { return true }
            try skipValue()
            position += 1
            more = try nextElement()
        }
        return false
    }
}

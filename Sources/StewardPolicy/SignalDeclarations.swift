import StewardJSON
import StewardModel

/// A file of `kind: signals`: features of events that operators want measured besides the built-in ones.
package struct SignalDeclarations: Sendable, Equatable {
    package struct Declaration: Sendable, Equatable {
        /// Shown as `signal.NAME`.
        package var name: String
        package var pointer: JSONPointer
        package var type: ValueType

        package init(name: String, pointer: JSONPointer, type: ValueType) {
            self.name = name
            self.pointer = pointer
            self.type = type
        }
    }

    /// What is taken from the value that the pointer finds; anything else there is no observation.
    package enum ValueType: String, Sendable, CaseIterable {
        /// A number.
        case number
        /// A text of at most 64 bytes, a boolean or a whole number, as a category.
        case category
        /// A boolean, as 0 or 1, whose mean is a share.
        case flag
        /// The characters of a text or the elements of a list, as a number.
        case length
    }

    package static let maximumDeclarations = 32

    package var name: String
    package var deployments: [Glob]
    package var signals: [Declaration]

    package init(name: String, deployments: [Glob], signals: [Declaration]) {
        self.name = name
        self.deployments = deployments
        self.signals = signals
    }

    package func applies(to deployment: String) -> Bool { deployments.contains { $0.matches(deployment) } }
}

/// A place in a JSON text (RFC 6901), such as `/attributes/retrieval/0/score`.
package struct JSONPointer: Sendable, Hashable {
    /// The reference tokens, unescaped; none for the whole text.
    package let tokens: [String]

    package init?(_ text: String) {
        guard text.isEmpty || text.hasPrefix("/") else { return nil }
        var tokens: [String] = []
        for part in text.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            // `~` must be followed by 0 or 1.
            let pieces = part.split(separator: "~", omittingEmptySubsequences: false)
            guard pieces.dropFirst().allSatisfy({ $0.hasPrefix("0") || $0.hasPrefix("1") }) else { return nil }
            tokens.append(String(part).replacing("~1", with: "/").replacing("~0", with: "~"))
        }
        self.tokens = tokens
    }
}

extension SignalDeclarations {
    /// Reads the keys of a `kind: signals` file; `nil` where one of them has a problem, which the reader keeps.
    init?(reading reader: inout MappingReader) {
        let name = reader.required("name", .name)
        let scope = reader.mapping("applies_to") { $0.optional("deployments", .list(of: .glob)) }
        let signals = reader.list("signals") { signal -> Declaration? in
            let name = signal.required("name", .name)
            let pointer = signal.required("pointer", Self.pointer)
            let type = signal.required("type", FieldType<ValueType>.choice())
            guard let name, let pointer, let type else { return nil }
            return Declaration(name: name, pointer: pointer, type: type)
        }
        let names = signals.map(\.name)
        for name in Set(names) where names.filter({ $0 == name }).count > 1 {
            reader.report(reader.place(of: "signals"), "declares `\(name)` more than once")
        }
        if signals.count > Self.maximumDeclarations {
            reader.report(reader.place(of: "signals"), "may declare at most \(Self.maximumDeclarations) signals")
        }
        guard let name, !signals.isEmpty else { return nil }
        self.init(name: name, deployments: scope ?? [Glob("*")], signals: signals)
    }

    private static let pointer = FieldType<JSONPointer>.scalar(
        "a JSON pointer such as /attributes/count", schema: ["type": "string", "pattern": "^(/.*)?$"]
    ) {
        JSONPointer($0)
    }
}

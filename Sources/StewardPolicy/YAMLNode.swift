/// A YAML document as a tree that remembers where everything stands.
///
/// Scalars keep their text: `2.50` stays `2.50`, which money needs. What a plain scalar means is decided by
/// ``FieldType`` where a type is asked for, or by ``json`` where none is.
package struct YAMLNode: Sendable, Equatable {
    package var content: Content
    /// From 1.
    package var line: Int
    /// From 1, counted in Unicode scalars.
    package var column: Int

    package enum Content: Sendable, Equatable {
        case scalar(String, ScalarStyle)
        case sequence([YAMLNode])
        /// In the order of the file; every name once.
        case mapping([Entry])
    }

    package enum ScalarStyle: Sendable {
        /// Written without quotes, so its type depends on its text.
        case plain
        /// Quoted or a block: text, whatever it looks like.
        case quoted
        /// From a flag or an environment variable, where everything is text and nothing can be quoted.
        case external
    }

    package struct Entry: Sendable, Equatable {
        package var name: String
        package var line: Int
        package var column: Int
        package var value: YAMLNode

        package init(name: String, line: Int, column: Int, value: YAMLNode) {
            self.name = name
            self.line = line
            self.column = column
            self.value = value
        }
    }

    package init(_ content: Content, line: Int = 0, column: Int = 0) {
        self.content = content
        self.line = line
        self.column = column
    }

    /// What kind of node this is, for messages.
    package var kindDescription: String {
        switch content {
        case .scalar("", .plain): "nothing"
        case .scalar(let text, .plain): "`\(text)`"
        case .scalar(let text, _): "\"\(text)\""
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}

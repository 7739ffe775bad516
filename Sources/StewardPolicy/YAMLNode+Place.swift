extension YAMLNode {
    /// Where a field such as `arms[1].weight` stands: its value or, for one that is not there, what it should be in.
    ///
    /// - Returns: `nil` for a path that leads nowhere near the document.
    package func place(of field: String) -> (line: Int, column: Int)? {
        var (node, place) = (self, (line: line, column: column))
        for part in field.split(separator: ".") {
            let pieces = part.split(separator: "[", omittingEmptySubsequences: false)
            let name = String(pieces.first ?? "")
            guard case .mapping(let entries) = node.content, let entry = entries.first(where: { $0.name == name })
            else {
                return place
            }
            (node, place) = (entry.value, (entry.line, entry.column))
            for index in pieces.dropFirst().compactMap({ Int($0.dropLast()) }) {
                guard case .sequence(let elements) = node.content, elements.indices.contains(index) else {
                    return place
                }
                node = elements[index]
                place = (node.line, node.column)
            }
        }
        return place
    }
}

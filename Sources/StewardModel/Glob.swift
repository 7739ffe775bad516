/// A pattern of names: `*` stands for any run of characters, `?` for one, everything else for itself.
package struct Glob: Sendable, Hashable {
    package let pattern: String

    package init(_ pattern: String) { self.pattern = pattern }

    /// In time proportional to both lengths' product at most, whatever the pattern.
    package func matches(_ name: String) -> Bool {
        let (pattern, name) = (Array(pattern.unicodeScalars), Array(name.unicodeScalars))
        var (inPattern, inName) = (0, 0)
        var resume: (pattern: Int, name: Int)?
        while inName < name.count {
            if inPattern < pattern.count, pattern[inPattern] == "*" {
                resume = (inPattern + 1, inName)
                inPattern += 1
            } else if inPattern < pattern.count, pattern[inPattern] == "?" || pattern[inPattern] == name[inName] {
                inPattern += 1
                inName += 1
            } else if let star = resume {
                // The latest star takes one character more.
                resume = (star.pattern, star.name + 1)
                (inPattern, inName) = (star.pattern, star.name + 1)
            } else {
                return false
            }
        }
        return pattern[inPattern...].allSatisfy { $0 == "*" }
    }
}

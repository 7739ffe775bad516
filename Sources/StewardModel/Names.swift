/// Rules for the names that people and clients choose: deployments, versions, environments.
package enum Name {
    package static let maximumBytes = 128

    /// Says what is wrong with a name, or `nil` when it may be used: 1 to 128 bytes, no control characters, no `/`
    /// (it would split a path of the API), no space at either end.
    package static func problem(_ name: String) -> String? {
        if name.isEmpty { return "must not be empty" }
        if name.utf8.count > maximumBytes { return "must be at most \(maximumBytes) bytes long" }
        if name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            return "must not contain control characters"
        }
        if name.utf8.contains(UInt8(ascii: "/")) { return "must not contain '/'" }
        if name.utf8.first == 0x20 || name.utf8.last == 0x20 { return "must not begin or end with a space" }
        return nil
    }
}

/// Comma-separated values for people's spreadsheets (RFC 4180).
enum CSVText {
    /// A field, quoted where it must be; a leading character that spreadsheets take for a formula is defused.
    static func field(_ value: String?) -> String {
        guard var value else { return "" }
        if let first = value.first, "=+-@\t\r".contains(first) { value = "'" + value }
        guard value.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return value }
        return "\"" + value.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

/// Text as it may stand in HTML.
package enum HTMLText {
    /// Makes text harmless in content and in quoted attributes.
    ///
    /// Line feeds and tabs stay. Other control characters, which HTML cannot hold, and those that turn the direction of
    /// what follows them (Unicode Standard Annex 9, table 2) show as U+FFFD: nothing vanishes, and a name cannot
    /// rearrange the sentence around it.
    package static func escape(_ text: some StringProtocol) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case "\n", "\t": escaped.unicodeScalars.append(scalar)
            case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": escaped += "\u{FFFD}"
            case _ where scalar.properties.generalCategory == .control: escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

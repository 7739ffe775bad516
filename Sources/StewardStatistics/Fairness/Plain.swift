/// Numbers inside the sentences of a verdict.
package enum Plain {
    /// Three decimal places: `0.800`.
    package static func text(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "undefined" : value > 0 ? "∞" : "-∞" }
        guard abs(value) < 1e12 else { return "\(value)" }
        let thousandths = Int64((abs(value) * 1000).rounded())
        let fraction = String(thousandths % 1000)
        let sign = value < 0 && thousandths > 0 ? "-" : ""
        return "\(sign)\(thousandths / 1000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)"
    }

    /// `95%`, `99.5%`
    static func percent(_ share: Double) -> String {
        let text = "\((share * 1000).rounded() / 10)"
        return (text.hasSuffix(".0") ? String(text.dropLast(2)) : text) + "%"
    }

    /// `p = 0.012`, `p < 0.001`
    package static func pValue(_ p: Double) -> String { p < 0.001 ? "p < 0.001" : "p = \(text(p))" }
}

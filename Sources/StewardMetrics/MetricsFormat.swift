/// The two text formats of `/metrics`.
package enum MetricsFormat: Sendable, CaseIterable {
    /// Prometheus text exposition format 0.0.4.
    case prometheus
    /// OpenMetrics 1.0.
    case openMetrics

    package var contentType: String {
        switch self {
        case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// The format that an `Accept` header asks for (RFC 9110, section 12.5.1).
    ///
    /// OpenMetrics where the header names it, in version 1.0.0 or without one, and likes it at least as well as
    /// `text/plain`; Prometheus text otherwise, also for a header that allows neither: a page in the oldest format
    /// helps more than status 406.
    package init(accept: String?) {
        var (openMetrics, text) = (0.0, 0.0)
        for range in (accept ?? "").split(separator: ",") {
            let parts = range.split(separator: ";").map { Self.trimmed($0).lowercased() }
            let parameters = parts.dropFirst()
            let quality = Self.value(of: "q", in: parameters).map { Double($0) ?? 0 } ?? 1
            switch parts.first {
            case "application/openmetrics-text":
                let version = Self.value(of: "version", in: parameters) ?? "1.0.0"
                if version == "1.0.0" { openMetrics = max(openMetrics, quality) }
            case "text/plain": text = max(text, quality)
            default: continue
            }
        }
        self = openMetrics > 0 && openMetrics >= text ? .openMetrics : .prometheus
    }

    private static func value(of name: String, in parameters: ArraySlice<String>) -> String? {
        for parameter in parameters {
            let sides = parameter.split(separator: "=", maxSplits: 1).map(trimmed)
            if sides.count == 2, sides[0] == name { return sides[1].filter { $0 != "\"" } }
        }
        return nil
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        return String(String(text.drop(while: isBlank).reversed()).drop(while: isBlank).reversed())
    }
}

enum MetricsPage {
    /// The value of the first sample of a metric that has all these labels.
    static func value(of metric: String, _ labels: [String], in page: String) -> Double? {
        let line = page.split(separator: "\n").first { line in
            line.hasPrefix(metric + "{") && labels.allSatisfy { line.contains($0) }
        }
        return line?.split(separator: " ").last.flatMap { Double($0) }
    }
}

import StewardModel

/// What a load run measured. Every answer in it was checked: an acknowledged event, for example, is durable.
struct LoadReport {
    /// What is counted, in the plural.
    enum Unit: String {
        case events, decisions
    }

    var unit: Unit
    var requests = 0
    var count = 0
    /// Requests answered with 429 or 503, which were sent again.
    var refusedRequests = 0
    /// Bytes sent, heads included.
    var bytes = 0
    var seconds = 0.0
    private var latenciesMicroseconds: [Int64] = []

    init(unit: Unit) { self.unit = unit }

    mutating func record(_ count: Int, latency: Duration) {
        requests += 1
        self.count += count
        latenciesMicroseconds.append(latency.wholeMicroseconds)
    }

    private var perSecond: Double { seconds > 0 ? Double(count) / seconds : 0 }

    /// Latency of a request in milliseconds at each of `shares` (0 to 1), by nearest rank; `nil` without requests.
    func latencyMilliseconds(at shares: [Double]) -> [Double?] {
        let sorted = latenciesMicroseconds.sorted()
        return shares.map { share in
            guard !sorted.isEmpty else { return nil }
            let rank = Int((share * Double(sorted.count)).rounded(.up))
            return Double(sorted[min(max(rank, 1), sorted.count) - 1]) / 1000
        }
    }

    private var fields: [(name: String, label: String, value: String)] {
        let latencies = latencyMilliseconds(at: [0.5, 0.99, 1]).map { $0.map { Self.text($0, places: 3) } ?? "null" }
        return [
            (unit.rawValue, unit.rawValue, "\(count)"),
            ("requests", "requests", "\(requests)"),
            ("refused_requests", "refused and sent again", "\(refusedRequests)"),
            ("bytes", "bytes sent", "\(bytes)"),
            ("seconds", "seconds", Self.text(seconds, places: 3)),
            ("\(unit.rawValue)_per_second", "\(unit.rawValue)/s", Self.text(perSecond, places: 0)),
            ("latency_p50_ms", "latency p50 (ms)", latencies[0]),
            ("latency_p99_ms", "latency p99 (ms)", latencies[1]),
            ("latency_max_ms", "latency max (ms)", latencies[2]),
        ]
    }

    private var json: String { "{" + fields.map { "\"\($0.name)\":\($0.value)" }.joined(separator: ",") + "}" }

    func show(as output: OutputFormat, on console: Console) { console.output((output == .json ? json : table) + "\n") }

    private var table: String {
        let width = fields.map(\.label.count).max() ?? 0
        return fields.map { field in
            field.label + String(repeating: " ", count: width - field.label.count + 2) + field.value
        }.joined(separator: "\n")
    }

    /// Decimal text with `places` digits after the point; exact for what a benchmark measures.
    private static func text(_ value: Double, places: Int) -> String {
        var scale = 1
        for _ in 0..<places { scale *= 10 }
        let scaled = Int((value * Double(scale)).rounded())
        guard places > 0 else { return "\(scaled)" }
        let digits = String(scaled % scale)
        return "\(scaled / scale)." + String(repeating: "0", count: places - digits.count) + digits
    }
}

import StewardStatistics

/// Writes metric families as Prometheus text 0.0.4 or OpenMetrics 1.0.
struct ExpositionWriter {
    private let format: MetricsFormat
    private var bytes: [UInt8] = []

    init(format: MetricsFormat) { self.format = format }

    mutating func write(_ family: MetricFamily) {
        guard !family.points.isEmpty else { return }
        let declaration = family.declaration
        writeHead(declaration)
        let sampleNames = declaration.sampleNames.map { Array($0.utf8) }
        for point in family.points {
            let labels = Self.labels(declaration.labels, point.labels)
            if case .histogram(let edges) = declaration.kind, case .histogram(let totals) = point.value {
                writeHistogram(sampleNames, labels, totals, edgesMicroseconds: edges)
            } else if let text = point.value.text {
                writeSample(sampleNames[0], labels, text)
            }
        }
    }

    /// The page; OpenMetrics ends with a mark, so that a cut page is not taken for a whole one.
    consuming func finish() -> [UInt8] {
        if format == .openMetrics { bytes.append(contentsOf: "# EOF\n".utf8) }
        return bytes
    }

    private mutating func writeHead(_ declaration: MetricDeclaration) {
        let name = format == .openMetrics ? declaration.familyName : declaration.name
        // Prometheus text has no info type; a gauge that is 1 is how it is shown there.
        let type = format == .prometheus && declaration.kind == .info ? "gauge" : declaration.kind.name
        bytes.append(contentsOf: "# HELP \(name) \(declaration.help)\n# TYPE \(name) \(type)\n".utf8)
        if format == .openMetrics, declaration.hasUnitLine {
            bytes.append(contentsOf: "# UNIT \(name) \(declaration.unit)\n".utf8)
        }
    }

    private mutating func writeHistogram(
        _ names: [[UInt8]], _ labels: [UInt8], _ totals: DurationTotals, edgesMicroseconds: [Int64]
    ) {
        let comma = labels.isEmpty ? "" : ","
        for edge in edgesMicroseconds {
            let bucket = labels + Array("\(comma)le=\"\(Self.edge(microseconds: edge))\"".utf8)
            writeSample(names[0], bucket, String(totals.histogram.cumulativeCount(through: edge)))
        }
        let count = String(totals.histogram.count)
        writeSample(names[0], labels + Array("\(comma)le=\"+Inf\"".utf8), count)
        writeSample(names[1], labels, MetricValue.decimal(totals.sumMicroseconds, places: 6))
        writeSample(names[2], labels, count)
    }

    private mutating func writeSample(_ name: [UInt8], _ labels: [UInt8], _ value: String) {
        bytes.append(contentsOf: name)
        if !labels.isEmpty {
            bytes.append(UInt8(ascii: "{"))
            bytes.append(contentsOf: labels)
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: value.utf8)
        bytes.append(UInt8(ascii: "\n"))
    }

    /// `a="x",b="y"`, with backslash, double quote and line feed escaped, as both formats want it.
    private static func labels(_ labels: [MetricDeclaration.Label], _ values: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (label, value) in zip(labels, values) {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: label.name.utf8)
            bytes.append(contentsOf: "=\"".utf8)
            for byte in value.utf8 {
                switch byte {
                case UInt8(ascii: "\\"): bytes.append(contentsOf: "\\\\".utf8)
                case UInt8(ascii: "\""): bytes.append(contentsOf: "\\\"".utf8)
                case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
                default: bytes.append(byte)
                }
            }
            bytes.append(UInt8(ascii: "\""))
        }
        return bytes
    }

    /// `1.0`, not `1`, as OpenMetrics demands; in both formats, or a bucket would change its identity with the format.
    private static func edge(microseconds: Int64) -> String {
        let text = MetricValue.decimal(microseconds, places: 6)
        return text.utf8.contains(UInt8(ascii: ".")) ? text : text + ".0"
    }
}

extension MetricValue {
    /// The value in digits; `nil` for a histogram, which is many.
    fileprivate var text: String? {
        switch self {
        case .integer(let value): String(value)
        case .microseconds(let value): Self.decimal(value, places: 6)
        case .nanodollars(let value): Self.decimal(value, places: 9)
        case .number(let value): value.isFinite ? "\(value)" : value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf"
        case .histogram: nil
        }
    }

    /// `value` · 10⁻ᵖˡᵃᶜᵉˢ, exact, without trailing zeros or exponent.
    fileprivate static func decimal(_ value: Int64, places: Int) -> String {
        let digits = String(value.magnitude)
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.utf8.count)) + digits
        var fraction = padded.suffix(places)
        while fraction.last == "0" { fraction.removeLast() }
        let whole = (value < 0 ? "-" : "") + padded.dropLast(places)
        return fraction.isEmpty ? whole : whole + "." + fraction
    }
}

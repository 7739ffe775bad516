/// One metric as it is shown on `/metrics`: name, type, unit, meaning and labels. Declared in ``MetricCatalogue`` only.
package struct MetricDeclaration: Sendable, Equatable {
    /// The name in Prometheus text: counters end in `_total`, info metrics in `_info`.
    package var name: String
    package var kind: Kind
    /// The unit in words, plural; empty for a number without one. Base units only.
    package var unit: String
    package var labels: [Label]
    /// A sentence without backslashes, double quotes or line breaks, so that both formats print it as it is.
    package var help: String

    package enum Kind: Sendable, Equatable {
        case counter, gauge, info
        /// Durations; upper edges in microseconds, ascending, without the last bucket `+Inf`.
        case histogram(edgesMicroseconds: [Int64])

        package var name: String {
            switch self {
            case .counter: "counter"
            case .gauge: "gauge"
            case .info: "info"
            case .histogram: "histogram"
            }
        }
    }

    package struct Label: Sendable, Equatable {
        package var name: String
        /// All values the label can have, where they are known beforehand; empty where clients choose them.
        package var values: [String]

        package init(_ name: String, _ values: [String] = []) {
            self.name = name
            self.values = values
        }
    }

    package init(_ name: String, _ kind: Kind, unit: String = "", labels: [Label] = [], _ help: String) {
        self.name = name
        self.kind = kind
        self.unit = unit
        self.labels = labels
        self.help = help
    }

    /// The name of the family in OpenMetrics, where the suffixes of counters and info metrics belong to the samples.
    package var familyName: String {
        switch kind {
        case .counter: String(name.dropLast("_total".count))
        case .info: String(name.dropLast("_info".count))
        case .gauge, .histogram: name
        }
    }

    /// Whether OpenMetrics allows a `# UNIT` line: only for a unit that the family's name ends with.
    package var hasUnitLine: Bool { kind != .info && !unit.isEmpty && familyName.hasSuffix("_" + unit) }

    /// Whether clients choose the value of a label, so that the number of label sets has no bound of its own.
    package var hasOpenLabels: Bool { labels.contains { $0.values.isEmpty } }

    /// The names a query can use.
    package var sampleNames: [String] {
        guard case .histogram = kind else { return [name] }
        return [name + "_bucket", name + "_sum", name + "_count"]
    }
}

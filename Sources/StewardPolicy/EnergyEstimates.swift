import StewardJSON
import StewardModel

/// How much electricity models take, as far as anybody has published: estimates with bounds and sources, never measured
/// by us, and nothing for models that nobody has spoken about.
///
/// Answering takes most of it, so output tokens (reasoning among them) stand for all.
package struct EnergyEstimates: Sendable, Equatable {
    /// What is likely, and the bounds that the source or its critics would allow.
    package struct Range: Sendable, Equatable {
        package var expected: Double
        package var lower: Double
        package var upper: Double

        package init(expected: Double, lower: Double, upper: Double) {
            self.expected = expected
            self.lower = lower
            self.upper = upper
        }

        package static let zero = Range(expected: 0, lower: 0, upper: 0)

        /// Both bounds at once: errors of a source do not cancel out over many requests.
        package mutating func add(_ other: Range, times factor: Double = 1) {
            expected += other.expected * factor
            lower += other.lower * factor
            upper += other.upper * factor
        }
    }

    package struct Entry: Sendable, Equatable {
        package var models: [Glob]
        /// A million output tokens take this many watt-hours.
        package var wattHours: Range
        package var source: String
    }

    package var name: String
    /// Grams of CO₂ equivalents that a kilowatt-hour stands for where the models run.
    package var grid: Range
    package var gridSource: String
    package var entries: [Entry]

    /// The first entry that names the model.
    package func entry(for model: String) -> Entry? {
        entries.first { entry in entry.models.contains { $0.matches(model) } }
    }

    /// Grams of CO₂ equivalents for watt-hours.
    package func grams(_ wattHours: Range) -> Range {
        Range(
            expected: wattHours.expected * grid.expected / 1000, lower: wattHours.lower * grid.lower / 1000,
            upper: wattHours.upper * grid.upper / 1000)
    }
}

// MARK: - Reading

extension EnergyEstimates {
    init?(reading reader: inout MappingReader) {
        let name = reader.required("name", .name)
        let grid = reader.mapping("grid", required: true) { grid -> (Range, String)? in
            let range = grid.mapping("grams_co2e_per_kilowatt_hour", required: true, Range.init(reading:))
            let source = grid.required("source", .text)
            guard let range, let source else { return nil }
            return (range, source)
        }
        let entries = reader.list("models") { entry -> Entry? in
            let models = entry.required("names", .list(of: .glob))
            let range = entry.mapping(
                "watt_hours_per_million_output_tokens", required: true, Range.init(reading:))
            let source = entry.required("source", .text)
            guard let models, let range, let source else { return nil }
            return Entry(models: models, wattHours: range, source: source)
        }
        guard let name, let grid else { return nil }
        self.init(name: name, grid: grid.0, gridSource: grid.1, entries: entries)
    }
}

extension EnergyEstimates.Range {
    private static let figure = FieldType<Double>.decimal.checked(["minimum": 0, "maximum": 1e9]) { number in
        0...1e9 ~= number ? nil : "must be from 0 to 1000000000"
    }

    fileprivate init?(reading reader: inout MappingReader) {
        let expected = reader.required("expected", Self.figure)
        let lower = reader.required("lower", Self.figure)
        let upper = reader.required("upper", Self.figure)
        guard let expected, let lower, let upper else { return nil }
        if !(lower...max(lower, upper) ~= expected) {
            reader.report(reader.place(of: "expected"), "`expected` must lie from `lower` to `upper`")
        }
        self.init(expected: expected, lower: lower, upper: upper)
    }
}

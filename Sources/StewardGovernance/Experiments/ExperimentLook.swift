import StewardJSON
import StewardModel
import StewardStatistics

/// A look at an experiment that is on record, with every number it rests on.
package struct ExperimentLook: Sendable, Equatable {
    /// One arm against the control.
    package struct Comparison: Sendable, Equatable {
        package var version: String
        package var difference: Double
        package var interval: ConfidenceInterval
        package var pValue: Double
        /// How many standard errors the difference is from 0.
        package var statistic: Double
        /// In shares of the control's mean.
        package var relative: Double?

        package init(
            version: String, difference: Double, interval: ConfidenceInterval, pValue: Double, statistic: Double,
            relative: Double? = nil
        ) {
            self.version = version
            self.difference = difference
            self.interval = interval
            self.pValue = pValue
            self.statistic = statistic
            self.relative = relative
        }
    }

    /// Observations in all arms.
    package var observations: Int64
    package var sampleRatioPValue: Double?
    /// Without those of arms of which too little is known.
    package var comparisons: [Comparison]
    /// In standard errors; `nil` where looks are not counted.
    package var bound: Double?
    /// Of the error, up to and including this look; `nil` where looks are not counted.
    package var spent: Double?
    /// Set when it is put on record.
    package var time = Timestamp(microseconds: 0)
    package var record: Int64 = 0

    package init(
        observations: Int64, sampleRatioPValue: Double?, comparisons: [Comparison], bound: Double? = nil,
        spent: Double? = nil
    ) {
        self.observations = observations
        self.sampleRatioPValue = sampleRatioPValue
        self.comparisons = comparisons
        self.bound = bound
        self.spent = spent
    }
}

// MARK: - JSON

extension ExperimentLook {
    package var json: JSONValue {
        [
            "observations": .integer(observations), "sample_ratio_p": .init(sampleRatioPValue),
            "bound": .init(bound), "spent": .init(spent),
            "comparisons": .array(
                comparisons.map { comparison in
                    [
                        "version": .string(comparison.version), "difference": .number(comparison.difference),
                        "lower": .number(comparison.interval.lower), "upper": .number(comparison.interval.upper),
                        "p_value": .number(comparison.pValue), "statistic": .number(comparison.statistic),
                        "relative": .init(comparison.relative),
                    ]
                }),
        ]
    }

    init(_ data: RecordFields) throws {
        self.init(
            observations: try data.integer("observations"), sampleRatioPValue: data.optionalDouble("sample_ratio_p"),
            comparisons: try data.objects("comparisons").map { fields in
                guard let difference = fields.optionalDouble("difference"), let lower = fields.optionalDouble("lower"),
                    let upper = fields.optionalDouble("upper"), let pValue = fields.optionalDouble("p_value"),
                    let statistic = fields.optionalDouble("statistic")
                else { throw fields.problem("comparisons") }
                return Comparison(
                    version: try fields.string("version"), difference: difference,
                    interval: ConfidenceInterval(lower: lower, upper: upper), pValue: pValue, statistic: statistic,
                    relative: fields.optionalDouble("relative"))
            }, bound: data.optionalDouble("bound"), spent: data.optionalDouble("spent"))
    }
}

extension JSONValue {
    /// A number, or null where there is none that JSON can say.
    init(_ value: Double?) { self = value.flatMap { $0.isFinite ? .number($0) : nil } ?? .null }
}

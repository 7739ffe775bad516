/// How much a finding matters: `critical` wakes somebody, `warning` is looked at today, `info` is good to know.
package enum Severity: String, Sendable, CaseIterable { case critical, warning, info }

/// What a detector states about one signal of one version, with all the numbers that it rests on.
package struct Detection: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// The signal's distribution differs from the baseline's.
        case drift
        /// The signal left what is usual for it at this hour.
        case anomaly
        /// A budget is spent; the series is the one whose event passed its limit.
        case overspend
        /// Requests that should have a price have none.
        case unpriced
    }

    /// The signal of a shift of embeddings, however many of their signals show it.
    package static let embeddingSignal = "embedding"

    /// What makes two detections the same one, seen again.
    package struct Key: Sendable, Hashable {
        package var kind: Kind
        package var series: SeriesKey
        package var signal: String

        package init(kind: Kind, series: SeriesKey, signal: String) {
            self.kind = kind
            self.series = series
            self.signal = signal
        }
    }

    /// A number with the interval that holds it.
    package struct Estimate: Sendable, Equatable {
        package var value: Double
        package var lower: Double
        package var upper: Double

        package init(value: Double, lower: Double, upper: Double) {
            self.value = value
            self.lower = lower
            self.upper = upper
        }
    }

    package var key: Key
    package var severity: Severity
    /// Says by itself what is wrong, since when, and on how many requests that rests.
    package var title: String
    /// The estimated time of the change.
    package var since: Timestamp
    /// Name of the method, such as `cusum`.
    package var method: String
    /// In words: the error that is promised, and what it was corrected for.
    package var guarantee: String
    /// Before and after the change, in the signal's unit; both `nil` for categories.
    package var before: Estimate?
    package var after: Estimate?
    /// What is usual, in the signal's unit; `nil` where the method has no such range.
    package var expectedLower: Double?
    package var expectedUpper: Double?
    /// Corrected; `nil` for methods that promise a rate of false alarms instead.
    package var pValue: Double?
    /// The share of events that moved, 0…1.
    package var effect: Double?
    /// The effect that was declared the least to be stated.
    package var leastEffect: Double?
    /// Of embeddings: the maximum mean discrepancy, 0 to about 1.4.
    package var discrepancy: Double?
    package var referenceCount: Int64?
    package var sampleSize: Int64
    package var baseline: Baseline?

    package init(
        key: Key, severity: Severity, title: String, since: Timestamp, method: String, guarantee: String,
        sampleSize: Int64
    ) {
        self.key = key
        self.severity = severity
        self.title = title
        self.since = since
        self.method = method
        self.guarantee = guarantee
        self.sampleSize = sampleSize
    }
}

/// What a version is compared with: a span of the rollups of some version or of all, named, numbered and on record. Of
/// last week's hours, the span is the week from which the questions are frozen.
package struct Baseline: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// The version that served before, over the last day in which it did: chosen whenever a route changes.
        case previousVersion = "previous_version"
        /// A span that a person named; it stays through changes of the route until it is replaced or dropped.
        case pinned
        /// What the environment as a whole did a week before, hour for hour: for services whose hours differ.
        case sameHoursLastWeek = "same_hours_last_week"
    }

    /// The version of a baseline that is made of all of them.
    package static let everyVersion = "*"
    package static let week = Duration.seconds(7 * 86_400)

    package var kind: Kind
    package var name: String
    /// Counts the baselines of one environment of a deployment, from 1.
    package var number: Int64
    package var series: SeriesKey
    package var from: Timestamp
    /// Exclusive.
    package var until: Timestamp

    package init(
        kind: Kind, name: String, number: Int64, series: SeriesKey, from: Timestamp, until: Timestamp
    ) {
        self.kind = kind
        self.name = name
        self.number = number
        self.series = series
        self.from = from
        self.until = until
    }

    /// How a person refers to it: `previous_version #3 (v1)`.
    package var label: String {
        series.version == Self.everyVersion ? "\(name) #\(number)" : "\(name) #\(number) (\(series.version))"
    }
}

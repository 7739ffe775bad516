import StewardModel
import StewardStatistics

/// Everything a metrics page is made of, read at one moment.
///
/// Lists are in the order in which their subjects were first seen: when a metric has more series than the limit, the
/// first ones are shown, so what is shown once stays shown as others arrive.
package struct MetricsSnapshot: Sendable, Equatable {
    package var series: [SeriesTotals] = []
    package var routes: [Route] = []
    package var rollouts: [Rollout] = []
    package var findings: [OpenFindings] = []
    package var decisions: [Decisions] = []
    package var policies: [PolicyState] = []
    package var drift: [DriftState] = []
    package var anomalies: [AnomalyState] = []
    package var biasAudits: [BiasAudit] = []
    package var budgets: [BudgetState] = []
    package var intake = IntakeTotals()
    package var queue = Queue()
    package var commits = DurationTotals()
    package var storeBytes: Int64?
    package var audit = Audit()
    /// Whether the policy files, as they are now, are what is in force.
    package var hasPolicyFilesInForce = true
    package var loops: [Loop] = []
    package var process: Process

    package init(process: Process) { self.process = process }

    /// The last bias audit of a version by one policy.
    package struct BiasAudit: Sendable, Equatable {
        package var policy: String
        package var deployment: String
        package var version: String
        package var verdict: FairnessVerdict
        package var time: Timestamp
        /// The lowest impact ratio of each attribute and intersection that has one.
        package var impactRatios: [(attribute: String, ratio: Double)]

        package init(
            policy: String, deployment: String, version: String, verdict: FairnessVerdict, time: Timestamp,
            impactRatios: [(attribute: String, ratio: Double)]
        ) {
            self.policy = policy
            self.deployment = deployment
            self.version = version
            self.verdict = verdict
            self.time = time
            self.impactRatios = impactRatios
        }

        package static func == (a: Self, b: Self) -> Bool {
            a.policy == b.policy && a.deployment == b.deployment && a.version == b.version && a.verdict == b.verdict
                && a.time == b.time && a.impactRatios.elementsEqual(b.impactRatios) { $0 == $1 }
        }
    }

    /// How one of the loops does that watch.
    package struct Loop: Sendable, Equatable {
        package var name: String
        package var finished: Timestamp?
        package var duration: Duration?
        package var failures: Int64

        package init(name: String, finished: Timestamp?, duration: Duration?, failures: Int64) {
            self.name = name
            self.finished = finished
            self.duration = duration
            self.failures = failures
        }
    }

    /// Where a budget stands; `member` is empty where it has one account for all.
    package struct BudgetState: Sendable, Equatable {
        package var budget: String
        package var member: String
        package var limit: Nanodollars
        package var spent: Nanodollars
        package var reserved: Nanodollars
        package var refused: Int64

        package init(
            budget: String, member: String, limit: Nanodollars, spent: Nanodollars, reserved: Nanodollars,
            refused: Int64
        ) {
            self.budget = budget
            self.member = member
            self.limit = limit
            self.spent = spent
            self.reserved = reserved
            self.refused = refused
        }
    }

    package struct SeriesTotals: Sendable, Equatable {
        package var series: SeriesKey
        /// Requests by status, `ok` and `error`.
        package var statuses: [NamedCount] = []
        package var latency = DurationTotals()
        package var timeToFirstToken = DurationTotals()
        /// Sums; `nil` where no event reported that kind of token.
        package var usage = Usage()
        /// `nil` where no event had a price.
        package var cost: Nanodollars?
        package var unpricedEvents: Int64 = 0
        package var finishReasons: [NamedCount] = []
        package var errorTypes: [NamedCount] = []

        package init(series: SeriesKey) { self.series = series }
    }

    package struct NamedCount: Sendable, Equatable {
        package var name: String
        package var count: Int64

        package init(name: String, count: Int64) {
            self.name = name
            self.count = count
        }
    }

    /// One version's place in a route.
    package struct Target: Sendable, Equatable {
        package var version: String
        package var weight: Int64

        package init(version: String, weight: Int64) {
            self.version = version
            self.weight = weight
        }
    }

    package struct Route: Sendable, Equatable {
        package var deployment: String
        package var environment: String
        package var isFrozen: Bool
        package var targets: [Target]

        package init(deployment: String, environment: String, isFrozen: Bool, targets: [Target]) {
            self.deployment = deployment
            self.environment = environment
            self.isFrozen = isFrozen
            self.targets = targets
        }
    }

    /// A rollout under way.
    package struct Rollout: Sendable, Equatable {
        package var series: SeriesKey
        /// From 1.
        package var step: Int64
        package var phase: String

        package init(series: SeriesKey, step: Int64, phase: String) {
            self.series = series
            self.step = step
            self.phase = phase
        }
    }

    /// How many findings of one severity (`critical`, `warning` or `info`) are open for a deployment.
    package struct OpenFindings: Sendable, Equatable {
        package var deployment: String
        package var severity: String
        package var count: Int64

        package init(deployment: String, severity: String, count: Int64) {
            self.deployment = deployment
            self.severity = severity
            self.count = count
        }
    }

    /// How many decisions are on record of one action by one kind of actor (`person`, `policy` or `system`).
    package struct Decisions: Sendable, Equatable {
        package var deployment: String
        package var environment: String
        package var action: String
        package var actorKind: String
        package var count: Int64

        package init(deployment: String, environment: String, action: String, actorKind: String, count: Int64) {
            self.deployment = deployment
            self.environment = environment
            self.action = action
            self.actorKind = actorKind
            self.count = count
        }
    }

    /// What a policy said last of one series.
    package struct PolicyState: Sendable, Equatable {
        package var policy: String
        package var series: SeriesKey
        /// In the unit of the policy's metric; `nil` where there was nothing to measure.
        package var value: Double?
        package var threshold: Double?
        package var verdict: Verdict

        package init(policy: String, series: SeriesKey, value: Double?, threshold: Double?, verdict: Verdict) {
            self.policy = policy
            self.series = series
            self.value = value
            self.threshold = threshold
            self.verdict = verdict
        }
    }

    /// How one signal of a series compares with its baseline.
    package struct DriftState: Sendable, Equatable {
        package var series: SeriesKey
        package var signal: String
        /// `nil` where one side had no events with it.
        package var shareMoved: Double?
        /// `drift`, `no_drift` or `insufficient_evidence`.
        package var verdict: String

        package init(series: SeriesKey, signal: String, shareMoved: Double?, verdict: String) {
            self.series = series
            self.signal = signal
            self.shareMoved = shareMoved
            self.verdict = verdict
        }
    }

    /// What one anomaly monitor of a series says: `learning`, `usual` or `alarm`.
    package struct AnomalyState: Sendable, Equatable {
        package var series: SeriesKey
        package var signal: String
        package var state: String

        package init(series: SeriesKey, signal: String, state: String) {
            self.series = series
            self.signal = signal
            self.state = state
        }
    }

    package struct Queue: Sendable, Equatable {
        package var events: Int64
        package var bytes: Int64
        package var limitBytes: Int64

        package init(events: Int64 = 0, bytes: Int64 = 0, limitBytes: Int64 = 0) {
            self.events = events
            self.bytes = bytes
            self.limitBytes = limitBytes
        }
    }

    package struct Audit: Sendable, Equatable {
        package var records: Int64
        /// `nil` before the first checkpoint.
        package var checkpoint: Timestamp?

        package init(records: Int64 = 0, checkpoint: Timestamp? = nil) {
            self.records = records
            self.checkpoint = checkpoint
        }
    }

    package struct Process: Sendable, Equatable {
        package var version: String
        package var started: Timestamp
        /// `nil` where the system does not tell.
        package var residentMemoryBytes: Int64?

        package init(version: String, started: Timestamp, residentMemoryBytes: Int64? = nil) {
            self.version = version
            self.started = started
            self.residentMemoryBytes = residentMemoryBytes
        }
    }
}

/// Durations in microseconds as counts, with their exact sum.
package struct DurationTotals: Sendable, Equatable {
    package var histogram: LogLinearHistogram
    package var sumMicroseconds: Int64

    package init(histogram: LogLinearHistogram = LogLinearHistogram(), sumMicroseconds: Int64 = 0) {
        self.histogram = histogram
        self.sumMicroseconds = sumMicroseconds
    }

    package mutating func record(microseconds: Int64) {
        histogram.add(microseconds)
        sumMicroseconds += microseconds
    }

    package mutating func merge(_ other: Self) {
        histogram.merge(other.histogram)
        sumMicroseconds += other.sumMicroseconds
    }
}

/// What became of the events that reached the intake since the start.
package struct IntakeTotals: Sendable, Equatable {
    package var accepted: Int64
    package var duplicates: Int64
    /// Wrong, and said so to the client.
    package var rejected: Int64
    /// Turned away because the queue was full.
    package var refused: Int64

    package init(accepted: Int64 = 0, duplicates: Int64 = 0, rejected: Int64 = 0, refused: Int64 = 0) {
        self.accepted = accepted
        self.duplicates = duplicates
        self.rejected = rejected
        self.refused = refused
    }
}

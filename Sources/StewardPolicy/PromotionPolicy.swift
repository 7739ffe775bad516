import StewardModel

/// What must hold before a version may come to serve an environment.
package struct PromotionPolicy: Sendable, Equatable {
    package var name: String
    package var summary: String
    package var mode: RollbackPolicy.Mode
    package var deployments: [Glob]
    package var environments: [Glob]
    package var gates: [PromotionGate]
    /// `nil`: nobody needs to agree.
    package var approvals: Approvals?
    /// Empty: at any time.
    package var windows: [ChangeWindow]

    package struct Approvals: Sendable, Equatable {
        /// How many people, none of whom asked for the promotion.
        package var count: Int64
        /// One of these the approving token must have; empty: any that may approve.
        package var roles: [Role]
        package var validFor: Duration
    }

    package func applies(deployment: String, environment: String) -> Bool {
        deployments.contains { $0.matches(deployment) } && environments.contains { $0.matches(environment) }
    }
}

package enum PromotionGate: Sendable, Equatable {
    /// The version's own behaviour in another environment.
    case metric(Metric, environment: String, window: Duration, bound: Bound, minimumSample: Int64)
    /// The latest result of an evaluation that was attached to the version.
    case evaluation(String, bound: Bound, maximumAge: Duration?)
    /// No finding that is open about the version, in any environment.
    case noFindings(criticalOnly: Bool)
    /// A model card with these fields.
    case card([String])
    /// Neither deprecated nor past its end of life.
    case supported
    /// At most this much of a budget is spent, in percent.
    case budget(String, atMostPercent: Double)
    /// The latest audit of the version by a bias policy passed.
    case audit(String, maximumAge: Duration?)

    package enum Bound: Sendable, Equatable {
        case atMost(Double)
        case atLeast(Double)

        package var value: Double {
            switch self {
            case .atMost(let value), .atLeast(let value): value
            }
        }

        /// Not a number holds for neither.
        package func holds(_ value: Double) -> Bool {
            switch self {
            case .atMost(let limit): value <= limit
            case .atLeast(let limit): value >= limit
            }
        }
    }
}

/// Days and hours in which changes may be made.
package struct ChangeWindow: Sendable, Equatable {
    /// 0 is Monday.
    package var days: Set<Int>
    /// Minutes of the day, the end exclusive.
    package var minutes: Range<Int64>
    package var utcOffsetMinutes: Int64

    package init(days: Set<Int>, minutes: Range<Int64>, utcOffsetMinutes: Int64) {
        self.days = days
        self.minutes = minutes
        self.utcOffsetMinutes = utcOffsetMinutes
    }

    package func contains(_ time: Timestamp) -> Bool {
        let local = time.minute + utcOffsetMinutes
        let day = floorDivide(local, 1440)
        // 1970-01-01 was a Thursday.
        let weekday = Int(((day + 3) % 7 + 7) % 7)
        return days.contains(weekday) && minutes.contains(local - day * 1440)
    }
}

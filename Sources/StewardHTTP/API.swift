import StewardAnalysis
import StewardGovernance
import StewardIntake
import StewardMetrics
import StewardModel
import StewardPolicy
import StewardStore
import StewardWire

/// Everything the HTTP routes reach: the rooms behind them and a few facts about the process.
package struct API: Sendable {
    package struct Facts: Sendable {
        package var version: String
        package var started: Timestamp
        package var isDemo: Bool
        package var durability: String
        /// Folder of the dashboard's files; `nil` when there is none.
        package var dashboards: String?
        /// Whether `/metrics` may be read without a token.
        package var metricsArePublic: Bool
        package var metricsSeriesLimit: Int
        /// Largest body accepted, as sent and after decompression.
        package var bodyLimitBytes: Int

        package init(
            version: String, started: Timestamp, isDemo: Bool, durability: String, dashboards: String?,
            metricsArePublic: Bool, metricsSeriesLimit: Int, bodyLimitBytes: Int
        ) {
            self.version = version
            self.started = started
            self.isDemo = isDemo
            self.durability = durability
            self.dashboards = dashboards
            self.metricsArePublic = metricsArePublic
            self.metricsSeriesLimit = metricsSeriesLimit
            self.bodyLimitBytes = bodyLimitBytes
        }
    }

    package var facts: Facts
    package var store: Store
    package var intake: Intake
    package var governor: Governor
    package var policyGuard: PolicyGuard
    package var book: PolicyBook
    /// Reads the policy files again; says whether anything changed.
    package var reloadPolicies: @Sendable (Actor) async throws -> Bool
    package var watch: LiveWatch
    package var rollouts: RolloutControl
    package var biasAuditor: BiasAuditor
    package var promotions: PromotionControl
    package var experiments: ExperimentControl
    package var prices: PriceCatalogue
    package var repricing: Repricing
    package var budgets: BudgetOffice
    package var retention: RetentionControl
    package var loops: LoopLog
    /// Which deployment and version a span belongs to.
    package var spanRules: SpanAttribution
    package var codec: PayloadCodec
    package var now: @Sendable () -> Timestamp
    /// Bytes from a cryptographic source.
    package var random: @Sendable (Int) -> [UInt8]
    /// Resident memory of the process in bytes, where the system says it.
    package var residentBytes: @Sendable () -> Int64?

    package init(
        facts: Facts, store: Store, intake: Intake, governor: Governor, policyGuard: PolicyGuard,
        book: PolicyBook, reloadPolicies: @Sendable @escaping (Actor) async throws -> Bool, watch: LiveWatch,
        rollouts: RolloutControl, promotions: PromotionControl, experiments: ExperimentControl,
        biasAuditor: BiasAuditor, prices: PriceCatalogue, repricing: Repricing, budgets: BudgetOffice,
        retention: RetentionControl, loops: LoopLog, spanRules: SpanAttribution, codec: PayloadCodec,
        now: @Sendable @escaping () -> Timestamp, random: @Sendable @escaping (Int) -> [UInt8],
        residentBytes: @Sendable @escaping () -> Int64?
    ) {
        self.facts = facts
        self.store = store
        self.intake = intake
        self.governor = governor
        self.policyGuard = policyGuard
        self.book = book
        self.reloadPolicies = reloadPolicies
        self.watch = watch
        self.rollouts = rollouts
        self.biasAuditor = biasAuditor
        self.promotions = promotions
        self.experiments = experiments
        self.prices = prices
        self.repricing = repricing
        self.budgets = budgets
        self.retention = retention
        self.loops = loops
        self.spanRules = spanRules
        self.codec = codec
        self.now = now
        self.random = random
        self.residentBytes = residentBytes
    }
}

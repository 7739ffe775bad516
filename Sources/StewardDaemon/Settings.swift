import StewardPolicy

/// How the daemon runs, each value with where it came from.
package struct Settings: Sendable, Equatable {
    /// Folder of the store, the keys and the audit log.
    package var data = "./data"
    package var listen = ListenAddress(host: "127.0.0.1", port: 8080)
    /// Folder of the dashboard's files.
    package var dashboards = "./dashboards"
    /// Folder of policies and price lists.
    package var policies = "./policies"
    package var logLevel = LogLevel.info
    /// What may wait for the store before intake answers 503.
    package var intakeQueueBytes: Int64 = 64 << 20
    /// The largest request body, after decompression.
    package var intakeBodyLimitBytes: Int64 = 32 << 20
    package var intakeEventLimitBytes: Int64 = 1 << 20
    /// How far ahead of this machine's clock an event's time may be.
    package var intakeFutureTolerance = Duration.seconds(600)
    /// How late an event may come; `nil`: at any time.
    package var intakeLateLimit: Duration?
    /// A YAML file of rules that say which deployment and version an OpenTelemetry span belongs to.
    package var intakeSpanRules: String?
    package var storeDurability = Durability.full
    /// Memory for pages of the store.
    package var storeCacheBytes: Int64 = 16 << 20
    /// Free space of the data folder's disk below which intake refuses events; the rest goes on.
    package var storeMinimumFreeBytes: Int64 = 256 << 20
    /// How long events are kept, and rollups by the minute and by the hour, and how much room all may take; `nil`:
    /// without end.
    package var retentionEvents: Duration?
    package var retentionMinutes: Duration?
    package var retentionHours: Duration?
    package var retentionSizeBytes: Int64?
    /// How often policies are evaluated.
    package var governanceInterval = Duration.seconds(2)
    /// Whether `/metrics` needs no token, whatever the address.
    package var metricsArePublic = false
    /// How many series `/metrics` may show before new ones are counted as `other`.
    package var metricsSeriesLimit: Int64 = 10_000
    /// The name of the audit log in its checkpoints; `nil`: made at the first start.
    package var auditOrigin: String?

    /// Where each value came from; a key that is not in here has its default.
    package var sources: [Key: Source] = [:]
    /// What looks like a mistake but stops nothing.
    package var warnings: [String] = []

    package init() {}

    /// The settings by their public names: a flag `--data`, a variable `STEWARD_DATA`, a line `data: …` of the file.
    package enum Key: String, Sendable, CaseIterable {
        case data, listen, dashboards, policies
        case logLevel = "log.level"
        case intakeQueueBytes = "intake.queue_bytes"
        case intakeBodyLimit = "intake.body_limit"
        case intakeEventLimit = "intake.event_limit"
        case intakeFutureTolerance = "intake.future_tolerance"
        case intakeLateLimit = "intake.late_limit"
        case intakeSpanRules = "intake.span_rules"
        case storeDurability = "store.durability"
        case storeCache = "store.cache"
        case storeMinimumFree = "store.minimum_free"
        case retentionEvents = "retention.events"
        case retentionMinutes = "retention.minutes"
        case retentionHours = "retention.hours"
        case retentionSize = "retention.size"
        case governanceInterval = "governance.interval"
        case metricsPublic = "metrics.public"
        case metricsSeriesLimit = "metrics.series_limit"
        case auditOrigin = "audit.origin"

        /// `STEWARD_INTAKE_QUEUE_BYTES` for `intake.queue_bytes`.
        package var environmentName: String {
            "STEWARD_" + String(rawValue.uppercased().map { $0 == "." ? "_" : $0 })
        }
    }

    package enum Source: Sendable, Equatable, CustomStringConvertible {
        case standard
        case file(path: String, line: Int)
        case environment(String)
        case flag(String)

        package var description: String {
            switch self {
            case .standard: "default"
            case .file(let path, let line): "\(path):\(line)"
            case .environment(let name): name
            case .flag(let name): "--\(name)"
            }
        }
    }

    package func source(of key: Key) -> Source { sources[key] ?? .standard }

    /// Reads one value; a mismatch leaves the settings as they were.
    mutating func set(_ key: Key, to node: YAMLNode) throws(Mismatch) {
        switch key {
        case .data: data = try FieldType.text.read(node)
        case .listen: listen = try FieldType.listenAddress.read(node)
        case .dashboards: dashboards = try FieldType.text.read(node)
        case .policies: policies = try FieldType.text.read(node)
        case .logLevel: logLevel = try FieldType.choice().read(node)
        case .intakeQueueBytes: intakeQueueBytes = try FieldType.bytes(in: 1 << 20...1 << 36).read(node)
        case .intakeBodyLimit: intakeBodyLimitBytes = try FieldType.bytes(in: 1 << 10...1 << 32).read(node)
        case .intakeEventLimit: intakeEventLimitBytes = try FieldType.bytes(in: 1 << 10...1 << 30).read(node)
        case .intakeFutureTolerance:
            intakeFutureTolerance = try FieldType.duration(in: .zero ... .seconds(7 * 86_400)).read(node)
        case .intakeLateLimit:
            intakeLateLimit = try FieldType.limit(in: .seconds(60) ... .seconds(Self.century)).read(node)
        case .intakeSpanRules: intakeSpanRules = try FieldType.text.read(node)
        case .storeDurability: storeDurability = try FieldType.choice().read(node)
        case .storeCache: storeCacheBytes = try FieldType.bytes(in: 1 << 20...1 << 36).read(node)
        case .storeMinimumFree: storeMinimumFreeBytes = try FieldType.bytes(in: 0...1 << 44).read(node)
        case .retentionEvents: retentionEvents = try Self.age(days: 1).read(node)
        case .retentionMinutes: retentionMinutes = try Self.age(days: 30).read(node)
        case .retentionHours: retentionHours = try Self.age(days: 60).read(node)
        case .retentionSize: retentionSizeBytes = try FieldType.sizeLimit(in: 64 << 20...1 << 50).read(node)
        case .governanceInterval:
            governanceInterval = try FieldType.duration(in: .milliseconds(100) ... .seconds(3600)).read(node)
        case .metricsPublic: metricsArePublic = try FieldType.bool.read(node)
        case .metricsSeriesLimit: metricsSeriesLimit = try FieldType.integer(in: 1...1_000_000).read(node)
        case .auditOrigin: auditOrigin = try FieldType.origin.read(node)
        }
    }

    static let unlimited = "unlimited"
    private static let century: Int64 = 100 * 365 * 86_400

    /// An age in days; minutes are kept for what the watch over the last 28 days reads again at a start.
    private static func age(days: Int64) -> FieldType<Duration?> {
        FieldType.limit(in: .seconds(days * 86_400) ... .seconds(century))
    }

    /// A value as it could stand in the file.
    package func text(of key: Key) -> String {
        switch key {
        case .data: data
        case .listen: listen.description
        case .dashboards: dashboards
        case .policies: policies
        case .logLevel: logLevel.rawValue
        case .intakeQueueBytes: ByteSizeText.format(intakeQueueBytes)
        case .intakeBodyLimit: ByteSizeText.format(intakeBodyLimitBytes)
        case .intakeEventLimit: ByteSizeText.format(intakeEventLimitBytes)
        case .intakeFutureTolerance: DurationText.format(intakeFutureTolerance)
        case .intakeLateLimit: intakeLateLimit.map(DurationText.format) ?? Self.unlimited
        case .intakeSpanRules: intakeSpanRules ?? "(service name and model)"
        case .storeDurability: storeDurability.rawValue
        case .storeCache: ByteSizeText.format(storeCacheBytes)
        case .storeMinimumFree: ByteSizeText.format(storeMinimumFreeBytes)
        case .retentionEvents: retentionEvents.map(DurationText.format) ?? Self.unlimited
        case .retentionMinutes: retentionMinutes.map(DurationText.format) ?? Self.unlimited
        case .retentionHours: retentionHours.map(DurationText.format) ?? Self.unlimited
        case .retentionSize: retentionSizeBytes.map(ByteSizeText.format) ?? Self.unlimited
        case .governanceInterval: DurationText.format(governanceInterval)
        case .metricsPublic: String(metricsArePublic)
        case .metricsSeriesLimit: String(metricsSeriesLimit)
        case .auditOrigin: auditOrigin ?? "(made at the first start)"
        }
    }

    /// The effective settings as an aligned table: setting, value, source.
    package var table: String {
        let rows =
            [["setting", "value", "source"]]
            + Key.allCases.map { [$0.rawValue, text(of: $0), source(of: $0).description] }
        let widths = (0..<2).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return cells.joined(separator: "  ") + "  " + row[2] + "\n"
        }.joined()
    }
}

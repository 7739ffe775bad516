import Foundation
import Logging
import ServiceLifecycle
import StewardAnalysis
import StewardGovernance
import StewardHTTP
import StewardIntake
import StewardMetrics
import StewardModel
import StewardPolicy
import StewardStore
import StewardWire
import UnixSignals

/// The composition root: opens the folder, wires the rooms together, runs the services. No logic lives here.
package struct Daemon {
    package static let version = "0.1.0"

    package var settings: Settings
    package var isDemo: Bool
    /// Lines for the person who started the daemon.
    package var announce: @Sendable (String) -> Void

    package init(settings: Settings, isDemo: Bool, announce: @Sendable @escaping (String) -> Void) {
        self.settings = settings
        self.isDemo = isDemo
        self.announce = announce
    }

    /// Runs until SIGINT or SIGTERM; all that was acknowledged before is stored then.
    ///
    /// - Throws: ``StewardError`` when a setting, a policy or the data folder does not allow a start.
    package func run() async throws {
        let logger = makeLogger()
        for warning in settings.warnings { logger.warning("\(warning)") }
        let files = try PolicyFiles(folder: settings.policies)
        if files.policies.entries.isEmpty { logger.warning("no policy is loaded, so nothing is judged") }
        if files.prices.models == 0 { logger.warning("no price is loaded, so no event has a cost") }
        let folder = try DataFolder(settings.data)
        let lock = try folder.lock()
        let store = try Store(folder: folder.path, configuration: storeConfiguration)
        let governor = try await Governor(
            store: store, signer: folder.signer(origin: settings.auditOrigin, random: Live.random), now: Live.now)
        try await governor.perform(.note(.daemonStarted(version: Self.version)), by: .daemon)
        let book = PolicyBook(files.policies, governor: governor, now: Live.now) { [settings] in
            try PolicyFiles(folder: settings.policies).policies
        }
        try await book.recordStart()

        let codec = PayloadCodec()
        let repricing = Repricing(store: store, prices: files.prices, codec: codec)
        let arePricesNew = governor.state.pricesDigest != "sha256:" + files.prices.digest
        try await governor.perform(
            .loadPrices(
                digest: "sha256:" + files.prices.digest, version: files.prices.version,
                models: Int64(files.prices.models)), by: .daemon)
        let budgets = try await BudgetOffice(entries: files.policies.budgetEntries, store: store, now: Live.now)
        let intake = Intake(
            store: store, prices: files.prices, groups: files.policies.groupPlan,
            declared: files.policies.signalDeclarations, codec: codec, limits: intakeLimits,
            counters: RuntimeCounters(), now: Live.now, makeID: Live.eventID,
            notify: { $0.log(to: logger) }, onCommit: budgets.record)
        let policyGuard = PolicyGuard(
            policies: { book.policies }, governor: governor, budget: { name in budgets.percentSpent(of: name) },
            now: Live.now)
        let watch = LiveWatch(store: store)
        let biasAuditor = BiasAuditor(
            policies: { book.policies }, governor: governor, evidence: .init(store: store), now: Live.now)
        let hooks = HookDesk(
            policies: { book.policies }, key: HookSender.key, now: Live.now, send: HookSender.send)
        let notifier = HookNotifier(
            policies: { book.policies }, start: governor.state.size, key: HookSender.key,
            read: { from, limit in try await store.leaves(from: from, limit: limit).map { try Record(leaf: $0) } },
            now: Live.now, wait: { try? await Task.sleep(for: $0) }, send: HookSender.send)
        let rollouts = RolloutControl(
            governor: governor, policies: { book.policies }, measurer: RolloutMeasurer(store: store),
            gate: { rollout in
                try await biasAuditor.requirement(
                    deployment: rollout.deployment, environment: rollout.environment, version: rollout.version)
            }, hooks: hooks, now: Live.now)
        let policyDesk = PolicyDesk(book: book, intake: intake, budgets: budgets)
        let gateReader = WindowReader(store: store)
        let promotions = PromotionControl(
            governor: governor, policies: { book.policies },
            measure: { series, metric, span in
                let window = SeriesWindow(series: series, from: Live.now() - span, until: Live.now())
                return metric.measure(
                    try await gateReader.read([window])[window] ?? RollupCell(), try await store.scores([metric]))
            }, budget: { name in budgets.percentSpent(of: name) }, now: Live.now)
        let experiments = ExperimentControl(
            governor: governor, sources: ExperimentControl.Sources(store: store),
            gates: { request, actor in
                try await promotions.require(request, by: actor)
                let audits = try await biasAuditor.requirement(
                    deployment: request.deployment, environment: request.environment, version: request.version)
                if let audits { try await governor.perform(audits, by: actor) }
            }, count: { intake.count(requests: $0) }, now: Live.now,
            seed: { Live.random(8).reduce(Int64(0)) { $0 << 8 | Int64($1) } })
        let retention = RetentionControl(rules: retentionRules, store: store, governor: governor, now: Live.now)
        let loops = LoopLog()
        let api = API(
            facts: facts, store: store, intake: intake, governor: governor, policyGuard: policyGuard,
            book: book, reloadPolicies: { try await policyDesk.reload(by: $0) }, watch: watch,
            rollouts: rollouts, promotions: promotions, experiments: experiments, biasAuditor: biasAuditor,
            prices: files.prices, repricing: repricing, budgets: budgets, retention: retention, loops: loops,
            spanRules: try spanRules(), codec: codec, now: Live.now, random: Live.random,
            residentBytes: Live.residentBytes)
        let server = HTTPServer.application(
            api, host: settings.listen.host, port: settings.listen.port, logger: quiet(logger)
        ) { [announce, settings] port in
            let address = "http://\(ListenAddress(host: settings.listen.host, port: port))"
            announce("listening on \(address)")
            await Self.greet(governor, address: address, announce: announce, logger: logger)
        }

        var services: [any Service] = [
            WriterService(intake: intake), DiskService(intake: intake, folder: folder.path),
            GuardService(
                policyGuard: policyGuard, rollouts: rollouts, experiments: experiments,
                reader: WindowReader(store: store),
                interval: settings.governanceInterval, loops: loops, logger: logger),
            WatchService(
                watch: watch, spend: SpendWatch(budgets: budgets, store: store), governor: governor, now: Live.now,
                loops: loops, logger: logger),
            HookService(notifier: notifier, governor: governor, logger: logger),
            BiasAuditService(auditor: biasAuditor, logger: logger),
            RegroupingService(
                regrouping: Regrouping(store: store, codec: codec), policies: { policyGuard.policies }, logger: logger),
            RetentionService(retention: retention, logger: logger),
            PolicyFilesService(desk: policyDesk, folder: settings.policies, logger: logger),
            BudgetService(
                budgets: budgets, governor: governor, interval: settings.governanceInterval, logger: logger),
        ]
        if arePricesNew {
            services.append(
                PriceArrivalService(
                    repricing: repricing, governor: governor, prices: files.prices, budgets: budgets,
                    logger: logger))
        }
        if isDemo { services.append(DemoService(intake: intake, governor: governor, logger: logger)) }
        services.append(server)
        do {
            try await ServiceGroup(
                configuration: .init(
                    services: services, gracefulShutdownSignals: [.sigint, .sigterm], logger: quiet(logger))
            ).run()
        } catch {
            throw HTTPServer.startFailure(error, address: settings.listen.description) ?? error
        }
        try store.close()
        _ = consume lock
    }

    /// Makes an admin token when there is none yet, so that somebody can log in. Only once the listener is bound: a
    /// start that fails must not leave a token that nobody has seen.
    private static func greet(
        _ governor: Governor, address: String, announce: @Sendable (String) -> Void, logger: Logger
    ) async {
        guard governor.state.tokens.isEmpty else { return }
        let (token, secret) = Token.make(name: "first-start", roles: [.admin], random: Live.random(Token.secretBytes))
        do {
            try await governor.perform(.createToken(token), by: .daemon)
        } catch {
            logger.error("the first token could not be stored", metadata: ["error": "\(error)"])
            return
        }
        announce("login: \(address)/#token=\(secret)")
        announce("This admin token is shown once; 'steward token create' makes others.")
    }

    private func spanRules() throws -> SpanAttribution {
        guard let path = settings.intakeSpanRules else { return SpanAttribution() }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw StewardError(.configuration, "cannot read \(path)", field: "intake.span_rules")
        }
        switch YAMLNode.parse(file: path, text: String(decoding: data, as: UTF8.self)) {
        case .failure(let problems): throw StewardError(.configuration, problems.description)
        case .success(let node): return try SpanAttribution(json: node.json)
        }
    }

    private var storeConfiguration: Store.Configuration {
        var configuration = Store.Configuration()
        configuration.durability = settings.storeDurability == .full ? .full : .process
        configuration.cacheBytes = Int(settings.storeCacheBytes)
        return configuration
    }

    private var intakeLimits: Intake.Limits {
        var limits = Intake.Limits()
        limits.queueBytes = Int(settings.intakeQueueBytes)
        limits.minimumFreeBytes = settings.storeMinimumFreeBytes
        limits.events.maximumEventBytes = Int(settings.intakeEventLimitBytes)
        limits.events.futureTolerance = settings.intakeFutureTolerance
        limits.events.lateLimit = settings.intakeLateLimit
        return limits
    }

    private var retentionRules: RetentionRules {
        RetentionRules(
            events: settings.retentionEvents, minutes: settings.retentionMinutes, hours: settings.retentionHours,
            size: settings.retentionSizeBytes)
    }

    private var facts: API.Facts {
        API.Facts(
            version: Self.version, started: Live.now(), isDemo: isDemo,
            durability: settings.storeDurability.rawValue, dashboards: settings.dashboards,
            metricsArePublic: settings.metricsArePublic || settings.listen.isLoopback,
            metricsSeriesLimit: Int(settings.metricsSeriesLimit), bodyLimitBytes: Int(settings.intakeBodyLimitBytes))
    }

    private func makeLogger() -> Logger {
        var logger = Logger(label: "steward") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = Logger.Level(rawValue: settings.logLevel.rawValue) ?? .info
        return logger
    }

    /// For libraries: they speak at debug only, and a request then costs no logging at all.
    private func quiet(_ logger: Logger) -> Logger {
        guard logger.logLevel > .debug else { return logger }
        return Logger(label: "steward") { _ in SwiftLogNoOpLogHandler() }
    }
}

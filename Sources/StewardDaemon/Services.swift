import Logging
import ServiceLifecycle
import StewardAnalysis
import StewardGovernance
import StewardIntake
import StewardModel
import StewardPolicy
import StewardStore

/// Commits what the intake queues; the last to stop, so that all that was taken in is stored.
struct WriterService: Service {
    let intake: Intake

    func run() async throws {
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await intake.write()
            } onGracefulShutdown: {
                intake.close()
            }
        } onCancel: {
            intake.close()
        }
    }
}

/// Tells the intake how much room the disk has, so that it refuses events before a commit would fail.
struct DiskService: Service {
    let intake: Intake
    let folder: String

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                if let free = Live.freeBytes(folder) { intake.observe(freeBytes: free) }
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }
}

extension Intake.Notice {
    func log(to logger: Logger) {
        switch self {
        case .commitsFail(let error):
            logger.error("events cannot be stored; senders are told to come again", metadata: ["reason": "\(error)"])
        case .commitsWork: logger.notice("events are stored again")
        case .diskNearlyFull(let bytes):
            logger.error(
                "the disk is nearly full; events are refused until there is room",
                metadata: ["free": "\(ByteSizeText.format(bytes))", "setting": "store.minimum_free"])
        case .diskHasRoom(let bytes):
            logger.notice("the disk has room again", metadata: ["free": "\(ByteSizeText.format(bytes))"])
        }
    }
}

/// Holds the policies against the rollups, again and again.
struct GuardService: Service {
    let policyGuard: PolicyGuard
    let rollouts: RolloutControl
    let experiments: ExperimentControl
    let reader: WindowReader
    let interval: Duration
    let loops: LoopLog
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await tick()
                try? await Task.sleep(for: interval)
            }
        }
    }

    private func tick() async {
        // Where one fails, its next tick tries again, and the others go on; a store that cannot be read is seen by
        // /readyz as well.
        await loops.run(.policies, logger) {
            try await policyGuard.tick { [reader] spans in
                let windows = spans.map { SeriesWindow(series: $0.series, from: $0.from, until: $0.until) }
                let cells = try await reader.read(Set(windows))
                let scores = try await reader.store.scores(spans.lazy.map(\.metric))
                return zip(spans, windows).map { $0.metric.measure(cells[$1] ?? RollupCell(), scores) }
            }
            return true
        }
        await loops.run(.rollouts, logger) {
            try await rollouts.tick()
            return true
        }
        await loops.run(.experiments, logger) {
            try await experiments.tick()
            return true
        }
    }
}

extension LoopLog {
    /// Runs one look, which says whether there was anything new to look at, and keeps how it went.
    fileprivate func run(_ loop: WatchLoop, _ logger: Logger, _ look: () async throws -> Bool) async {
        let start = ContinuousClock.now
        do {
            let hasLooked = try await look()
            note(loop, finished: Live.now(), after: hasLooked ? ContinuousClock.now - start : nil)
        } catch is CancellationError {
        } catch {
            noteFailure(loop)
            logger.error("a loop that watches failed", metadata: ["loop": "\(loop.rawValue)", "error": "\(error)"])
        }
    }
}

/// Watches the rollups minute by minute, and lets what it states become findings on record.
struct WatchService: Service {
    let watch: LiveWatch
    let spend: SpendWatch
    let governor: Governor
    let now: @Sendable () -> Timestamp
    let loops: LoopLog
    let logger: Logger

    /// Minutes settle once a minute; looking oftener keeps the delay short.
    private static let interval = Duration.seconds(5)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await loops.run(.detectors, logger, tick)
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    private func tick() async throws -> Bool {
        let due = governor.state.dueBaselines
        if !due.isEmpty { try await governor.perform(due.map { .note($0) }, by: .daemon) }
        let state = governor.state
        guard let report = try await watch.tick(now: now(), plan: { WatchPlan.subjects(state, seen: $0) }) else {
            return false
        }
        let spend = try await spend.detections(now: now())
        let watched = report.watched.union(spend.map(\.key.series))
        let commands = FindingCycle.commands(
            stated: report.detections + spend, resolutions: report.resolutions, governor.state
        ) { watched.contains($0) }
        if !commands.isEmpty { try await governor.perform(commands, by: Actor(.system, "watch")) }
        return true
    }
}

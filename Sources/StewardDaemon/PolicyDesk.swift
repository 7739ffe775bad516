import Foundation
import Logging
import ServiceLifecycle
import StewardGovernance
import StewardIntake
import StewardModel
import StewardPolicy
import Synchronization

/// Puts policy files that changed in force, wherever policies are used.
struct PolicyDesk: Sendable {
    let book: PolicyBook
    let intake: Intake
    let budgets: BudgetOffice

    /// - Returns: whether anything changed.
    func reload(by actor: Actor) async throws -> Bool {
        try await book.reload(by: actor) { new, old in
            intake.count(groups: new.groupPlan, declared: new.signalDeclarations)
            if new.budgetEntries.map(\.digest) != old.budgetEntries.map(\.digest) {
                try await budgets.adopt(new.budgetEntries)
            }
        }
    }
}

/// Looks for changed files, so that an edit is in force a few seconds later.
struct PolicyFilesService: Service {
    let desk: PolicyDesk
    let folder: String
    let logger: Logger

    private static let interval = Duration.seconds(2)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var seen = PolicyFiles.state(of: folder)
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.interval)
                let state = PolicyFiles.state(of: folder)
                guard state != seen else { continue }
                seen = state
                await reload()
            }
        }
    }

    private func reload() async {
        do {
            guard try await desk.reload(by: .daemon) else { return }
            logger.notice("changed policies are in force", metadata: ["digest": "\(desk.book.policies.digest)"])
        } catch {
            let reason = (error as? StewardError)?.message ?? "\(error)"
            logger.error("the policies stay as they were: a changed file is wrong", metadata: ["problems": "\(reason)"])
        }
    }
}

extension PolicyFiles {
    /// What tells changed files from those that were read: names, sizes and times.
    static func state(of folder: String) -> [String] {
        let manager = FileManager.default
        return ((try? paths(folder)) ?? []).filter { !$0.hasPrefix("prices/") }.map { path in
            let attributes = try? manager.attributesOfItem(atPath: folder + "/" + path)
            let size = (attributes?[.size] as? NSNumber)?.int64Value ?? -1
            let changed = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
            return "\(path) \(size) \(changed)"
        }
    }
}

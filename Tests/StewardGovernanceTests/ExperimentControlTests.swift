import StewardModel
import StewardPolicy
import StewardStore
import Synchronization
import Testing

@testable import StewardGovernance

/// Experiments from tick to tick on a real governor: who ends them, past which gates, and what is counted meanwhile.
struct ExperimentControlTests {
    /// What the control reaches, moved by a test.
    final class Around: Sendable {
        struct State {
            var counts = [ArmCounts](repeating: ArmCounts(events: 0, primary: Tally()), count: 2)
            var seconds: Int64 = 600_000
            var isRefused = false
            var asked: [String] = []
            var requests: [GroupRequest] = []
        }
        let state = Mutex(State())

        func add(_ hits: [Int64], of trials: [Int64]) {
            state.withLock { state in
                for arm in state.counts.indices {
                    state.counts[arm].events += trials[arm]
                    state.counts[arm].primary = state.counts[arm].primary + Tally(hits: hits[arm], trials: trials[arm])
                }
            }
        }
        var now: Timestamp { Timestamp(seconds: state.withLock { $0.seconds }) }
        var counts: [ArmCounts] { state.withLock { $0.counts } }
    }

    private func withControl(
        _ design: Experiment.Design, _ body: (ExperimentControl, Governor, Around, String) async throws -> Void
    ) async throws {
        let folder = try Folder()
        let store = try Store(folder: folder.path)
        let around = Around()
        let governor = try await Governor(store: store, signer: GovernorTests.signer()) { around.now }
        let ada = Actor(.person, "ada")
        for version in ["v1", "v2"] {
            try await governor.perform(
                .registerVersion(deployment: "bot", name: version, digest: "sha256:\(version)"), by: ada)
        }
        try await governor.perform(
            .promote(deployment: "bot", environment: "production", version: "v1", reason: nil), by: ada)
        let control = ExperimentControl(
            governor: governor,
            sources: .init(
                totals: { _, _, _ in around.counts }, minutes: { _, _ in around.counts },
                segments: { _, _, _, _ in SegmentCounts() }),
            gates: { request, actor in
                try around.state.withLock { state in
                    state.asked.append("\(request.version) \(actor.name)")
                    if state.isRefused { throw StewardError(.refused, "approvals: 0 of 1", field: "version") }
                }
            }, count: { requests in around.state.withLock { $0.requests = requests } }, now: { around.now },
            seed: { 42 })
        let started = try await control.start(
            deployment: "bot", environment: "production", design: design, reason: nil, by: ada)
        try await body(control, governor, around, started.experiment.id)
        try store.close()
    }

    private func design(_ ending: Experiment.Ending, most: Int64? = nil) -> Experiment.Design {
        var design = ExperimentTests.design(plan: most.map { Experiment.Plan(maximumSample: $0, looks: 2) })
        design.ending = ending
        return design
    }

    private func serving(_ governor: Governor) -> [Target] {
        governor.state.deployments["bot"]?.routes["production"]?.targets ?? []
    }

    @Test func aWinnerIsPromotedPastTheGatesWhereTheDesignSaysSo() async throws {
        try await withControl(design(.promote)) { control, governor, around, id in
            around.add([400, 200], of: [4000, 4000])
            try await control.tick()
            #expect(serving(governor) == [Target(version: "v2", weight: 100)])
            #expect(around.state.withLock { $0.asked } == ["v2 prompt"], "its own rule asked the gates")
            let ended = try governor.state.experiment(id)
            #expect(ended.phase == .concluded && ended.outcome == "v2" && ended.verdict?.version == "v2")
            #expect(ended.closing?.counts == around.counts && ended.looks.count == 1)
        }
    }

    @Test func aGateThatRefusesLeavesItDecidedUntilItPasses() async throws {
        try await withControl(design(.promote)) { control, governor, around, id in
            around.state.withLock { $0.isRefused = true }
            around.add([400, 200], of: [4000, 4000])
            try await control.tick()
            try await control.tick()
            #expect(try governor.state.experiment(id).phase == .decided)
            #expect(serving(governor).count == 2)
            #expect(around.state.withLock { $0.asked.count } == 1, "asking goes on record: not at every tick")
            around.state.withLock { $0.isRefused = false }
            try await control.tick()
            #expect(try governor.state.experiment(id).phase == .decided)
            let ada = Actor(.person, "ada")
            try await governor.perform(
                .requestApproval(
                    deployment: "bot", environment: "production", version: "v2", reason: nil, by: ada), by: ada)
            let request = try #require(governor.state.approvals.keys.first)
            try await governor.perform(
                .answerApproval(
                    id: request, approve: true, reason: nil, by: Actor(.person, "bob"), roles: [.operator]),
                by: Actor(.person, "bob"))
            try await control.tick()
            #expect(try governor.state.experiment(id).phase == .concluded, "somebody approved, so it asks again")
        }
    }

    @Test func aGateThatRefusedIsAskedAgainAfterAnHour() async throws {
        try await withControl(design(.promote)) { control, governor, around, id in
            around.state.withLock { $0.isRefused = true }
            around.add([400, 200], of: [4000, 4000])
            try await control.tick()
            around.state.withLock { state in
                state.isRefused = false
                state.seconds += 3600
            }
            try await control.tick()
            #expect(try governor.state.experiment(id).phase == .concluded)
        }
    }

    @Test func withoutAWinnerEverybodyGoesBack() async throws {
        try await withControl(design(.promote, most: 4000)) { control, governor, around, id in
            around.add([200, 201], of: [2000, 2000])
            try await control.tick()
            let ended = try governor.state.experiment(id)
            #expect(ended.verdict?.kind == .noDifference && ended.phase == .concluded && ended.outcome == nil)
            #expect(serving(governor) == [Target(version: "v1", weight: 100)])
            #expect(around.state.withLock { $0.asked }.isEmpty, "going back asks nobody")
        }
    }

    @Test func aDecisionIsHeldForAPersonUnlessTheDesignSaysOtherwise() async throws {
        try await withControl(design(.hold)) { control, governor, around, id in
            around.add([400, 200], of: [4000, 4000])
            try await control.tick()
            try await control.tick()
            #expect(try governor.state.experiment(id).phase == .decided)
            #expect(serving(governor).count == 2)
            let experiment = try governor.state.experiment(id)
            around.state.withLock { $0.isRefused = true }
            await #expect(throws: StewardError.self) {
                try await control.conclude(experiment, version: "v2", reason: nil, by: Actor(.person, "bob"))
            }
            let ended = try await control.conclude(experiment, version: nil, reason: nil, by: Actor(.person, "bob"))
            #expect(ended.phase == .concluded && ended.ending?.actor.name == "bob")
            #expect(serving(governor) == [Target(version: "v1", weight: 100)])
        }
    }

    @Test func aFrozenRouteKeepsItsSplitAfterTheVerdict() async throws {
        try await withControl(design(.promote)) { control, governor, around, id in
            try await governor.perform(
                .freeze(deployment: "bot", environment: "production", reason: nil, decision: nil),
                by: Actor(.person, "ada"))
            around.add([400, 200], of: [4000, 4000])
            try await control.tick()
            #expect(try governor.state.experiment(id).phase == .decided)
            #expect(serving(governor).count == 2)
        }
    }

    @Test func whatAnotherChangeEndedIsClosedAtTheNextTick() async throws {
        try await withControl(design(.hold)) { control, governor, around, id in
            around.add([9, 9], of: [100, 100])
            try await governor.perform(
                .rollback(deployment: "bot", environment: "production", version: nil, reason: nil, decision: nil),
                by: Actor(.person, "ada"))
            try await control.tick()
            around.add([0, 4000], of: [5000, 5000])
            try await control.tick()
            let ended = try governor.state.experiment(id)
            #expect(ended.phase == .superseded && ended.verdict == nil)
            #expect(try await control.readOut(ended)?.observations == 200)
        }
    }

    @Test func weightsFollowTheOutcomeFromTickToTick() async throws {
        var design = design(.hold)
        design.allocation = .init(floor: 0.1, interval: .seconds(3600))
        design.minimumSample = 1_000_000
        try await withControl(design) { control, governor, around, id in
            around.add([60, 20], of: [400, 400])
            try await control.tick()
            #expect(try governor.state.experiment(id).periods.isEmpty, "not before its time")
            around.state.withLock { $0.seconds += 3600 }
            try await control.tick()
            let moved = try governor.state.experiment(id)
            #expect(moved.weights == [100, 900] && moved.periods.count == 1)
            #expect(serving(governor).map(\.version) == ["v2", "v1"])
            try await control.tick()
            #expect(try governor.state.experiment(id).periods.count == 1)
        }
    }

    @Test func segmentsAreCountedWhileItRunsAndNoLonger() async throws {
        var design = design(.hold)
        design.segments = ["plan"]
        try await withControl(design) { control, governor, around, id in
            let request = GroupRequest(deployment: "bot", environment: "production", attribute: "plan")
            #expect(around.state.withLock { $0.requests } == [request])
            _ = try await control.conclude(
                try governor.state.experiment(id), version: nil, reason: nil, by: Actor(.person, "ada"))
            try await control.tick()
            #expect(around.state.withLock { $0.requests }.isEmpty)
        }
    }
}

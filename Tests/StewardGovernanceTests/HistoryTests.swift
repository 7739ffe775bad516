import Foundation
import StewardModel
import StewardPolicy
import StewardStore
import Synchronization
import Testing

@testable import StewardGovernance

/// Who was served what at a time, and who decided that: for ever, however long that is.
struct HistoryTests {
    @Test func everyPartOfAnAnswerIsThatOfTheTime() throws {
        var lane = try RolloutLane()
        let started = lane.now
        try lane.goodMinutes(2)
        let second = lane.now
        try lane.ask(.abort)
        let aborted = lane.now
        lane.world.seconds += 100
        let plan = RoutePlan(
            targets: [Target(version: "v1", weight: 1)],
            rules: [TargetingRule(name: "gold", conditions: [], version: "v3")],
            stickyBy: .field("team"), shadow: Shadow(version: "v2", percentage: 100))
        try lane.world.perform(
            .setRoute(deployment: "bot", environment: "production", plan: plan, reason: "gold"),
            by: Actor(.person, "eve"))
        let ruled = lane.now
        try lane.world.perform(.disable(deployment: "bot", environment: "production", reason: nil))
        try lane.world.perform(.freeze(deployment: "bot", environment: "production", reason: nil, decision: nil))
        let off = lane.now
        try lane.world.perform(.enable(deployment: "bot", environment: "production", reason: nil))
        try lane.world.perform(.unfreeze(deployment: "bot", environment: "production", reason: nil))
        try lane.world.perform(
            .startExperiment(
                ExperimentStart(
                    deployment: "bot", environment: "production", design: ExperimentTests.design(),
                    counts: ExperimentTests.counts([(0, 0), (0, 0)]), reason: nil), by: Actor(.person, "ada")))
        let compared = lane.now
        try lane.world.promote("v3")

        let bot = try #require(lane.world.state.deployments["bot"])
        func served(_ time: Timestamp) -> Served? { bot.served(at: time).first }
        #expect(bot.served(at: Timestamp(seconds: 1)).isEmpty)
        let first = try #require(served(started))
        #expect(first.rollout?.step == 0 && first.rollout?.phase == .waiting && first.rollout?.startedBy == "ada")
        let later = try #require(served(second))
        #expect(later.rollout?.step == 1 && later.rollout?.phase == .progressing)
        #expect(later.change.plan.targets.first?.weight == 25 && later.record.actor.kind == .policy)
        let over = try #require(served(aborted))
        #expect(over.rollout == nil && over.change.plan == RoutePlan(only: "v1"))
        let special = try #require(served(ruled))
        #expect(special.change.plan == plan && special.record.actor.name == "eve" && !special.isDisabled)
        let dark = try #require(served(off))
        #expect(dark.isDisabled && dark.isFrozen && dark.until != nil)
        let split = try #require(served(compared))
        #expect(split.experiment?.design.name == "prompt" && !split.isDisabled && !split.isFrozen)
        let now = try #require(served(lane.now))
        #expect(now.experiment == nil && now.until == nil && now.change.plan.mainVersion == "v3")
    }

    /// At every record, what is told of the past is what the state was then.
    @Test func thePastIsToldAsItWas() throws {
        var lane = try RolloutLane(
            RolloutLane.policyText.replacing("weight: 25,", with: "weight: 25, approval: true,"))
        try lane.goodMinutes(2)
        try lane.ask(.approve, by: "grace")
        try lane.goodMinutes(1)
        try lane.ask(.pause)
        try lane.world.perform(.disable(deployment: "bot", environment: "production", reason: nil))
        try lane.ask(.resume)
        try lane.world.promote("v3")
        try lane.start(try RolloutLane.policy(), retry: true)
        try lane.world.rollback()
        let bot = try #require(lane.world.state.deployments["bot"])
        var state = GovernanceState()
        for (record, next) in zip(lane.world.records, lane.world.records.dropFirst().map(Optional.some) + [nil]) {
            state.apply(record)
            guard next?.time != record.time, let route = state.deployments["bot"]?.routes["production"] else {
                continue
            }
            let served = try #require(bot.served(at: record.time).first)
            #expect(served.change.plan == route.plan && served.record.sequence == route.record)
            #expect(served.isDisabled == route.disabled && served.isFrozen == route.frozen)
            #expect(served.rollout == state.activeRollout("bot", "production"))
        }
    }

    @Test func piecesMakeOneList() {
        var list = RecordList()
        for number in 0..<1000 {
            list.append(
                Record(
                    sequence: Int64(number), time: Timestamp(seconds: Int64(number / 3)), actor: .daemon,
                    change: .deploymentCreated("d")))
        }
        #expect(list.map(\.sequence) == Array(0..<1000))
        #expect(list.reversed().first?.sequence == 999)
        for seconds: Int64 in [-1, 0, 85, 333, 400] {
            #expect(list.count(until: Timestamp(seconds: seconds)) == list.count { $0.time.seconds <= seconds })
        }
    }

    /// Many changes of one route, a start from the log, and a question about its middle. More of them:
    /// STEWARD_HISTORY_CHANGES; STEWARD_HISTORY_FOLDER keeps the store to start a daemon on.
    @Test func aLongHistoryIsReadAgainAndAnswered() async throws {
        let environment = ProcessInfo.processInfo.environment
        let changes = environment["STEWARD_HISTORY_CHANGES"].flatMap { Int($0) } ?? 2000
        let folder = try Folder()
        let path = environment["STEWARD_HISTORY_FOLDER"] ?? folder.path
        let clock = ContinuousClock()
        let store = try Store(folder: path)
        let time = Time()
        let governor = try await Governor(store: store, signer: GovernorTests.signer()) { time.next() }
        let ada = Actor(.person, "ada")
        for version in ["v1", "v2"] {
            try await governor.perform(
                .registerVersion(deployment: "bot", name: version, digest: "sha256:\(version)"), by: ada)
        }
        for start in stride(from: 0, to: changes, by: 100) {
            let commands = (start..<start + 100).map { number in
                Command.promote(
                    deployment: "bot", environment: "production", version: number % 2 == 0 ? "v1" : "v2",
                    reason: "number \(number)")
            }
            try await governor.perform(commands, by: ada)
        }
        let before = governor.state
        let one = try await clock.measure { try await governor.perform(.createDeployment("other"), by: ada) }
        try store.close()
        let reopened = try Store(folder: path)
        var again: Governor?
        let start = try await clock.measure {
            again = try await Governor(store: reopened, signer: GovernorTests.signer()) { time.next() }
        }
        let bot = try #require(again?.state.deployments["bot"])
        #expect(again?.state.deployments["bot"] == before.deployments["bot"])
        let middle = bot.history[bot.history.count / 2]
        var served: [Served] = []
        let asked = clock.measure { served = bot.served(at: middle.time) }
        #expect(served.first?.record.time == middle.time)
        print("\(changes) changes: one more \(one), a start \(start), a question \(asked)")
        try reopened.close()
    }

    /// A second for every transaction.
    private final class Time: Sendable {
        private let seconds = Mutex(Int64(1_000_000))
        func next() -> Timestamp {
            seconds.withLock { seconds in
                seconds += 1
                return Timestamp(seconds: seconds)
            }
        }
    }
}

import StewardModel
import StewardPolicy
import Testing

@testable import StewardGovernance

/// A rollout of v2 over v1 on the real state and engine, with a clock and counts that a test moves.
struct RolloutLane {
    var world: World
    var id = ""
    var counts: RolloutCounts
    var actions: [String] = []

    static let policyText = """
        kind: rollout
        name: canary
        steps:
          - {weight: 5, minimum_sample: 100, minimum_time: 1m}
          - {weight: 25, minimum_sample: 100, minimum_time: 1m}
          - {weight: 50, minimum_sample: 100, minimum_time: 1m}
        guards:
          - {metric: error_rate, above_stable: {difference: 0.01}}
        deadline: 1h
        cool_down: 10m
        """

    static func policy(_ text: String = policyText) throws -> RolloutPolicy {
        guard case .rollout(let policy) = try PolicyDocument.parse(file: "p.yaml", text: text).get() else {
            throw StewardError(.internal, "no rollout policy")
        }
        return policy
    }

    /// Starts at second 10 000, with counts of an earlier life that must not matter.
    init(_ text: String = policyText, thresholds: [Double?]? = nil, serving: [String] = ["v1"]) throws {
        world = try World.bot(serving: "v1")
        for version in serving.dropFirst() { try world.promote(version) }
        world.seconds = 10_000
        let policy = try Self.policy(text)
        let before = policy.plan.guards.map { _ in Tally(hits: 700, trials: 1000) }
        counts = RolloutCounts(events: 1000, canary: before, stable: before)
        try start(policy, thresholds: thresholds)
    }

    mutating func start(_ policy: RolloutPolicy, retry: Bool = false, thresholds: [Double?]? = nil) throws {
        let start = RolloutStart(
            deployment: "bot", environment: "production", version: "v2", policy: policy, policyDigest: "sha256:p",
            thresholds: thresholds ?? policy.plan.guards.map { _ in nil }, counts: counts, isRetry: retry,
            reason: nil)
        let changes = try world.perform(.startRollout(start, by: Actor(.person, "ada"), now: now))
        guard case .rolloutStarted(let rollout) = try #require(changes.first) else { return }
        id = rollout.id
    }

    var route: GovernanceState.Route? { world.state.deployments["bot"]?.routes["production"] }
    var lastRouteChange: RouteChange {
        let changes = world.state.deployments["bot"]!.history.reversed().lazy.compactMap { record in
            if case .routeChanged(let change) = record.change { change } else { nil as RouteChange? }
        }
        return changes.first!
    }
    var now: Timestamp { Timestamp(seconds: world.seconds) }
    var rollout: Rollout { world.state.rollouts[id]! }
    var phase: Rollout.Phase { rollout.phase }
    var weights: [String: Int64] {
        let targets = world.state.deployments["bot"]?.routes["production"]?.targets ?? []
        return Dictionary(uniqueKeysWithValues: targets.map { ($0.version, $0.weight) })
    }

    /// Requests that were served: of the new version and of the stable one, with their errors.
    mutating func serve(
        canary: (Int64, errors: Int64), stable: (Int64, errors: Int64) = (0, 0), guards: Range<Int>? = nil
    ) {
        counts.events += canary.0
        for index in guards ?? counts.canary.indices {
            counts.canary[index] = counts.canary[index] + Tally(hits: canary.errors, trials: canary.0)
            counts.stable[index] = counts.stable[index] + Tally(hits: stable.errors, trials: stable.0)
        }
    }

    func judge() -> RolloutJudgement {
        RolloutEngine.judge(rollout, counts, isFrozen: route?.frozen ?? false, now: now)
    }

    /// - Parameter hook: what webhooks answer, where any is asked.
    @discardableResult
    mutating func tick(after seconds: Int64 = 1, hook: HookDesk.Answer = .proceed) throws -> RolloutJudgement {
        world.seconds += seconds
        let judgement = judge()
        guard let action = judgement.action else { return judgement }
        let asked = rollout.step(begunBy: action)
        if asked != nil, case .wait = hook { return judgement }
        var command = Command.moveRollout(id: id, action, record: rollout.record, counts: counts)
        if let asked, case .answered(var answer) = hook {
            answer.step = asked
            command = .answerRollout(id: id, answer, record: rollout.record)
        }
        let changes = try world.perform(command, by: Actor(.policy, "canary"))
        actions += changes.map(\.action)
        return judgement
    }

    @discardableResult
    mutating func ask(_ request: RolloutRequest, by name: String = "ada") throws -> [Change] {
        let actor = Actor(.person, name)
        return try world.perform(.requestRollout(request, id: id, reason: nil, by: actor), by: actor)
    }

    /// Good traffic, minute by minute.
    mutating func goodMinutes(_ count: Int) throws {
        for _ in 0..<count {
            serve(canary: (200, errors: 2), stable: (2000, errors: 20))
            try tick(after: 61)
        }
    }
}

import StewardModel
import StewardPolicy

/// Holds a policy against the cases of its test file. Pure.
package enum PolicyTesting {
    package struct Failure: Sendable, Equatable {
        package var name: String
        package var message: String
    }

    /// - Returns: the cases that do not come out as expected; `nil` for a kind of policy that has no tests.
    package static func failures(_ document: PolicyDocument, _ file: PolicyTestFile) -> [Failure]? {
        let judge: (PolicyTestFile.Case) -> (said: String, reason: String)
        switch document {
        case .rollback(let policy):
            judge = { entry in
                let verdict = policy.evaluate(
                    current: measurement(entry.current), previous: entry.previous.map(measurement))
                return (verdict.verdict.rawValue, verdict.reason)
            }
        case .rollout(let policy): judge = { rollout(policy, $0) }
        case .promotion(let policy): judge = { promotion(policy, $0.version ?? PromotionTestCase()) }
        default: return nil
        }
        return file.cases.compactMap { entry in
            let answer = judge(entry)
            guard answer.said != entry.expectation.rawValue else { return nil }
            return Failure(
                name: entry.name,
                message: "expected \(entry.expectation.rawValue), but it says \(answer.said): \(answer.reason)")
        }
    }

    private static func measurement(_ sample: PolicyTestFile.Sample) -> Measurement {
        Measurement(value: sample.value, sampleSize: sample.sample)
    }

    /// The first step with its time gone by, and the same counts for every guard.
    private static func rollout(_ policy: RolloutPolicy, _ entry: PolicyTestFile.Case) -> (String, String) {
        func tally(_ sample: PolicyTestFile.Sample?) -> Tally {
            guard let sample, let value = sample.value else { return Tally() }
            let (count, sum) = (sample.sample, value * Double(sample.sample))
            return Tally(count: count, sum: sum, squares: value * value * Double(count))
        }
        let none = policy.plan.guards.map { _ in Tally() }
        let began = Timestamp(seconds: 0)
        var rollout = Rollout(
            id: "R", deployment: "d", environment: "production", version: "new", attempt: 1,
            stable: RoutePlan(only: "stable"), policy: policy.name, policyDigest: "", mode: policy.mode,
            plan: policy.plan, thresholds: policy.plan.guards.map { _ in 1 },
            startCounts: RolloutCounts(events: 0, canary: none, stable: none), startedBy: "test", stepEvents: 0)
        rollout.started = began
        rollout.phase = .progressing
        rollout.stepSince = began
        rollout.approvedStep = .max
        let counts = RolloutCounts(
            events: entry.current.sample, canary: none.map { _ in tally(entry.current) },
            stable: none.map { _ in tally(entry.previous) })
        let judgement = RolloutEngine.judge(
            rollout, counts, isFrozen: false, now: began + max(policy.plan.steps[0].minimumTime, .seconds(60)))
        switch judgement.action {
        case .advance, .complete: return ("advance", judgement.reason)
        case .rollback: return ("rollback", judgement.reason)
        default: return ("hold", judgement.reason)
        }
    }
}

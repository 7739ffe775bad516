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
        guard let wanted = wanted(document) else { return nil }
        return file.cases.compactMap { entry in
            guard let answer = judge(document, entry.given) else {
                return Failure(name: entry.name, message: "a \(document.kindName) policy is asked about `\(wanted)`")
            }
            guard answer.said != entry.expectation.rawValue else { return nil }
            return Failure(
                name: entry.name,
                message: "expected \(entry.expectation.rawValue), but it says \(answer.said): \(answer.reason)")
        }
    }

    /// Whether a policy is one to have a test file beside it.
    package static func hasTests(_ document: PolicyDocument) -> Bool { wanted(document) != nil }

    /// What cases of such a policy give; `nil` where it says nothing by itself: prices are figures, probes questions,
    /// and signals places.
    private static func wanted(_ document: PolicyDocument) -> String? {
        switch document {
        case .rollback, .rollout: "current"
        case .promotion, .lifecycle: "version"
        case .bias: "groups"
        case .budget: "spent_percent"
        case .webhook: "record"
        case .energy: "answers"
        case .prices, .probes, .signals: nil
        }
    }

    private static func judge(
        _ document: PolicyDocument, _ given: PolicyTestFile.Given
    ) -> (said: String, reason: String)? {
        switch (document, given) {
        case (.rollback(let policy), .measured(let current, let previous)):
            let verdict = policy.evaluate(current: measurement(current), previous: previous.map(measurement))
            return (verdict.verdict.rawValue, verdict.reason)
        case (.rollout(let policy), .measured(let current, let previous)): return rollout(policy, current, previous)
        case (.promotion(let policy), .version(let version)): return promotion(policy, version)
        case (.lifecycle(let policy), .version(let version)): return lifecycle(policy, version)
        case (.bias(let policy), .groups(let groups)): return bias(policy, groups)
        case (.budget(let policy), .spent(let percent)): return budget(policy, percent)
        case (.webhook(let policy), .occasion(let occasion)): return webhook(policy, occasion)
        case (.energy(let estimates), .answers(let model, let tokens, let wattHours)):
            return energy(estimates, model, tokens, wattHours)
        default: return nil
        }
    }

    private static func measurement(_ sample: PolicyTestFile.Sample) -> Measurement {
        Measurement(value: sample.value, sampleSize: sample.sample)
    }

    /// The first step with its time gone by, and the same counts for every guard.
    private static func rollout(
        _ policy: RolloutPolicy, _ current: PolicyTestFile.Sample, _ previous: PolicyTestFile.Sample?
    ) -> (String, String) {
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
            events: current.sample, canary: none.map { _ in tally(current) },
            stable: none.map { _ in tally(previous) })
        let judgement = RolloutEngine.judge(
            rollout, counts, isFrozen: false, now: began + max(policy.plan.steps[0].minimumTime, .seconds(60)))
        switch judgement.action {
        case .advance, .complete: return ("advance", judgement.reason)
        case .rollback: return ("rollback", judgement.reason)
        default: return ("hold", judgement.reason)
        }
    }
}

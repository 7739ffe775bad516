import StewardModel
import StewardPolicy
import StewardStatistics

extension PolicyTesting {
    /// What the rules of a bias policy say of counts by group, as an audit by one attribute would.
    static func bias(_ policy: BiasPolicy, _ groups: [String: GroupCounts]) -> (String, String) {
        var table = GroupTable(attributes: ["group"])
        for (name, counts) in groups.sorted(by: { $0.key < $1.key }) { table.add(counts, to: [name]) }
        let named = policy.references.values.first { groups[$0] != nil }.map { [$0] }
        let audit = FairnessAudit(
            table, .init(confidence: policy.confidence, reference: named, rules: policy.rules))
        let deciding = audit.judgements.first { $0.verdict == audit.verdict }
        return (
            audit.verdict.rawValue, deciding.map { "\($0.rule.measure.rawValue): \($0.sentence)" } ?? "No rule judged."
        )
    }

    /// What a budget answers to the next request, once so much of its limit is spent.
    static func budget(_ policy: BudgetPolicy, _ percent: Int64) -> (String, String) {
        var open = policy
        open.scope = BudgetPolicy.Scope()
        var ledger = BudgetLedger(policies: [open])
        let subject = SpendSubject(series: SeriesKey(deployment: "d", environment: "production", version: "v"))
        let now = Timestamp(seconds: 0)
        let spent = Nanodollars(Int64(Double(policy.limit.amount) * Double(percent) / 100))
        _ = ledger.record(subject, cost: spent, unpriced: 0, at: now, id: "spent", now: now)
        // The first request at the limit is let through by a budget that only slows down.
        for id in ["first", "next"] {
            let answer = ledger.reserve(budget: policy.name, id: id, subject: subject, amount: nil, now: now)
            if id == "first", policy.action == .throttle { continue }
            switch answer {
            case .granted(_, let standing, nil): return ("granted", "\(standing.percent) % are spent.")
            case .granted(_, let standing, let advice?):
                return ("advised", "\(standing.percent) % are spent, and its action is \(advice.rawValue).")
            case .refused(let standing, _): return ("refused", "\(standing.percent) % are spent.")
            case nil: break
            }
        }
        return ("unknown", "It is not asked.")
    }

    /// Whether a webhook hears of a record, or is asked before a step of a rollout there.
    static func webhook(_ policy: WebhookPolicy, _ occasion: PolicyTestFile.Occasion) -> (String, String) {
        if policy.role == .notify {
            let isTold = policy.isTold(
                action: occasion.action, deployment: occasion.deployment, environment: occasion.environment)
            return (isTold ? "told" : "silent", "its actions are \(list(policy.actions)).")
        }
        let begins = ["rollout.advance", "rollout.complete"].contains(occasion.action)
        let applies = policy.applies(
            deployment: occasion.deployment ?? "", environment: occasion.environment ?? "")
        return (
            begins && applies ? "asked" : "silent",
            "it is asked before rollout.advance and rollout.complete, of \(list(policy.deployments)) in "
                + "\(list(policy.environments))."
        )
    }

    private static func list(_ globs: [Glob]) -> String { globs.map(\.pattern).joined(separator: ", ") }

    /// Whether there is an estimate for a model's answers, and whether it is the expected one to a thousandth.
    static func energy(
        _ estimates: EnergyEstimates, _ model: String, _ outputTokens: Int64, _ expected: Double?
    ) -> (String, String) {
        guard let entry = estimates.entry(for: model) else { return ("unknown", "No entry names \(model).") }
        let wattHours = entry.wattHours.expected * Double(outputTokens) / 1e6
        if let expected, abs(wattHours - expected) > 1e-3 * max(abs(expected), 1) {
            return ("\(NumberText.short(wattHours)) Wh", "it was to be \(NumberText.short(expected)) Wh.")
        }
        return ("estimated", "\(NumberText.short(wattHours)) Wh.")
    }
}

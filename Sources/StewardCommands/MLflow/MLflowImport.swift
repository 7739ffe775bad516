import StewardCurl
import StewardJSON
import StewardModel

/// Carries a plan out through the daemon's API, so that every step is on record like any other.
enum MLflowImport {
    static func planned(_ plan: MLflowPlan) -> JSONValue { outcome(plan.steps.map { row($0, "would be done", nil) }) }

    /// A refusal, such as of a gate, is told and does not end the import.
    static func run(_ plan: MLflowPlan, _ daemon: DaemonClient) throws -> JSONValue {
        var rows: [JSONValue] = []
        for step in plan.steps {
            guard let call = call(step) else {
                rows.append(row(step, "skipped", nil))
                continue
            }
            do {
                let answer = try daemon.json(call)
                let isNew = answer["created"]?.bool ?? answer["changed"]?.bool ?? true
                rows.append(row(step, isNew ? "done" : "unchanged", nil))
            } catch let error as StewardError
                where [.refused, .conflict, .notFound, .invalidInput].contains(error.code)
            {
                rows.append(row(step, "refused", error.message))
            }
        }
        return outcome(rows)
    }

    private static func call(_ step: MLflowPlan.Step) -> DaemonClient.Call? {
        switch step {
        case .register(let deployment, let version, let spec):
            .send("POST", "deployments", deployment, "versions", body: ["name": .string(version), "spec": spec])
        case .card(let deployment, let version, let fields):
            DaemonClient.Call(
                method: "PUT", path: ["deployments", deployment, "versions", version, "card"],
                body: JSONValue.object(
                    fields.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .string($0.value)) }
                ).text)
        case .promote(let deployment, let version, let environment, let reason):
            .send(
                "POST", "deployments", deployment, "promote",
                body: [
                    "version": .string(version), "environment": .string(environment), "reason": .string(reason),
                ])
        case .skip: nil
        }
    }

    private static func row(_ step: MLflowPlan.Step, _ result: String, _ why: String?) -> JSONValue {
        let (what, reason): (String, String?) =
            switch step {
            case .register(let deployment, let version, _): ("register \(deployment) \(version)", why)
            case .card(let deployment, let version, _): ("card of \(deployment) \(version)", why)
            case .promote(let deployment, let version, let environment, _):
                ("promote \(deployment) \(version) in \(environment)", why)
            case .skip(let what, let why): (what, why)
            }
        return ["what": .string(what), "result": .string(result), "why": reason.map { .string($0) } ?? .null]
    }

    private static func outcome(_ rows: [JSONValue]) -> JSONValue {
        ["ok": .bool(rows.allSatisfy { $0["result"]?.string != "refused" }), "steps": .array(rows)]
    }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        let rows = answer.rows("steps")
        guard !rows.isEmpty else { return "The MLflow server has no registered model.\n" }
        return page.table(
            [.left("WHAT"), .left("RESULT"), .left("WHY")],
            rows.map { row in
                let tone: Tone =
                    switch row.text("result") {
                    case "done": .good
                    case "refused": .bad
                    default: .strong
                    }
                return [row.cell("what"), row.cell("result", tone), row.cell("why")]
            })
    }
}

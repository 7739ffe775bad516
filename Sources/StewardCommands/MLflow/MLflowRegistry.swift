import StewardJSON
import StewardModel

/// What a model registry of MLflow holds, as its REST API tells it (`/api/2.0/mlflow`).
struct MLflowRegistry: Equatable {
    struct Model: Equatable {
        var name: String
        /// Alias → version.
        var aliases: [String: String] = [:]
        var versions: [Version] = []
    }

    struct Version: Equatable {
        /// MLflow counts them: `1`, `2`, …
        var number: String
        var created: Timestamp?
        var user: String?
        var description: String?
        /// Where the model's files lie.
        var source: String?
        var run: String?
        /// `READY`, or why it cannot be served.
        var status: String?
        var stage: String?
        var tags: [String: String] = [:]
    }

    var models: [Model] = []

    /// One page of `registered-models/search`; the answer's token asks for the next.
    static func models(_ page: JSONValue) -> ([Model], String?) {
        let models = page.rows("registered_models").compactMap { row in
            row["name"]?.string.map { name in
                Model(
                    name: name,
                    aliases: pairs(row.rows("aliases"), "alias", "version"))
            }
        }
        return (models, token(page))
    }

    /// One page of `model-versions/search`.
    static func versions(_ page: JSONValue) -> ([Version], String?) {
        let versions = page.rows("model_versions").compactMap { row in
            text(row["version"]).map { number in
                Version(
                    number: number, created: milliseconds(row["creation_timestamp"]),
                    user: filled(row["user_id"]), description: filled(row["description"]),
                    source: filled(row["source"]), run: filled(row["run_id"]), status: filled(row["status"]),
                    stage: filled(row["current_stage"]).flatMap { $0 == "None" ? nil : $0 },
                    tags: pairs(row.rows("tags"), "key", "value"))
            }
        }
        return (versions, token(page))
    }

    private static func token(_ page: JSONValue) -> String? { filled(page["next_page_token"]) }

    private static func filled(_ value: JSONValue?) -> String? { value?.string.flatMap { $0.isEmpty ? nil : $0 } }

    /// Numbers come as numbers or, as protobuf's JSON has it for 64 bits, as strings.
    private static func text(_ value: JSONValue?) -> String? { value?.string ?? value?.int64.map { String($0) } }

    private static func milliseconds(_ value: JSONValue?) -> Timestamp? {
        text(value).flatMap { Int64($0) }.map {
            Timestamp(microseconds: $0.multipliedReportingOverflow(by: 1000).partialValue)
        }
    }

    private static func pairs(_ rows: [JSONValue], _ key: String, _ value: String) -> [String: String] {
        let found = rows.compactMap { row in
            row[key]?.string.flatMap { name in text(row[value]).map { (name, $0) } }
        }
        return Dictionary(found) { first, _ in first }
    }
}

/// What is to be done here so that it is as there. Pure; everything in it may be done twice.
struct MLflowPlan: Equatable {
    enum Step: Equatable {
        /// The same spec again is the same version.
        case register(deployment: String, version: String, spec: JSONValue)
        case card(deployment: String, version: String, fields: [String: String])
        case promote(deployment: String, version: String, environment: String, reason: String)
        /// Why something there has no place here.
        case skip(what: String, why: String)
    }

    var steps: [Step] = []

    /// - Parameter environments: alias → environment; other aliases are kept in the specs only.
    init(_ registry: MLflowRegistry, environments: [String: String], server: String) {
        for model in registry.models.sorted(by: { $0.name < $1.name }) {
            if let problem = Name.problem(model.name) {
                steps.append(.skip(what: model.name, why: "its name \(problem)"))
                continue
            }
            var imported: Set<String> = []
            for version in model.versions.sorted(by: { (Int64($0.number) ?? 0) < (Int64($1.number) ?? 0) }) {
                guard version.status == nil || version.status == "READY" else {
                    steps.append(
                        .skip(what: "\(model.name) \(version.number)", why: "its status is \(version.status ?? "")"))
                    continue
                }
                imported.insert(version.number)
                let name = Self.name(version.number)
                steps.append(.register(deployment: model.name, version: name, spec: Self.spec(model, version, server)))
                var card: [String: String] = [:]
                card["purpose"] = version.description.map { Self.cut($0) }
                card["owner"] = version.user
                if !card.isEmpty { steps.append(.card(deployment: model.name, version: name, fields: card)) }
            }
            for (alias, number) in model.aliases.sorted(by: { $0.key < $1.key }) {
                guard let environment = environments[alias], imported.contains(number) else { continue }
                steps.append(
                    .promote(
                        deployment: model.name, version: Self.name(number), environment: environment,
                        reason: "alias \(alias) of MLflow's \(model.name) at \(server)"))
            }
        }
    }

    static func name(_ number: String) -> String { "v\(number)" }

    /// Without what may change there: aliases, stages and descriptions are no part of a recipe.
    private static func spec(
        _ model: MLflowRegistry.Model, _ version: MLflowRegistry.Version, _ server: String
    ) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init(name: "provider", value: "mlflow"), .init(name: "model", value: .string(model.name)),
            .init(name: "mlflow_version", value: .string(version.number)),
            .init(name: "endpoint", value: .string("models:/\(model.name)/\(version.number)")),
            .init(name: "registry", value: .string(server)),
        ]
        for (name, value) in [("source", version.source), ("run_id", version.run)] {
            if let value { members.append(.init(name: name, value: .string(value))) }
        }
        if let created = version.created { members.append(.init(name: "created", value: .string(created.rfc3339))) }
        return .object(members)
    }

    /// A card's field holds 2000 bytes.
    private static func cut(_ text: String) -> String {
        var text = text
        while text.utf8.count > 2000 { text.removeLast() }
        return text
    }
}

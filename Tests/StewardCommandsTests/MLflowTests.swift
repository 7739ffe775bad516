import Foundation
import StewardCurl
import StewardJSON
import StewardModel
import Testing

@testable import StewardCommands

/// The import from MLflow, against pages in the shapes of its REST API.
@Suite struct MLflowTests {
    /// Pages as MLflow 3.17.2 answered them, of the registry that `Clients/mlflow_registry.py` fills.
    @Test func whatAServerAnsweredIsRead() throws {
        func page(_ name: String) throws -> HTTPResponse {
            let file = URL(filePath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("Fixtures/mlflow/\(name).json")
            return HTTPResponse(status: name == "refusal" ? 400 : 200, body: [UInt8](try Data(contentsOf: file)))
        }
        var asked: [String] = []
        var answers = ["models-1", "models-2", "versions-quote", "versions-1", "versions-2", "refusal"]
        let reader = MLflowReader(server: "http://mlflow", credentials: nil) { request in
            asked.append(request.url)
            return try page(answers.removeFirst())
        }
        let refused = #expect(throws: StewardError.self) { try reader.registry(only: ["team's summary", "fraud"]) }
        #expect(asked[2].contains("filter=name%3D%22team%27s%20summary%22"), "\(asked[2])")
        #expect(asked[5].contains("page_token=eyJvZmZzZXQiOiAzfQ%3D%3D"), "\(asked[5])")
        #expect(refused?.message.contains("Invalid page token, could not base64-decode") == true)
        let (models, token) = MLflowRegistry.models(try JSONValue(parsing: try page("models-1").body))
        #expect(models.map(\.name) == ["team's summary", "fraud"])
        #expect(models[1].aliases == ["champion": "204", "challenger": "205"])
        #expect(token == "eyJvZmZzZXQiOiAyfQ==")
        let versions = MLflowRegistry.versions(try JSONValue(parsing: try page("versions-1").body)).0
        #expect(versions.map(\.number) == ["205", "204"])
        #expect(versions.map(\.tags) == [["loss": "0.205"], ["loss": "0.204"]])
        #expect(versions[0].source == "s3://models/fraud/205" && versions[0].status == "READY")
        #expect(versions[0].run == nil && versions[0].user == nil, "empty is absent")
    }

    static let models = [
        """
        {"registered_models":[{"name":"fraud","creation_timestamp":1772546580000,"last_updated_timestamp":1772546580123,
        "description":"","latest_versions":[],"tags":[{"key":"team","value":"risk"}],
        "aliases":[{"alias":"champion","version":"2"},{"alias":"challenger","version":"3"}]}],"next_page_token":"p2=="}
        """,
        #"{"registered_models":[{"name":"a/b","creation_timestamp":1},{"name":"summary","aliases":[]}]}"#,
    ]
    static let versions = [
        """
        {"model_versions":[
        {"name":"fraud","version":"10","creation_timestamp":1772546580000,"current_stage":"None","description":"",
         "source":"s3://m/10","run_id":"r10","status":"PENDING_REGISTRATION","tags":[],"aliases":[]},
        {"name":"fraud","version":"2","creation_timestamp":1772546580000,"last_updated_timestamp":1772546580000,
         "user_id":"ada","current_stage":"Production","description":"second try","source":"s3://m/2","run_id":"r2",
         "status":"READY","tags":[{"key":"k","value":"v"}],"aliases":["champion"]}],"next_page_token":"v2"}
        """,
        #"{"model_versions":[{"name":"fraud","version":"3","creation_timestamp":"1772546999000","status":"READY"}]}"#,
        #"{}"#, #"{"model_versions":[{"name":"summary","version":1,"status":"READY","source":"mlflow-artifacts:/x"}]}"#,
    ]

    static func registry(only names: [String] = []) throws -> (MLflowRegistry, [String]) {
        var asked: [String] = []
        var answers = models + versions
        let reader = MLflowReader(server: "http://mlflow", credentials: "Bearer t") { request in
            asked.append(request.url)
            #expect(request.headers.contains(HTTPHeader("Authorization", "Bearer t")))
            return HTTPResponse(status: 200, body: Array(answers.removeFirst().utf8))
        }
        return (try reader.registry(only: names), asked)
    }

    @Test func everyPageIsReadAndFiltersAreEscaped() throws {
        let (registry, asked) = try Self.registry()
        #expect(
            asked == [
                "http://mlflow/api/2.0/mlflow/registered-models/search?max_results=100",
                "http://mlflow/api/2.0/mlflow/registered-models/search?max_results=100&page_token=p2%3D%3D",
                "http://mlflow/api/2.0/mlflow/model-versions/search?filter=name%3D%27fraud%27&max_results=200",
                "http://mlflow/api/2.0/mlflow/model-versions/search?filter=name%3D%27fraud%27&max_results=200"
                    + "&page_token=v2",
                "http://mlflow/api/2.0/mlflow/model-versions/search?filter=name%3D%27a%2Fb%27&max_results=200",
                "http://mlflow/api/2.0/mlflow/model-versions/search?filter=name%3D%27summary%27&max_results=200",
            ])
        #expect(registry.models.map(\.name) == ["fraud", "a/b", "summary"])
        #expect(registry.models[0].aliases == ["champion": "2", "challenger": "3"])
        #expect(registry.models[0].versions.map(\.number) == ["10", "2", "3"])
        #expect(registry.models[0].versions[2].created == Timestamp(rfc3339: "2026-03-03T14:09:59Z"))
        #expect(registry.models[2].versions.map(\.number) == ["1"])
    }

    @Test func thePlanIsInTheOrderOfVersionsAndSaysWhatHasNoPlace() throws {
        let plan = MLflowPlan(
            try Self.registry().0, environments: ["champion": "production", "other": "staging"],
            server: "http://mlflow")
        let told = plan.steps.map { step in
            switch step {
            case .register(let deployment, let version, _): "register \(deployment) \(version)"
            case .card(let deployment, let version, let fields): "card \(deployment) \(version) \(fields.count)"
            case .promote(let deployment, let version, let environment, _):
                "promote \(deployment) \(version) \(environment)"
            case .skip(let what, let why): "skip \(what): \(why)"
            }
        }
        #expect(
            told == [
                "skip a/b: its name must not contain '/'", "register fraud v2", "card fraud v2 2",
                "register fraud v3", "skip fraud 10: its status is PENDING_REGISTRATION",
                "promote fraud v2 production", "register summary v1",
            ])
        guard case .register(_, _, let spec) = plan.steps[1] else { return }
        #expect(spec["endpoint"] == "models:/fraud/2")
        #expect(spec["source"] == "s3://m/2")
        #expect(spec["description"] == nil, "what may be edited there is no part of a recipe")
        let again = MLflowPlan(try Self.registry().0, environments: [:], server: "http://mlflow")
        #expect(again.steps.filter { plan.steps.contains($0) }.count == again.steps.count)
    }

    @Test func aRefusedPromotionIsToldAndEndsNothing() throws {
        let plan = MLflowPlan(
            try Self.registry(only: ["fraud"]).0, environments: ["champion": "production"], server: "http://mlflow")
        let daemon = ScriptedDaemon([
            ScriptedDaemon.json(#"{"created":true}"#, status: 201), ScriptedDaemon.json("{}"),
            ScriptedDaemon.json(#"{"created":false}"#),
            ScriptedDaemon.problem(409, #"{"type":"refused","detail":"findings: one is open"}"#),
        ])
        let outcome = try MLflowImport.run(plan, daemon.client)
        #expect(outcome["ok"] == false)
        #expect(
            outcome.rows("steps").map { $0.text("result") } == ["done", "done", "unchanged", "skipped", "refused"])
        #expect(daemon.bodies[3].contains("alias champion of MLflow's fraud"))
        let page = Page(renderer: TableRenderer(colour: false), now: .earliest)
        #expect(MLflowImport.report(outcome, page).contains("promote fraud v2 in production"))
    }

    @Test func refusalsOfTheServerAndUnknownModelsAreTold() {
        let refusing = MLflowReader(server: "http://mlflow", credentials: nil) { _ in
            HTTPResponse(
                status: 403, body: Array(#"{"error_code":"PERMISSION_DENIED","message":"not yours"}"#.utf8))
        }
        let refused = #expect(throws: StewardError.self) { try refusing.registry(only: []) }
        #expect(refused?.message.contains("not yours") == true)
        let empty = MLflowReader(server: "http://mlflow", credentials: nil) { _ in
            HTTPResponse(status: 200, body: Array("{}".utf8))
        }
        #expect(throws: StewardError.self) { try empty.registry(only: ["nothing"]) }
        let endless = MLflowReader(server: "http://mlflow", credentials: nil) { _ in
            HTTPResponse(status: 200, body: Array(#"{"next_page_token":"x"}"#.utf8))
        }
        #expect((#expect(throws: StewardError.self) { try endless.registry(only: []) })?.code == .tooLarge)
    }

    @Test func credentialsAreReadAsMLflowReadsThem() throws {
        #expect(MLflowCommand.credentials([:]) == nil)
        #expect(MLflowCommand.credentials(["MLFLOW_TRACKING_TOKEN": "t"]) == "Bearer t")
        #expect(
            MLflowCommand.credentials(["MLFLOW_TRACKING_USERNAME": "ada", "MLFLOW_TRACKING_PASSWORD": "x"])
                == "Basic YWRhOng=")
        #expect(try MLflowCommand.environments(["champion=production"]) == ["champion": "production"])
        #expect(throws: StewardError.self) { try MLflowCommand.environments(["champion"]) }
    }
}

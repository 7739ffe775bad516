import Hummingbird
import StewardGovernance
import StewardJSON
import StewardModel
import StewardPolicy

extension Endpoints {
    static func policies(_ api: API) -> [Endpoint] {
        [
            Endpoint(.get, "/v1/policies", .role(.viewer), "The policies in force and what each says now") { call in
                let policies = api.policyGuard.policies
                let states = Dictionary(grouping: api.policyGuard.states, by: \.policy)
                return Reply.object { writer in
                    writer.member("digest", "sha256:" + policies.digest)
                    if let refusal = api.book.refusal {
                        writer.object("refused") { writer in
                            writer.member("time", refusal.time)
                            writer.member("problems", refusal.problems)
                        }
                    }
                    writer.array("policies") { writer in
                        for entry in policies.documents {
                            let said = (entry.policy.name.flatMap { states[$0] } ?? []).sorted {
                                ($0.series.deployment, $0.series.environment, $0.series.version)
                                    < ($1.series.deployment, $1.series.environment, $1.series.version)
                            }
                            let visible = said.filter { state in
                                call.principal?.scope.map { $0 == state.series.deployment } ?? true
                            }
                            writer.object { $0.members(of: entry, visible) }
                        }
                    }
                }
            },
            Endpoint(
                .post, "/v1/policies/reload", .role(.operator),
                "Read the policy files again: all of them are put in force, or none"
            ) { call in
                let changed: Bool
                do { changed = try await api.reloadPolicies(call.actor) } catch let error as StewardError
                    where error.code == .configuration
                {
                    throw StewardError(.verificationFailed, error.message, field: error.field)
                }
                return Reply.object { writer in
                    writer.member("changed", changed)
                    writer.member("digest", "sha256:" + api.book.policies.digest)
                    writer.member("policies", api.book.policies.names.count)
                }
            },
            Endpoint(
                .post, "/v1/policies/check", .role(.viewer), "Say what is wrong with a policy file",
                content: .init(request: ["application/yaml"])
            ) { call in
                let text = String(decoding: try await call.body(), as: UTF8.self)
                var problems: [Problem] = []
                if case .failure(let found) = PolicyDocument.parse(file: "body", text: text) { problems = found.all }
                return Reply.object { writer in
                    writer.member("ok", problems.isEmpty)
                    writer.array("problems") { writer in
                        for problem in problems {
                            writer.object { writer in
                                writer.member("line", problem.line)
                                writer.member("column", problem.column)
                                writer.member("message", problem.message)
                            }
                        }
                    }
                }
            },
        ]
    }
}

extension JSONWriter {
    fileprivate mutating func members(of entry: PolicyEntry<PolicyDocument>, _ states: [PolicyState]) {
        member("name", entry.policy.name)
        member("kind", entry.policy.kindName)
        member("file", entry.file)
        member("digest", "sha256:" + entry.digest)
        member("mode", entry.policy.mode)
        if case .rollback(let policy) = entry.policy {
            member("action", policy.action.rawValue)
            member("metric", policy.subject.name)
        }
        member("summary", entry.policy.summary)
        array("states") { writer in
            for state in states {
                writer.object { writer in
                    writer.member("deployment", state.series.deployment)
                    writer.member("environment", state.series.environment)
                    writer.member("version", state.series.version)
                    writer.member("verdict", state.verdict.verdict.rawValue)
                    writer.member("reason", state.verdict.reason)
                    writer.member("value", state.verdict.value)
                    writer.member("sample_size", state.verdict.sampleSize)
                    writer.member("threshold", state.verdict.threshold)
                    writer.member("evaluated", state.evaluated)
                }
            }
        }
    }
}

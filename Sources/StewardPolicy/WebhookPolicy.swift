import StewardJSON
import StewardModel

/// Somebody outside who is told what happens, or asked before a rollout goes on.
package struct WebhookPolicy: Sendable, Equatable {
    package enum Role: String, Sendable, CaseIterable {
        /// Told of records, after they are made.
        case notify
        /// Asked before a step: it begins once the answer is a success, and not before.
        case confirm
        /// Asked before a step: a refusal (403 or 409) pauses the rollout; silence is consent.
        case veto
    }

    package var name: String
    package var summary: String
    package var role: Role
    package var deployments: [Glob]
    package var environments: [Glob]
    /// An absolute `http` or `https` address.
    package var url: String
    /// The environment variable of the daemon that holds the key which calls are signed with.
    package var secretVariable: String
    /// Actions of records that ``Role/notify`` is told of.
    package var actions: [Glob]
    package var timeout: Duration

    package func applies(deployment: String, environment: String) -> Bool {
        deployments.contains { $0.matches(deployment) } && environments.contains { $0.matches(environment) }
    }

    /// Whether it is told of a record; what concerns no deployment is told to those who listen to all.
    package func isTold(action: String, deployment: String?, environment: String?) -> Bool {
        role == .notify && actions.contains { $0.matches(action) }
            && deployments.contains { $0.matches(deployment ?? "*") }
            && (environment.map { name in environments.contains { $0.matches(name) } } ?? true)
    }
}

extension WebhookPolicy {
    private static let usual = ["rollout.*", "route.*", "approval.*", "finding.open", "experiment.decide"]

    /// Reads the keys of a `kind: webhook` file; `nil` where one of them has a problem, which the reader keeps.
    init?(reading reader: inout MappingReader) {
        let name = reader.required("name", .name)
        let summary = reader.optional("summary", .text)
        let role = reader.required("role", FieldType<Role>.choice())
        let scope = reader.appliesTo(environments: "*")
        let url = reader.required(
            "url",
            .text.checked(["pattern": "^https?://"]) { url in
                url.hasPrefix("https://") || url.hasPrefix("http://")
                    ? nil : "must be an address that begins with https:// or http://"
            })
        let secret = reader.required(
            "secret_env",
            .text.checked(["pattern": "^[A-Z0-9_]+$"]) { name in
                name.utf8.allSatisfy {
                    $0 == UInt8(ascii: "_") || (0x30...0x39).contains($0) || (0x41...0x5A).contains($0)
                }
                    ? nil
                    : "must be the name of an environment variable such as STEWARD_HOOK_KEY; the key stays out of here"
            })
        let actions = reader.optional("actions", .list(of: .glob), default: Self.usual.map { Glob($0) })
        let timeout = reader.optional(
            "timeout", .duration(in: .milliseconds(100) ... .seconds(30)), default: .seconds(5))
        if let role, role != .notify, reader.contains("actions") {
            reader.report(reader.place(of: "actions"), "`actions` is for role notify: steps are what others are asked")
        }
        guard let name, let role, let url, let secret else { return nil }
        self.init(
            name: name, summary: summary ?? "\(role.rawValue) \(url)", role: role,
            deployments: scope.deployments, environments: scope.environments, url: url,
            secretVariable: secret, actions: actions, timeout: timeout)
    }
}

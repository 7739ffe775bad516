import StewardJSON

/// Finds credentials in a spec: it is readable by every viewer and kept for ever, so none may come in.
enum SpecSecrets {
    /// The path of the first member that holds a credential, such as `spec.headers.Authorization`.
    static func first(in value: JSONValue, path: String) -> String? {
        switch value {
        case .string(let text): return looksSecret(text) ? path : nil
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                if let found = first(in: element, path: "\(path)[\(index)]") { return found }
            }
        case .object(let members):
            for member in members {
                let place = path.isEmpty ? member.name : "\(path).\(member.name)"
                if let text = member.value.string, isSecret(member.name), !text.isEmpty, !isReference(text) {
                    return place
                }
                if let found = first(in: member.value, path: place) { return found }
            }
        default: break
        }
        return nil
    }

    private static let names: Set<String> = [
        "apikey", "xapikey", "authorization", "proxyauthorization", "accesstoken", "authtoken", "bearertoken",
        "secretkey", "clientsecret", "secretaccesskey", "password", "passphrase", "privatekey",
    ]

    private static func isSecret(_ name: String) -> Bool {
        names.contains(String(name.lowercased().filter { $0.isLetter || $0.isNumber }))
    }

    /// The name of a place where the secret is, and not the secret: `$OPENAI_API_KEY`, `${…}`, `{{…}}`, `env:NAME`.
    private static func isReference(_ text: String) -> Bool {
        let text = text.hasPrefix("Bearer ") ? text.dropFirst(7) : text[...]
        return ["$", "{{", "env:", "file:", "vault:", "secret:"].contains(where: text.hasPrefix)
    }

    /// How the keys of well-known providers begin, and how long they are at least.
    private static let prefixes: [(text: String, atLeast: Int)] = [
        ("sk-", 24), ("AKIA", 20), ("AIza", 39), ("ghp_", 40), ("github_pat_", 40), ("xoxb-", 24), ("hf_", 30),
        ("gsk_", 40), ("-----BEGIN ", 40),
    ]

    private static func looksSecret(_ text: String) -> Bool {
        let text = text.hasPrefix("Bearer ") ? text.dropFirst(7) : text[...]
        return prefixes.contains { prefix in
            guard text.hasPrefix(prefix.text), text.utf8.count >= prefix.atLeast else { return false }
            return prefix.text == "-----BEGIN " ? text.contains("PRIVATE KEY") : !text.contains(where: \.isWhitespace)
        }
    }
}

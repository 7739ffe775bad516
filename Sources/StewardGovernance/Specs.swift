import StewardJSON
import StewardModel
import StewardTransparency

/// A version's recipe in canonical form (RFC 8785), named by its SHA-256.
package struct Spec: Sendable, Equatable {
    package var canonical: [UInt8]
    package var digest: String

    package static let maximumBytes = 1 << 20

    /// - Parameter field: where the caller has the spec, for errors; empty for the body itself.
    /// - Throws: ``StewardError/Code/invalidInput`` naming the field: `provider` and `model` are required strings, all
    ///   else is free but for credentials.
    package init(_ json: JSONValue, field place: String = "spec") throws(StewardError) {
        guard json.members != nil else {
            throw StewardError(.invalidInput, "must be an object with at least provider and model", field: place)
        }
        for field in ["provider", "model"] {
            guard let value = json[field]?.string, !value.isEmpty else {
                throw StewardError(
                    .invalidInput, "must be a non-empty string", field: place.isEmpty ? field : "\(place).\(field)")
            }
        }
        if let found = SpecSecrets.first(in: json, path: place) {
            let message = "holds a credential, and specs are kept for ever; name where it is, such as $OPENAI_API_KEY"
            throw StewardError(.invalidInput, message, field: found)
        }
        canonical = json.canonical
        guard canonical.count <= Self.maximumBytes else {
            throw StewardError(.tooLarge, "must be at most \(Self.maximumBytes) bytes long", field: "spec")
        }
        digest = "sha256:" + Digest.sha256(canonical)
    }
}

extension Token {
    package static let secretPrefix = "stw_"
    /// Random bytes that make a secret.
    package static let secretBytes = 32

    /// A new token and its secret, which is shown once and not kept.
    ///
    /// - Parameter random: ``secretBytes`` from a cryptographic source.
    package static func make(
        name: String, roles: [Role], owner: String? = nil, deployment: String? = nil, expires: Timestamp? = nil,
        random: [UInt8]
    ) -> (token: Token, secret: String) {
        let digits = Array("0123456789abcdef")
        let secret = secretPrefix + String(random.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
        let hash = hash(ofSecret: secret)
        let token = Token(
            id: String(hash.prefix(12)), name: name, roles: roles, owner: owner, deployment: deployment,
            expires: expires, hash: hash)
        return (token, secret)
    }

    package static func hash(ofSecret secret: String) -> String { Digest.sha256(Array(secret.utf8)) }
}

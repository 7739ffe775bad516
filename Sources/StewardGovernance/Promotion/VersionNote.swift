import StewardJSON
import StewardModel

/// What is said about a version after it was registered. The version itself never changes.
package enum VersionNote: Sendable, Equatable {
    /// The model card: field → text; replaces the one before.
    case card([String: String])
    case evaluation(Evaluation)
    case deprecation(Deprecation)

    package enum CardField: String, CaseIterable, Sendable {
        case purpose, dataSources = "data_sources", limits, riskClass = "risk_class", owner
    }

    /// A result that somebody measured elsewhere, by reference and hash.
    package struct Evaluation: Sendable, Equatable {
        package var name: String
        package var score: Double
        package var sampleSize: Int64?
        /// Where the whole result lies.
        package var reference: String?
        /// Hex SHA-256 of what lies there.
        package var sha256: String?

        package init(name: String, score: Double, sampleSize: Int64?, reference: String?, sha256: String?) {
            self.name = name
            self.score = score
            self.sampleSize = sampleSize
            self.reference = reference
            self.sha256 = sha256
        }
    }

    package struct Deprecation: Sendable, Equatable {
        /// From when on callers are warned.
        package var deprecated: Timestamp
        /// From when on it should serve nobody.
        package var endOfLife: Timestamp?
        package var successor: String?

        package init(deprecated: Timestamp, endOfLife: Timestamp?, successor: String?) {
            self.deprecated = deprecated
            self.endOfLife = endOfLife
            self.successor = successor
        }
    }

    var action: String {
        switch self {
        case .card: "version.card"
        case .evaluation: "version.evaluate"
        case .deprecation: "version.deprecate"
        }
    }

    package var members: [JSONValue.Member] {
        switch self {
        case .card(let fields):
            return [
                .init(
                    name: "card",
                    value: .object(
                        fields.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .string($0.value)) }))
            ]
        case .evaluation(let evaluation):
            var members: [JSONValue.Member] = [
                .init(name: "name", value: .string(evaluation.name)),
                .init(name: "score", value: .number(evaluation.score)),
            ]
            if let size = evaluation.sampleSize { members.append(.init(name: "sample_size", value: .integer(size))) }
            if let text = evaluation.reference { members.append(.init(name: "reference", value: .string(text))) }
            if let hash = evaluation.sha256 { members.append(.init(name: "sha256", value: .string(hash))) }
            return members
        case .deprecation(let deprecation):
            var members: [JSONValue.Member] = [
                .init(name: "deprecated", value: .string(deprecation.deprecated.rfc3339))
            ]
            if let end = deprecation.endOfLife {
                members.append(.init(name: "end_of_life", value: .string(end.rfc3339)))
            }
            if let next = deprecation.successor { members.append(.init(name: "successor", value: .string(next))) }
            return members
        }
    }

    init?(action: String, _ data: RecordFields) throws {
        switch action {
        case "version.card": self = .card(try data.object("card").stringMap())
        case "version.evaluate":
            guard let score = data.optionalDouble("score") else { throw data.problem("score") }
            self = .evaluation(
                Evaluation(
                    name: try data.string("name"), score: score, sampleSize: data.optionalInteger("sample_size"),
                    reference: data.optionalString("reference"), sha256: data.optionalString("sha256")))
        case "version.deprecate":
            self = .deprecation(
                Deprecation(
                    deprecated: try data.time("deprecated"),
                    endOfLife: data.has("end_of_life") ? try data.time("end_of_life") : nil,
                    successor: data.optionalString("successor")))
        default: return nil
        }
    }
}

extension GovernanceState {
    /// An attached evaluation, and when it was attached.
    package struct AttachedEvaluation: Sendable, Equatable {
        package var evaluation: VersionNote.Evaluation
        package var time: Timestamp
        package var actor: String
    }

    static let evaluationsPerVersion = 100

    func note(_ note: VersionNote, deployment: String, version: String) throws(StewardError) -> [Change] {
        let known = try self.deployment(deployment)
        try checkRegistered(version, known, field: "version")
        guard let present = known.version(named: version) else { return [] }
        switch note {
        case .card(let fields):
            for (name, text) in fields {
                guard VersionNote.CardField(rawValue: name) != nil else {
                    let all = VersionNote.CardField.allCases.map(\.rawValue).joined(separator: ", ")
                    throw StewardError(.invalidInput, "is unknown; a card has \(all)", field: "card.\(name)")
                }
                try check(reason: text)
            }
            if present.card == fields { return [] }
        case .evaluation(let evaluation):
            try check(evaluation.name, "name")
            guard evaluation.score.isFinite else {
                throw StewardError(.invalidInput, "must be a number", field: "score")
            }
            if let hash = evaluation.sha256, hash.utf8.count != 64 || !hash.allSatisfy(\.isHexDigit) {
                throw StewardError(.invalidInput, "must be 64 hexadecimal digits", field: "sha256")
            }
            try check(reason: evaluation.reference)
            guard
                present.evaluations[evaluation.name] != nil
                    || present.evaluations.count < Self.evaluationsPerVersion
            else { throw StewardError(.refused, "'\(version)' has \(present.evaluations.count) evaluations already") }
        case .deprecation(let deprecation):
            if let end = deprecation.endOfLife, end < deprecation.deprecated {
                throw StewardError(.invalidInput, "must not be before the deprecation", field: "end_of_life")
            }
            if let next = deprecation.successor { try checkRegistered(next, known, field: "successor") }
            if present.deprecation == deprecation { return [] }
        }
        return [.versionNoted(deployment: deployment, version: version, note)]
    }
}

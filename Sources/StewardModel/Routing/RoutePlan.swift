/// A version and its share of a route, as an integer weight.
package struct Target: Sendable, Equatable {
    package var version: String
    package var weight: Int64
    /// What clients see as the variant; the version's own name when it is left out.
    package var name: String?

    package init(version: String, weight: Int64, name: String? = nil) {
        self.version = version
        self.weight = weight
        self.name = name
    }

    package var variant: String { name ?? version }
}

/// Where a value that a rule looks at is found.
package enum RouteAttribute: Sendable, Hashable {
    /// What keeps a caller on one version: OpenFeature's targeting key.
    case key
    /// The name of the calling token.
    case token
    case segment(String)
    case tag(String)
    /// Any other member of the evaluation context.
    case field(String)

    /// `key`, `token`, `segment.NAME`, `tag.NAME`, or the plain name of a context member; `nil` for an empty name.
    package init?(_ text: String) {
        func rest(of prefix: String) -> String? {
            text.hasPrefix(prefix) && text.utf8.count > prefix.utf8.count ? String(text.dropFirst(prefix.count)) : nil
        }
        switch text {
        case "": return nil
        case "key", "targetingKey": self = .key
        case "token": self = .token
        default:
            if let name = rest(of: "segment.") {
                self = .segment(name)
            } else if let name = rest(of: "tag.") {
                self = .tag(name)
            } else {
                self = .field(text)
            }
        }
    }

    package var text: String {
        switch self {
        case .key: "key"
        case .token: "token"
        case .segment(let name): "segment.\(name)"
        case .tag(let name): "tag.\(name)"
        case .field(let name): name
        }
    }
}

/// Sends some callers to a version before weights are looked at. All conditions must hold.
package struct TargetingRule: Sendable, Equatable {
    package struct Condition: Sendable, Equatable {
        package enum Comparison: String, Sendable, CaseIterable {
            case isIn = "in"
            /// Holds for callers without the attribute too.
            case isNotIn = "not_in"
            case hasPrefix = "prefix"
        }
        package var attribute: RouteAttribute
        package var comparison: Comparison
        package var values: [String]

        package init(attribute: RouteAttribute, comparison: Comparison, values: [String]) {
            self.attribute = attribute
            self.comparison = comparison
            self.values = values
        }
    }

    package var name: String
    package var conditions: [Condition]
    /// 1 to 100: how many in a hundred of those who match, always the same ones for one key.
    package var percentage: Int64
    package var version: String

    package init(name: String, conditions: [Condition], percentage: Int64 = 100, version: String) {
        self.name = name
        self.conditions = conditions
        self.percentage = percentage
        self.version = version
    }
}

/// A version that gets a copy of some requests and whose answers nobody sees.
package struct Shadow: Sendable, Equatable {
    package var version: String
    /// 1 to 100.
    package var percentage: Int64

    package init(version: String, percentage: Int64) {
        self.version = version
        self.percentage = percentage
    }
}

/// Which versions serve an environment: everything that a change of the route replaces at once, and a rollback returns.
package struct RoutePlan: Sendable, Equatable {
    /// In the order in which their ranges lie beside each other: growing the first moves nobody who is in it.
    package var targets: [Target]
    /// The first that matches decides.
    package var rules: [TargetingRule]
    /// What keeps a caller on one version, when that is not the targeting key.
    package var stickyBy: RouteAttribute?
    package var shadow: Shadow?

    package init(
        targets: [Target], rules: [TargetingRule] = [], stickyBy: RouteAttribute? = nil, shadow: Shadow? = nil
    ) {
        self.targets = targets
        self.rules = rules
        self.stickyBy = stickyBy
        self.shadow = shadow
    }

    /// One version for everybody.
    package init(only version: String) { self.init(targets: [Target(version: version, weight: 100)]) }

    /// The version with the greatest weight, the first of equals.
    package var mainVersion: String? { targets.mainVersion }

    /// The versions that may answer somebody now, by weight or by rule.
    package var serving: [String] {
        var names = targets.filter { $0.weight > 0 }.map(\.version)
        for rule in rules where !names.contains(rule.version) { names.append(rule.version) }
        return names
    }
}

extension [Target] {
    /// The version with the greatest weight, the first of equals.
    package var mainVersion: String? { self.max { $0.weight < $1.weight }?.version }

    /// The version from which `version` takes over where these targets were served before: the heaviest of the others.
    /// `nil` where no other served, or `version` itself served more than any.
    package func predecessor(of version: String) -> String? {
        let others = filter { $0.version != version }
        let own = first { $0.version == version }?.weight ?? 0
        guard let heaviest = others.max(by: { $0.weight < $1.weight }), heaviest.weight >= own else { return nil }
        return heaviest.version
    }
}

/// What is known of a caller when a route is evaluated.
package struct RoutingContext: Sendable {
    /// OpenFeature's targeting key.
    package var key: String?
    /// The name of the calling token.
    package var token: String?
    package var segments: [(name: String, value: String)] = []
    package var tags: [(name: String, value: String)] = []
    /// All other members; a segment or tag that is not given as such is looked for here too.
    package var fields: [(name: String, value: String)] = []

    package init(key: String? = nil, token: String? = nil) {
        self.key = key
        self.token = token
    }

    func value(_ attribute: RouteAttribute) -> String? {
        switch attribute {
        case .key: key
        case .token: token
        case .segment(let name): Self.value(name, segments) ?? Self.value(name, fields)
        case .tag(let name): Self.value(name, tags) ?? Self.value(name, fields)
        case .field(let name): Self.value(name, fields)
        }
    }

    private static func value(_ name: String, _ list: [(name: String, value: String)]) -> String? {
        for entry in list where entry.name == name { return entry.value }
        return nil
    }
}

/// Which version answers a caller, and why.
package struct RouteDecision: Sendable, Equatable {
    /// OpenFeature's words.
    package enum Reason: String, Sendable {
        case split = "SPLIT"
        case targetingMatch = "TARGETING_MATCH"
        case `static` = "STATIC"
    }

    package var version: String
    package var variant: String
    package var reason: Reason
    /// The rule that matched.
    package var rule: String?
    /// The version that gets a copy of this request; `nil` where it answers it anyway.
    package var shadow: String?
}

/// A plan made ready for evaluation: pure, and nothing is allocated per decision.
///
/// Bucketing is flagd's current rule: MurmurHash3 x86-32 with seed 0 over the deployment's name followed by the key,
/// the 32-bit hash scaled to the sum of the weights, and the first target whose range holds the result.
package struct CompiledRoute: Sendable, Equatable {
    package let plan: RoutePlan
    private let total: UInt64
    private let only: Int?
    private let prefix: MurmurHash3
    /// In a place of its own per rule, so that the tenth of one rule is not the tenth of another.
    private let rulePrefixes: [MurmurHash3]
    private let shadowPrefix: MurmurHash3

    package init(deployment: String, plan: RoutePlan) {
        self.plan = plan
        total = plan.targets.reduce(0) { $0 + UInt64(clamping: $1.weight) }
        let weighted = plan.targets.indices.filter { plan.targets[$0].weight > 0 }
        only = weighted.count == 1 ? weighted[0] : nil
        func hash(_ parts: String...) -> MurmurHash3 {
            var hash = MurmurHash3()
            for part in parts { hash.update(part) }
            return hash
        }
        prefix = hash(deployment)
        rulePrefixes = plan.rules.map { hash(deployment, "/rule/", $0.name, "/") }
        shadowPrefix = hash(deployment, "/shadow/")
    }

    /// - Returns: `nil` when the callers are split and this one brought no key to be split by.
    package func evaluate(_ context: RoutingContext) -> RouteDecision? {
        let key = plan.stickyBy.map { context.value($0) } ?? context.key
        let shadow = shadow(key)
        for (index, rule) in plan.rules.enumerated() where matches(rule, context) {
            if rule.percentage < 100 {
                guard let key else { continue }
                var hash = rulePrefixes[index]
                hash.update(key)
                guard hash.bucket(of: 100) < UInt64(clamping: rule.percentage) else { continue }
            }
            return RouteDecision(
                version: rule.version, variant: variant(rule.version), reason: .targetingMatch, rule: rule.name,
                shadow: shadow == rule.version ? nil : shadow)
        }
        if let only { return decision(only, .static, shadow) }
        guard let key, total > 0 else { return nil }
        var hash = prefix
        hash.update(key)
        let bucket = hash.bucket(of: total)
        var upper: UInt64 = 0
        for index in plan.targets.indices {
            upper += UInt64(clamping: plan.targets[index].weight)
            if bucket < upper { return decision(index, .split, shadow) }
        }
        return nil
    }

    private func decision(_ index: Int, _ reason: RouteDecision.Reason, _ shadow: String?) -> RouteDecision {
        let target = plan.targets[index]
        return RouteDecision(
            version: target.version, variant: target.variant, reason: reason, rule: nil,
            shadow: shadow == target.version ? nil : shadow)
    }

    private func variant(_ version: String) -> String {
        for target in plan.targets where target.version == version { return target.variant }
        return version
    }

    /// A caller without a key gets a shadow only where everybody does.
    private func shadow(_ key: String?) -> String? {
        guard let shadow = plan.shadow else { return nil }
        if shadow.percentage >= 100 { return shadow.version }
        guard let key else { return nil }
        var hash = shadowPrefix
        hash.update(key)
        return hash.bucket(of: 100) < UInt64(clamping: shadow.percentage) ? shadow.version : nil
    }

    private func matches(_ rule: TargetingRule, _ context: RoutingContext) -> Bool {
        for condition in rule.conditions where !holds(condition, context.value(condition.attribute)) { return false }
        return true
    }

    private func holds(_ condition: TargetingRule.Condition, _ value: String?) -> Bool {
        guard let value else { return condition.comparison == .isNotIn }
        switch condition.comparison {
        case .isIn: return condition.values.contains(value)
        case .isNotIn: return !condition.values.contains(value)
        case .hasPrefix:
            for prefix in condition.values where value.hasPrefix(prefix) { return true }
            return false
        }
    }
}

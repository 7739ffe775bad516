import StewardModel

extension GovernanceState {
    func setRoute(
        _ name: String, _ environment: String, _ plan: RoutePlan, _ reason: String?
    ) throws(StewardError) -> [Change] {
        try check(environment, "environment")
        try check(reason: reason)
        let deployment = try self.deployment(name)
        try check(targets: plan.targets, deployment)
        try check(rules: plan.rules, deployment)
        if let shadow = plan.shadow {
            try checkRegistered(shadow.version, deployment, field: "shadow.version")
            try check(percentage: shadow.percentage, "shadow.percentage")
        }
        return try change(.set, deployment, environment, to: plan, reason, nil)
    }

    private func check(targets: [Target], _ deployment: Deployment) throws(StewardError) {
        guard !targets.isEmpty, targets.count <= Limit.targetsPerRoute else {
            throw StewardError(.invalidInput, "name 1 to \(Limit.targetsPerRoute) targets", field: "targets")
        }
        for (index, target) in targets.enumerated() {
            let field = "targets[\(index)]"
            try checkRegistered(target.version, deployment, field: "\(field).version")
            guard (0...Limit.weight).contains(target.weight) else {
                throw StewardError(
                    .invalidInput, "must be an integer from 0 to \(Limit.weight)", field: "\(field).weight")
            }
            if let name = target.name { try check(name, "\(field).name") }
            if targets[..<index].contains(where: { $0.version == target.version }) {
                throw StewardError(.invalidInput, "each version may be named once", field: "\(field).version")
            }
            if targets[..<index].contains(where: { $0.variant == target.variant }) {
                throw StewardError(.invalidInput, "each name may be given once", field: "\(field).name")
            }
        }
        guard targets.contains(where: { $0.weight > 0 }) else {
            throw StewardError(.invalidInput, "at least one weight must be above 0", field: "targets")
        }
    }

    private func check(rules: [TargetingRule], _ deployment: Deployment) throws(StewardError) {
        guard rules.count <= Limit.rulesPerRoute else {
            throw StewardError(.invalidInput, "name at most \(Limit.rulesPerRoute) rules", field: "targeting")
        }
        for (index, rule) in rules.enumerated() {
            let field = "targeting[\(index)]"
            try check(rule.name, "\(field).name")
            if rules[..<index].contains(where: { $0.name == rule.name }) {
                throw StewardError(.invalidInput, "each rule needs a name of its own", field: "\(field).name")
            }
            try checkRegistered(rule.version, deployment, field: "\(field).version")
            try check(percentage: rule.percentage, "\(field).percentage")
            guard rule.conditions.count <= Limit.conditionsPerRule,
                rule.conditions.allSatisfy({ (1...Limit.valuesPerCondition).contains($0.values.count) })
            else {
                let message =
                    "name at most \(Limit.conditionsPerRule) conditions, "
                    + "each with 1 to \(Limit.valuesPerCondition) values"
                throw StewardError(.invalidInput, message, field: "\(field).if")
            }
        }
    }

    private func check(percentage: Int64, _ field: String) throws(StewardError) {
        guard (1...100).contains(percentage) else {
            throw StewardError(.invalidInput, "must be an integer from 1 to 100", field: field)
        }
    }

    func promote(
        _ name: String, _ environment: String, _ version: String, _ reason: String?
    ) throws(StewardError) -> [Change] {
        try check(environment, "environment")
        try check(reason: reason)
        let deployment = try self.deployment(name)
        try checkRegistered(version, deployment, field: "version")
        return try change(
            .promote, deployment, environment, to: RoutePlan(only: version), reason, nil)
    }

    func rollback(
        _ name: String, _ environment: String, _ version: String?, _ reason: String?, _ decision: Decision?
    ) throws(StewardError) -> [Change] {
        try check(reason: reason)
        let deployment = try self.deployment(name)
        let route = try self.route(name, environment)
        let plan: RoutePlan
        if let version {
            try checkRegistered(version, deployment, field: "to")
            guard deployment.hasServed(version, in: environment) else {
                throw StewardError(
                    .refused,
                    "'\(version)' has never served in '\(environment)', so it is not known to be good; promote it "
                        + "instead, which asks the gates", field: "to")
            }
            plan = RoutePlan(only: version)
        } else if let last = route.earlier.last(where: { $0 != route.plan }) {
            plan = last
        } else {
            throw StewardError(
                .refused, "'\(name)' has served nothing else in '\(environment)' to go back to; freeze it instead",
                field: "to")
        }
        return try change(.rollback, deployment, environment, to: plan, reason, decision)
    }

    /// Nothing where the version has no more than that, or nobody is there to take the rest.
    func cap(
        _ name: String, _ environment: String, _ version: String, _ percent: Int64, _ decision: Decision
    ) throws(StewardError) -> [Change] {
        let deployment = try self.deployment(name)
        let route = try self.route(name, environment)
        var others = route.targets.filter { $0.version != version && $0.weight > 0 }
        let own = route.targets.first { $0.version == version }?.weight ?? 0
        let rest = others.reduce(Int64(0)) { $0 + $1.weight }
        guard own > 0, own * 100 > percent * (own + rest) else { return [] }
        if others.isEmpty, let before = route.earlier.last(where: { $0.mainVersion != version })?.mainVersion {
            others = [Target(version: before, weight: 1)]
        }
        let total = others.reduce(Int64(0)) { $0 + $1.weight }
        guard total > 0 else { return [] }
        var plan = route.plan
        plan.targets =
            [Target(version: version, weight: percent * total)]
            + others.map { Target(version: $0.version, weight: $0.weight * (100 - percent), name: $0.name) }
        return try change(.cap, deployment, environment, to: plan, decision.explanation, decision)
    }

    /// A frozen route takes no promotion, but nothing can hold up a rollback or a cap.
    func change(
        _ kind: RouteChange.Kind, _ deployment: Deployment, _ environment: String, to plan: RoutePlan,
        _ reason: String?, _ decision: Decision?
    ) throws(StewardError) -> [Change] {
        let route = deployment.routes[environment]
        if route?.plan == plan { return [] }
        if kind != .rollback, kind != .cap, route?.frozen == true {
            throw frozen(deployment.name, environment: environment)
        }
        return [
            .routeChanged(
                RouteChange(
                    kind: kind, deployment: deployment.name, environment: environment, plan: plan,
                    previous: route?.targets ?? [], reason: reason, decision: decision))
        ]
    }

    func frozen(_ deployment: String, environment: String) -> StewardError {
        StewardError(
            .refused,
            "'\(deployment)' is frozen in '\(environment)'; "
                + "'steward unfreeze \(deployment)' lifts that, a rollback needs no unfreezing",
            field: "environment", details: [.init(name: "gates", json: #"[{"name":"frozen","verdict":"fail"}]"#)])
    }

    package func checkRegistered(
        _ version: String, _ deployment: Deployment, field: String
    ) throws(StewardError) {
        guard deployment.version(named: version) == nil else { return }
        throw StewardError(
            .notFound,
            "'\(deployment.name)' has no version '\(version)'; register it with "
                + "'steward register \(deployment.name) --spec FILE --name \(version)'", field: field)
    }
}

extension GovernanceState.Deployment {
    /// Whether a version answered anybody in an environment at any time, by weight or by rule.
    fileprivate func hasServed(_ version: String, in environment: String) -> Bool {
        (index[environment]?.routes ?? []).reversed().contains { position in
            guard case .routeChanged(let change) = history[Int(position)].change else { return false }
            return change.plan.serving.contains(version)
        }
    }
}

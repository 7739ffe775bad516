import Testing

@testable import StewardModel

struct RoutingTests {
    static func hash(_ text: String) -> UInt32 {
        var hash = MurmurHash3()
        hash.update(text)
        return hash.value
    }

    /// The answers that flagd's own test bed states for its current rule.
    @Test(
        arguments: [
            ("ejOoVL", 0), ("bY9fO-", 1), ("SI7p-", 0x7FFF_FFFF), ("6LvT0", 0x8000_0000), ("ceQdGm", 0xFFFF_FFFF),
            ("", 0),
        ] as [(String, UInt32)])
    func theHashHasFlagdsKnownAnswers(text: String, expected: UInt32) {
        #expect(Self.hash(text) == expected)
    }

    @Test func piecesHashLikeTheWhole() {
        let text = "fractional-flagjack@company.com"
        for cut in 0...text.utf8.count {
            var hash = MurmurHash3()
            hash.update(String(text.prefix(cut)))
            hash.update(String(text.dropFirst(cut)))
            #expect(hash.value == Self.hash(text))
        }
    }

    static func evaluate(_ flag: String, _ names: [String], weight: Int64, key: String) -> RouteDecision? {
        let targets = names.map { Target(version: $0, weight: weight) }
        return CompiledRoute(deployment: flag, plan: RoutePlan(targets: targets)).evaluate(RoutingContext(key: key))
    }

    @Test(arguments: [
        ("jack", "hearts"), ("queen", "spades"), ("ten", "clubs"), ("nine", "diamonds"), ("3", "clubs"),
    ])
    func flagdsFractionalFlagHasItsKnownAnswers(key: String, expected: String) {
        let decision = Self.evaluate(
            "fractional-flag", ["clubs", "diamonds", "hearts", "spades"], weight: 25, key: key)
        #expect(decision?.version == expected)
        #expect(decision?.reason == .split)
    }

    @Test(arguments: [("jon@company.com", "heads"), ("jane@company.com", "tails")])
    func flagdsShorthandFlagHasItsKnownAnswers(key: String, expected: String) {
        #expect(
            Self.evaluate("fractional-flag-shorthand", ["heads", "tails"], weight: 1, key: key)?.version == expected)
    }

    @Test func growingACanaryMovesNobodyWhoIsInIt() {
        var inside: Set<String> = []
        for weight: Int64 in [1, 5, 10, 25, 50, 100] {
            let targets = [Target(version: "v2", weight: weight), Target(version: "v1", weight: 100 - weight)]
            let route = CompiledRoute(deployment: "bot", plan: RoutePlan(targets: targets))
            let now: [String] = (0..<5000).map { "user-\($0)" }
                .filter { (key: String) in route.evaluate(RoutingContext(key: key))?.version == "v2" }
            #expect(inside.isSubset(of: now))
            #expect(abs(now.count - Int(weight) * 50) < 150, "\(now.count) of 5000 at \(weight) %")
            inside = Set(now)
        }
        #expect(inside.count == 5000)
    }

    @Test func oneVersionNeedsNoKeyAndASplitDoes() {
        let one = CompiledRoute(deployment: "bot", plan: RoutePlan(only: "v1"))
        #expect(one.evaluate(RoutingContext())?.reason == .static)
        let split = RoutePlan(targets: [Target(version: "v2", weight: 1), Target(version: "v1", weight: 1)])
        #expect(CompiledRoute(deployment: "bot", plan: split).evaluate(RoutingContext()) == nil)
    }

    @Test func rulesComeBeforeWeightsAndAllConditionsMustHold() throws {
        func condition(
            _ attribute: String, _ comparison: TargetingRule.Condition.Comparison, _ values: String...
        ) throws -> TargetingRule.Condition {
            .init(attribute: try #require(RouteAttribute(attribute)), comparison: comparison, values: values)
        }
        var plan = RoutePlan(targets: [Target(version: "v1", weight: 1), Target(version: "v2", weight: 0, name: "new")])
        plan.rules = [
            TargetingRule(
                name: "beta",
                conditions: [
                    try condition("tag.plan", .isIn, "beta"), try condition("segment.country", .isNotIn, "US"),
                ],
                version: "v2"),
            TargetingRule(name: "staff", conditions: [try condition("token", .hasPrefix, "staff-")], version: "v3"),
        ]
        let route = CompiledRoute(deployment: "bot", plan: plan)
        var caller = RoutingContext(key: "a", token: "app")
        #expect(route.evaluate(caller)?.version == "v1")
        caller.fields = [("plan", "beta")]
        #expect(route.evaluate(caller)?.rule == "beta")
        #expect(route.evaluate(caller)?.variant == "new")
        #expect(route.evaluate(caller)?.reason == .targetingMatch)
        caller.segments = [("country", "US")]
        #expect(route.evaluate(caller)?.version == "v1")
        caller.token = "staff-42"
        #expect(route.evaluate(caller)?.version == "v3")
        #expect(plan.serving == ["v1", "v2", "v3"])
    }

    @Test func aPercentageOfARuleIsStickyAndItsOwn() {
        var plan = RoutePlan(only: "v1")
        plan.rules = ["a", "b"].map { TargetingRule(name: $0, conditions: [], percentage: 20, version: "v-\($0)") }
        let route = CompiledRoute(deployment: "bot", plan: plan)
        let versions = (0..<10_000).map { route.evaluate(RoutingContext(key: "u\($0)"))?.version }
        let first = versions.count { $0 == "v-a" }
        let second = versions.count { $0 == "v-b" }
        #expect((1850...2150).contains(first), "\(first)")
        #expect((1450...1750).contains(second), "20 % of the 80 % left: \(second)")
        #expect(versions == (0..<10_000).map { route.evaluate(RoutingContext(key: "u\($0)"))?.version })
    }

    @Test func stickyByAnotherAttributeAndShadows() throws {
        var plan = RoutePlan(targets: [Target(version: "v2", weight: 1), Target(version: "v1", weight: 1)])
        plan.stickyBy = .field("session")
        plan.shadow = Shadow(version: "v3", percentage: 50)
        let route = CompiledRoute(deployment: "bot", plan: plan)
        var shadows = 0
        for number in 0..<1000 {
            var caller = RoutingContext(key: "user")
            #expect(route.evaluate(caller) == nil, "the key does not stand in for the session")
            caller.fields = [("session", "s\(number)")]
            let decision = try #require(route.evaluate(caller))
            caller.key = "somebody else"
            #expect(route.evaluate(caller) == decision)
            if decision.shadow == "v3" { shadows += 1 }
        }
        #expect((440...560).contains(shadows), "\(shadows)")
    }

    @Test(
        arguments: [
            ([("v1", 100)], "v2", "v1"), ([("v1", 100)], "v1", nil), ([], "v1", nil),
            ([("v2", 50), ("v1", 50)], "v2", "v1"), ([("v2", 50), ("v1", 50)], "v1", "v2"),
            ([("v2", 10), ("v1", 90)], "v1", nil), ([("v2", 10), ("v1", 90)], "v2", "v1"),
            ([("v3", 10), ("v2", 30), ("v1", 60)], "v3", "v1"),
        ] as [([(String, Int64)], String, String?)])
    func aVersionTakesOverFromTheHeaviestOther(before: [(String, Int64)], version: String, expected: String?) {
        #expect(before.map { Target(version: $0.0, weight: $0.1) }.predecessor(of: version) == expected)
    }
}

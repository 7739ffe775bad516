import StewardModel
import StewardStatistics
import Testing

@testable import StewardPolicy

struct BiasPolicyTests {
    static func load(_ name: String) throws -> BiasPolicy {
        let document = try PolicyDocument.parse(file: name, text: Fixtures.text("bias/" + name)).get()
        guard case .bias(let policy) = document else {
            Issue.record("\(name) is no bias policy")
            throw Problems([])
        }
        return policy
    }

    @Test(arguments: Fixtures.names("bias", ".bad.yaml"))
    func refuses(_ name: String) throws {
        let text = try Fixtures.text("bias/" + name)
        try Fixtures.expectProblems(PolicyDocument.parse(file: name, text: text), "bias", name)
    }

    @Test func readsEveryKey() throws {
        let policy = try Self.load("complete.good.yaml")
        #expect(
            policy
                == BiasPolicy(
                    name: "hiring", summary: "Who is advanced.", deployments: [Glob("screening")],
                    environments: [Glob("production"), Glob("canary")], attributes: ["sex", "race"],
                    intersections: [["sex", "race"]], unknownValues: ["unknown"], favourableOutcomes: ["advance"],
                    truth: .init(name: "hired", favourable: ["yes"]), score: .init(name: "fit", threshold: 0.7),
                    references: ["sex": "male"],
                    rules: [
                        FairnessRule(
                            .impactRatio, bound: 0.8, margin: 0.05, minimumTrials: 50, minimumSuccesses: 10,
                            correction: .benjaminiHochberg, confidence: 0.9),
                        FairnessRule(
                            .equalOpportunityDifference, bound: 0.1, confidence: 0.9, isContinuous: true),
                    ],
                    serviceRules: [
                        ServiceRule(signal: "latency", scale: .ratio, bound: 1.25, minimum: 50, confidence: 0.9),
                        ServiceRule(signal: "score.toxicity", scale: .difference, bound: 0.05, confidence: 0.9),
                    ], confidence: 0.9, window: .seconds(90 * 86_400), schedule: .seconds(12 * 3600),
                    gate: .init(environments: [Glob("production")]),
                    localLaw144: .init(excludedBelowShare: 0.02)))
    }

    @Test func fillsInDefaults() throws {
        let policy = try Self.load("smallest.good.yaml")
        #expect(policy.summary == "Audit by sex, over 30d.")
        #expect(policy.rules == [FairnessRule(.impactRatio, bound: 0.8)])
        #expect(policy.gate == nil)
        #expect(policy.declarations == [GroupDeclaration(attributes: ["sex"])])
        #expect(policy.counts(SeriesKey(deployment: "any", environment: "staging", version: "v1")))
    }

    @Test func putsEventsIntoTheirGroups() throws {
        let plan = GroupPlan([try Self.load("complete.good.yaml"), try Self.load("complete.good.yaml")])
        var event = Event(
            id: "1", time: Timestamp(seconds: 0), series: SeriesKey(deployment: "screening", version: "v1"))
        func values() -> [GroupValue] { plan.memberships(of: event).map(\.value) }
        #expect(values() == [.unknown, .unknown, .unknown])
        event.segments = ["sex": "female", "race": "unknown", "age": "40"]
        #expect(values() == [.known(["female"]), .unknown, .unknown])
        event.segments["race"] = "black"
        #expect(values() == [.known(["female"]), .known(["black"]), .known(["female", "black"])])
        event.series.environment = "staging"
        #expect(values() == [])
    }

    /// Another plan has another fingerprint where it would count otherwise, and no other where only rules differ.
    @Test func aPlanIsKnownByWhatItCounts() throws {
        let policy = try Self.load("complete.good.yaml")
        func fingerprint(_ change: (inout BiasPolicy) -> Void) -> String {
            var changed = policy
            change(&changed)
            return GroupPlan([changed]).fingerprint
        }
        let same = fingerprint { _ in }
        #expect(fingerprint { $0.rules = [] } == same)
        #expect(fingerprint { $0.favourableOutcomes = ["other"] } == same)
        #expect(fingerprint { $0.attributes = ["sex"] } != same)
        #expect(fingerprint { $0.unknownValues = [] } != same)
        #expect(fingerprint { $0.score = nil } != same)
        #expect(fingerprint { $0.environments = [] } != same)
        #expect(GroupPlan().isEmpty && GroupPlan().fingerprint.isEmpty)
    }
}

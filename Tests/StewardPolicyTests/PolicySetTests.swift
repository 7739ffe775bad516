import StewardModel
import StewardPolicy
import Testing

struct PolicySetTests {
    /// Stands in for a digest: enough to see what was digested.
    static func length(_ bytes: [UInt8]) -> String { "len\(bytes.count)" }

    static func policy(_ name: String, deployments: String = "*") -> String {
        """
        kind: rollback
        name: \(name)
        applies_to: {deployments: ["\(deployments)"], environments: ["*"]}
        when: {metric: error_rate, window: 5m, above: 0.05}
        minimum_sample: 50
        action: rollback

        """
    }

    @Test func sortsAndDigests() throws {
        let files = [("b.yaml", Self.policy("one")), ("a.yaml", Self.policy("three", deployments: "support-*"))]
        var digested: [String] = []
        let set = try PolicySet.load(files: files) { bytes in
            digested.append(String(decoding: bytes, as: UTF8.self))
            return Self.length(bytes)
        }.get()
        #expect(set.entries.map(\.file) == ["a.yaml", "b.yaml"])
        #expect(set.entries.map(\.policy.name) == ["three", "one"])
        #expect(digested[0] == files[1].1 && digested[1] == files[0].1)
        #expect(digested[2] == "\(set.entries[0].digest)  a.yaml\n\(set.entries[1].digest)  b.yaml\n")
        #expect(set.digest == Self.length(Array(digested[2].utf8)))
        #expect(set.policies(deployment: "other", environment: "staging").map(\.policy.name) == ["one"])
        #expect(set.policies(deployment: "support-bot", environment: "x").map(\.policy.name) == ["three", "one"])
    }

    @Test func isAllOrNothing() throws {
        let files = [
            ("good.yaml", Self.policy("good")), ("bad.yaml", "kind: rollback"),
            ("same.yaml", Self.policy("good")),
            ("prices.yaml", try Fixtures.text("prices/complete.good.yaml")),
        ]
        let result = PolicySet.load(files: files, digest: Self.length)
        #expect(throws: Problems.self) { try result.get() }
        guard case .failure(let problems) = result else { return }
        #expect(
            problems.all.map(\.description) == [
                "bad.yaml:1:1: `action` is missing", "bad.yaml:1:1: `minimum_sample` is missing",
                "bad.yaml:1:1: `name` is missing", "bad.yaml:1:1: `when` is missing",
                "prices.yaml: is a price list; price lists belong into policies/prices",
                "same.yaml: the name good is taken by good.yaml; give this policy another",
            ])
    }

    @Test func mayBeEmpty() throws {
        let set = try PolicySet.load(files: [], digest: Self.length).get()
        #expect(set.entries.isEmpty)
        #expect(set.digest == "len0")
    }

    @Test func takesTheShippedPolicies() throws {
        let set = try PolicySet.load(files: Fixtures.shipped("policies/rollback"), digest: Self.length).get()
        #expect(set.entries.map(\.policy.name) == ["error-rate", "latency"])
        #expect(set.entries.map(\.policy.mode) == [.enforce, .warn])
        #expect(set.policies(deployment: "support-bot", environment: "production").count == 2)
        #expect(set.policies(deployment: "support-bot", environment: "staging").isEmpty)
    }
}

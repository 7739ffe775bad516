import StewardJSON
import StewardModel
import Testing

@testable import StewardDaemon

@Suite struct DemoTrafficTests {
    private let start = Timestamp(seconds: 1_795_219_200)

    private func minutes(_ count: Int64, version: (String, String) -> String?) throws -> [JSONValue] {
        var traffic = DemoTraffic(seed: 7, run: "r")
        let lines = traffic.events(from: start, for: .seconds(60 * count), version: version).split(separator: 0x0A)
        return try lines.map { try JSONValue(parsing: Array($0)) }
    }

    @Test func theSameSeedGivesTheSameEvents() throws {
        #expect(try minutes(1) { _, _ in "v1" } == minutes(1) { _, _ in "v1" })
    }

    @Test func everyEventIsMarkedAndHasAnIdOfItsOwn() throws {
        let events = try minutes(1) { _, _ in "v1" }
        #expect(events.count == 31 * 60)
        #expect(events.allSatisfy { $0["simulated"]?.bool == true })
        #expect(Set(events.compactMap { $0["id"]?.string }).count == events.count)
    }

    /// A canary gets its share, its sessions stay with it, and it behaves as itself.
    @Test func sessionsGoWhereTheRouteSendsThem() throws {
        let route = CompiledRoute(
            deployment: "support-bot",
            plan: RoutePlan(targets: [Target(version: "v2", weight: 10), Target(version: "v1", weight: 90)]))
        let events = try minutes(20) { deployment, key in
            deployment == "support-bot" ? route.evaluate(RoutingContext(key: key))?.version : nil
        }
        let canary = events.filter { $0["version"]?.string == "v2" }
        #expect(abs(Double(canary.count) / Double(events.count) - 0.1) < 0.03)
        #expect(canary.allSatisfy { $0["model"]?.string == "gpt-4.1-mini" })
        let failed = canary.count { $0["status"]?.string == "error" }
        #expect(abs(Double(failed) / Double(canary.count) - 0.2) < 0.05)
        let sessions = { (events: [JSONValue]) in Set(events.compactMap { $0["session"]?.string }) }
        #expect(sessions(canary).isDisjoint(with: sessions(events.filter { $0["version"]?.string == "v1" })))
    }

    @Test func aVersionOfSomebodyElseBehavesLikeTheFirst() throws {
        let events = try minutes(1) { deployment, _ in deployment == "support-bot" ? "mine" : nil }
        #expect(events.count == 25 * 60)
        #expect(events.allSatisfy { $0["version"]?.string == "mine" && $0["model"]?.string == "gpt-4o-mini" })
    }
}

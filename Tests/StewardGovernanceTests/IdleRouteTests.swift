import StewardModel
import Testing

@testable import StewardGovernance

struct IdleRouteTests {
    private static let day: Int64 = 86_400

    @Test func whatIsServedAndNotCalledIsIdle() throws {
        let world = try World.bot(serving: "v1")
        let since = try #require(world.state.deployments["bot"]?.routes["production"]?.since)
        let series = SeriesKey(deployment: "bot", version: "v1")
        func idle(limit: Int64, last: Int64?) -> [IdleRoute] {
            world.state.idleRoutes(
                since: since + .seconds(limit), lastMinutes: last.map { [series: since.minute + $0 / 60] } ?? [:])
        }
        #expect(idle(limit: Self.day, last: nil).map(\.series) == [series])
        #expect(idle(limit: Self.day, last: Self.day / 2).map(\.series) == [series])
        #expect(idle(limit: Self.day, last: Self.day * 2).isEmpty, "called since")
        #expect(idle(limit: -1, last: nil).isEmpty, "it has not served long enough")
    }

    @Test func capacityCostsWhileNobodyCalls() throws {
        let route = IdleRoute(
            series: SeriesKey(deployment: "bot", version: "v1"), digest: "", weight: 1,
            servedSince: Timestamp(seconds: 0), lastEvent: Timestamp(seconds: 3600))
        let hourly = Nanodollars(4_100_000_000)
        #expect(route.capacityCost(hourly: hourly, now: Timestamp(seconds: 3600 * 11)) == Nanodollars(41_000_000_000))
        #expect(route.capacityCost(hourly: hourly, now: Timestamp(seconds: 0)) == .zero)
        #expect(route.capacityCost(hourly: Nanodollars(.max), now: Timestamp(seconds: 3600 * 11)) == nil)
        var never = route
        never.lastEvent = nil
        #expect(never.capacityCost(hourly: hourly, now: Timestamp(seconds: 5400)) == Nanodollars(6_150_000_000))
    }
}

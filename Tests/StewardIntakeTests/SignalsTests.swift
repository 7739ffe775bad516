import StewardModel
import Testing

@testable import StewardIntake

struct SignalsTests {
    static func event(_ change: (inout Event) -> Void) -> Event {
        var event = Event(
            id: "a", time: Timestamp(seconds: 0), series: SeriesKey(deployment: "d", version: "v"), status: .ok)
        change(&event)
        return event
    }

    @Test func onlyWhatWasSentBecomesAnObservation() {
        #expect(Self.event { _ in }.observations(cost: nil) == [.number(.status, 0), .absent(.cost)])
        let full = Self.event {
            $0.latencyMicroseconds = 812_500
            $0.usage = Usage(inputTokens: 10, outputTokens: 0)
            $0.finishReason = "stop"
        }
        #expect(
            full.observations(cost: Nanodollars(7)) == [
                .number(.status, 0), .number(.latency, 812_500), .number(.inputTokens, 10), .number(.outputTokens, 0),
                .number(.cost, 7), .category(.finishReason, "stop"),
            ])
    }

    @Test func aFailedCallWithoutUsageIsNotMissingAPrice() {
        let failed = Self.event {
            $0.status = .error
            $0.error = .init(type: "timeout")
        }
        #expect(failed.observations(cost: nil) == [.number(.status, 1), .category(.errorType, "timeout")])
        let billed = Self.event {
            $0.status = .error
            $0.usage = Usage(inputTokens: 5)
        }
        #expect(billed.observations(cost: nil).contains(.absent(.cost)))
        #expect(billed.observations(cost: nil).contains(.category(.errorType, "unspecified")))
    }
}

import Foundation
import StewardJSON
import Testing

@Suite struct RetentionTests {
    private static func event(_ id: String, daysAgo: Double) -> String {
        let time = Date(timeIntervalSinceNow: -daysAgo * 86_400).timeIntervalSince1970
        return """
            {"id":"\(id)","time":\(Int(time)),"deployment":"bot","version":"v1","provider":"openai",\
            "model":"gpt-4o-mini","usage":{"input_tokens":1000,"output_tokens":10}}
            """
    }

    @Test func oldDaysAreDroppedOnRecordAndTheirSumsStay() async throws {
        try await Daemon.run(settings: ["STEWARD_RETENTION_EVENTS": "3d", "STEWARD_INTAKE_LATE_LIMIT": "30d"]) {
            daemon in
            let lines = [40, 10, 9, 8, 1, 0].map { Self.event("e\($0)", daysAgo: Double($0)) }
            let posted = try await daemon.client.postEvents(lines)
            #expect(posted.status == 202)
            let refused = try posted.json()["rejected"]?.array
            #expect(refused?.compactMap { $0["field"]?.string } == ["time"])
            #expect(refused?.first?["reason"]?.string?.contains("intake.late_limit") == true)
            let cost = try await daemon.client.json("/v1/costs?group_by=deployment")["total"]

            #expect(try await daemon.stop() == 0)
            try await daemon.restart()
            let record = try await eventually("the days are dropped") {
                try await daemon.client.json("/v1/audit/records")["records"]?.array?.compactMap { $0["record"] }.first {
                    $0["action"]?.string == "events.drop"
                }
            }
            #expect(record["data"]?["events"]?.int64 == 3)
            #expect(record["data"]?["reason"]?.string == "age")
            let ids = try await daemon.client.allEvents().compactMap { $0["id"]?.string }
            #expect(Set(ids) == ["e1", "e0"])
            #expect(try await daemon.client.get("/v1/events/e9").status == 404)
            #expect(try await daemon.client.json("/v1/costs?group_by=deployment")["total"] == cost)
            let shown = try await daemon.steward("retention", "show")
            #expect(shown.output.contains("for 3 d"), "\(shown.output)")
            let late = try await daemon.client.postEvents([Self.event("late", daysAgo: 6)])
            #expect(try late.json()["rejected"]?.array?.first?["reason"]?.string?.contains("retention.events") == true)

            #expect(try await daemon.stop() == 0)
            let check = try await daemon.steward("fsck", "--data", daemon.data.path)
            #expect(check.status == 0, "\(check.output)")
        }
    }
}

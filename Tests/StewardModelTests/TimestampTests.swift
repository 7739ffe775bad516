import StewardModel
import Testing

struct TimestampTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2023-11-16T18:15:46.680590Z", 1_700_158_546_680_590),
            ("2026-03-03T14:03:00.250+02:00", 1_772_539_380_250_000), ("1969-12-31T23:59:59.999999Z", -1),
            ("2000-02-29T12:00:00z", 951_825_600_000_000), ("2016-12-31T23:59:60Z", 1_483_228_799_000_000),
            ("2023-11-16 18:17:03.9799600Z", 1_700_158_623_979_960),
        ] as [(String, Int64)])
    func readsRFC3339(text: String, microseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "", "2026-03-03", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-03-03T24:00:00Z",
        "2026-03-03T14:03:00", "2026-03-03T14:03:00.Z", "2026-03-03T14:03:00+2:00", "2026-03-03T14:03:00Z ",
        "0000-01-01T00:00:00Z", "２０26-03-03T14:03:00Z",
    ])
    func refusesWhatIsNoInstant(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func writesWhatItReads() {
        var state: UInt64 = 20_260_303
        for _ in 0..<2000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let span = UInt64(Timestamp.latest.microseconds - Timestamp.earliest.microseconds)
            let time = Timestamp(microseconds: Timestamp.earliest.microseconds + Int64(state % span))
            #expect(Timestamp(rfc3339: time.rfc3339) == time, "microseconds \(time.microseconds)")
        }
        #expect(Timestamp.earliest.rfc3339 == "0001-01-01T00:00:00Z")
        #expect(Timestamp.latest.rfc3339 == "9999-12-31T23:59:59.999999Z")
    }

    @Test func minutesRoundDownBeforeTheEpochToo() {
        #expect(Timestamp(microseconds: -1).minute == -1)
        #expect(Timestamp(microseconds: 59_999_999).minute == 0)
        #expect(Timestamp(seconds: 86_400).day == "1970-01-02")
    }

    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
    ])
    func writesDatesAsHTTPDoes(seconds: Int64, text: String) {
        #expect(Timestamp(seconds: seconds).httpDate == text)
    }
}

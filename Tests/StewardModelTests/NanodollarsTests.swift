import StewardModel
import Testing

struct NanodollarsTests {
    @Test(
        arguments: [
            (0, "0.00"), (1, "0.000000001"), (1_000_000_000, "1.00"), (1_234_000, "0.001234"),
            (-1_500_000_000, "-1.50"),
            (Int64.max, "9223372036.854775807"), (Int64.min, "-9223372036.854775808"), (100_000_000, "0.10"),
        ] as [(Int64, String)])
    func decimalStringIsExact(amount: Int64, dollars: String) {
        #expect(Nanodollars(amount).dollars == dollars)
    }

    @Test(
        arguments: [
            ("1.25", 6, 1_250_000), ("0.0375", 6, 37_500), ("15", 6, 15_000_000), ("0.000001", 6, 1),
            ("-2.5", 6, -2_500_000),
            ("1.2500000000", 6, 1_250_000), ("0.0000001", 6, nil), ("", 6, nil), (".5", 6, nil), ("1.", 6, nil),
            ("1e3", 6, nil), ("١", 6, nil), ("9223372036854.775807", 6, Int64.max), ("9223372036854.775808", 6, nil),
        ] as [(String, Int, Int64?)])
    func fixedPointReadsExactlyOrNotAtAll(text: String, places: Int, value: Int64?) {
        #expect(Nanodollars.fixedPoint(text, places: places) == value)
    }

    @Test(
        arguments: [
            (1499, 1), (1500, 2), (2500, 2), (2501, 3), (-1500, -2), (-2500, -2), (-1499, -1), (500, 0), (0, 0),
        ] as [(Int64, Int64)])
    func picodollarsRoundHalfToEven(picodollars: Int64, nanodollars: Int64) {
        #expect(Nanodollars(roundingPicodollars: picodollars).amount == nanodollars)
    }
}

import StewardModel
import Testing

@testable import StewardCommands

@Suite struct TableRendererTests {
    private let plain = TableRenderer(colour: false)

    @Test func alignsColumnsAndEndsLinesWithoutSpaces() {
        let table = plain.table(
            [.left("NAME"), .right("COUNT"), .left("NOTE")], [["a", "1", ""], ["much longer", "1,000", "x → y"]])
        #expect(
            table == """
                NAME         COUNT  NOTE
                a                1
                much longer  1,000  x → y

                """)
    }

    @Test func alignsFacts() {
        #expect(plain.facts([("A", "1"), ("Longer", "2")]) == "A       1\nLonger  2\n")
    }

    @Test func colourChangesNoWidth() {
        let rows = [[Cell("ok", .good), Cell("1")], [Cell("error", .bad), Cell("22")]]
        let coloured = TableRenderer(colour: true).table([.left("S"), .right("N")], rows)
        #expect(coloured.contains("\u{1B}[31merror\u{1B}[0m"))
        var stripped = coloured
        for code in ["0", "2", "31", "32"] { stripped = stripped.split(separator: "\u{1B}[\(code)m").joined() }
        #expect(stripped == plain.table([.left("S"), .right("N")], rows))
    }

    @Test(arguments: [
        ("plain → text", "plain → text"), ("\u{1B}[31mred", "·[31mred"), ("two\nlines\r\n", "two·lines··"),
        ("\u{202E}backwards", "·backwards"), ("\u{0}\u{7F}\u{9B}", "···"), ("e\u{301}", "e\u{301}"),
    ]) func textFromOutsideCannotSteerTheTerminal(text: String, shown: String) {
        #expect(Cell(text).text == shown)
    }
}

@Suite struct HumanizeTests {
    @Test(
        arguments: [
            (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"),
            (Int64.min, "-9,223,372,036,854,775,808"),
        ] as [(Int64, String)]) func counts(value: Int64, text: String)
    { #expect(Humanize.count(value) == text) }

    @Test func countsNouns() {
        #expect(Humanize.count(1, "event") == "1 event")
        #expect(Humanize.count(0, "event") == "0 events")
    }

    @Test(
        arguments: [
            (0.125, 2, "0.12"), (1234.5, 1, "1,234.5"), (-0.001, 2, "0.00"), (2, 0, "2"), (.nan, 2, "–"),
            (-.infinity, 2, "–"), (1e300, 2, "1e+300"),
        ] as [(Double, Int, String)]) func decimals(value: Double, places: Int, text: String)
    {
        #expect(Humanize.decimal(value, places: places) == text)
    }

    @Test(
        arguments: [
            (0, "0"), (0.05, "0.05"), (0.15423, "0.154"), (2, "2"), (1.25, "1.25"), (12.34, "12.3"), (1234.4, "1,234"),
            (0.00002, "2e-05"), (-3.5, "-3.5"), (.nan, "–"),
        ] as [(Double, String)]) func numbers(value: Double, text: String)
    { #expect(Humanize.number(value) == text) }

    @Test(arguments: [(0, "0.00%"), (0.0022, "0.22%"), (0.154, "15.4%"), (1, "100.0%")] as [(Double, String)])
    func shares(value: Double, text: String) { #expect(Humanize.share(value) == text) }

    @Test(
        arguments: [
            (0, 2, "$0.00"), (1_234_567_890_000, 2, "$1,234.57"), (5_000_000, 2, "<$0.01"), (5_000_001, 2, "$0.01"),
            (15_000_000, 2, "$0.02"), (25_000_000, 2, "$0.02"), (1, 4, "<$0.0001"), (1, 9, "$0.000000001"),
            (-1_500_000_000, 2, "-$1.50"), (-1, 2, ">-$0.01"), (999_999_999, 0, "$1"),
            (.min, 2, "-$9,223,372,036.85"),
        ] as [(Int64, Int, String)]) func dollars(amount: Int64, places: Int, text: String)
    {
        #expect(Humanize.dollars(Nanodollars(amount), places: places) == text)
    }

    @Test(
        arguments: [
            (0, "0 B"), (1023, "1,023 B"), (1536, "1.5 KiB"), (200 << 20, "200 MiB"), (3 << 40, "3.0 TiB"),
            (5000 << 40, "5,000 TiB"),
        ] as [(Int64, String)]) func bytes(value: Int64, text: String)
    { #expect(Humanize.bytes(value) == text) }

    @Test(arguments: [(0.4, "0 ms"), (812.4, "812 ms"), (999, "999 ms"), (30_000, "30.00 s")] as [(Double, String)])
    func latencies(milliseconds: Double, text: String) { #expect(Humanize.milliseconds(milliseconds) == text) }

    @Test(
        arguments: [
            (-5, "0 s"), (59, "59 s"), (60, "1 min"), (63, "1 min 3 s"), (3600, "1 h"), (12_000, "3 h 20 min"),
            (86_400, "1 d"), (1_000_000, "11 d 13 h"),
        ] as [(Int64, String)]) func durations(seconds: Int64, text: String)
    {
        #expect(Humanize.duration(seconds: seconds) == text)
    }

    @Test(
        arguments: [
            (0, "now"), (1, "1 s ago"), (120, "2 min ago"), (7199, "1 h ago"), (172_799, "47 h ago"),
            (172_800, "2 d ago"), (-90, "in 1 min"), (400 * 86_400, "400 d ago"),
        ] as [(Int64, String)]) func ages(seconds: Int64, text: String)
    {
        let now = Timestamp(seconds: 1_772_546_400)
        #expect(Humanize.ago(now - .seconds(seconds), now: now) == text)
    }
}

import ArgumentParser
import StewardJSON
import StewardStatistics
import Testing

@testable import StewardCommands

@Suite struct DriftVerbTests {
    private let recording = RecordingConsole()

    private func comparison(_ offset: Double) throws -> DriftComparison {
        DriftComparison(
            reference: try DriftSamples.column(DriftSamples.spread(200), path: "a.csv"),
            current: try DriftSamples.column(DriftSamples.spread(200, offset: offset), path: "b.csv"))
    }

    @Test func driftIsExitStatus1AndNoDriftIs0() throws {
        let same = try comparison(0)
        try Drift.show(
            try same.report(rule: DriftRule(), columns: nil, categorical: []), same, recording.console(), .table)
        #expect(recording.output.hasSuffix("\n1 column did not drift.\n"))
        let other = try comparison(0.5)
        let error = #expect(throws: ExitCode.self) {
            try Drift.show(
                try other.report(rule: DriftRule(), columns: nil, categorical: []), other, recording.console(), .table)
        }
        #expect(error?.rawValue == 1)
        #expect(recording.output.hasSuffix("\n1 column drifted.\n"))
    }

    /// The members that programs rely on.
    @Test func jsonHasItsShape() throws {
        let comparison = DriftComparison(
            reference: try DriftSamples.file("n,c\n" + (0..<60).map { "\($0),\($0 % 2 == 0 ? "a" : "b")\n" }.joined()),
            current: try DriftSamples.file(
                "n,c\n" + (0..<60).map { "\($0),\($0 % 2 == 0 ? "a" : "b")\n" }.joined(), path: "b.csv"))
        let json = DriftJSON.value(try comparison.report(rule: DriftRule(), columns: nil, categorical: []))
        let columns = try #require(json["columns"]?.array)
        #expect(columns.map { $0["name"] } == ["n", "c"])
        #expect(columns.map { $0["kind"] } == ["numeric", "categorical"])
        for column in columns {
            #expect(column["n_reference"] == 60 && column["n_current"] == 60)
            #expect(column["verdict"] == "no_drift")
        }
        let numeric = [
            "ks/statistic", "ks/p_value", "ks/p_exact", "anderson_darling/statistic", "anderson_darling/p_value",
            "cramer_von_mises/statistic", "cramer_von_mises/p_value", "wasserstein/statistic",
            "jensen_shannon/statistic", "hellinger/statistic", "psi/statistic", "psi/corrected", "psi/band_95",
            "chi_square/statistic", "chi_square/degrees_of_freedom", "chi_square/p_value", "g_test/statistic",
            "cramers_v/statistic",
        ]
        for path in numeric { #expect(columns[0].value(at: "/tests/\(path)")?.double != nil, "\(path)") }
        let categorical = [
            "chi_square/statistic", "chi_square/degrees_of_freedom", "chi_square/p_value",
            "chi_square_pooled/statistic", "g_test/p_value", "fisher/p_value", "cramers_v/statistic", "psi/statistic",
            "jensen_shannon/statistic", "hellinger/statistic",
        ]
        for path in categorical { #expect(columns[1].value(at: "/tests/\(path)")?.double != nil, "\(path)") }
    }

    @Test func whatIsUndefinedIsNull() throws {
        let cells = [String](repeating: "ok", count: 200)
        let comparison = DriftComparison(
            reference: try DriftSamples.column(cells, path: "a.csv"),
            current: try DriftSamples.column(cells, path: "b.csv"))
        let json = DriftJSON.value(try comparison.report(rule: DriftRule(), columns: nil, categorical: []))
        for path in ["chi_square", "chi_square_pooled", "g_test", "cramers_v", "fisher"] {
            #expect(json.value(at: "/columns/0/tests/\(path)") == .null, "\(path)")
        }
    }

    @Test func namesAreHarmlessOnThePage() throws {
        let evil = "<script>alert('&')</script>"
        let text = "\"\(evil)\"\n" + (0..<40).map { $0 % 2 == 0 ? "\"\(evil)\"\n" : "b\n" }.joined()
        let comparison = DriftComparison(
            reference: try DriftSamples.file(text), current: try DriftSamples.file(text, path: evil))
        let page = DriftPage(
            report: try comparison.report(rule: DriftRule(), columns: nil, categorical: []), comparison: comparison)
        #expect(!page.html.contains("<script"))
        #expect(page.html.contains("&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;"))
        #expect(page.html.contains("<svg"))
    }

    @Test(arguments: [
        ["--alpha", "0"], ["--alpha", "nan"], ["--min-effect", "2"], ["--min-tail-ratio", "0.5"], ["--min-rows", "4"],
    ])
    func settingsHaveRanges(arguments: [String]) {
        #expect(throws: (any Error).self) { try Drift.parse(["a.csv", "b.csv"] + arguments) }
    }

    @Test(arguments: [(0.0345, "0.034"), (1, "1.000"), (1.23e-12, "1e-12"), (9.9e-5, "1e-4"), (0, "<1e-300")])
    func probabilities(p: Double, text: String) { #expect(DriftText.probability(p) == text) }

    @Test(arguments: [
        (0.0, 1.0, [0, 0.2, 0.4, 0.6, 0.8, 1]), (0, 0, []), (-5, 5, [-4, -2, 0, 2, 4]), (0, .infinity, []),
    ])
    func steps(low: Double, high: Double, expected: [Double]) {
        let steps = DriftScale.steps(low, high)
        #expect(steps.count == expected.count && zip(steps, expected).allSatisfy { abs($0 - $1) < 1e-12 }, "\(steps)")
    }
}

import StewardAnalysis
import StewardJSON
import StewardModel
import StewardStatistics
import Testing

@testable import StewardCommands

@Suite struct DriftVerdictTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var reference: [String]
        var current: [String]
        var kind: FileDriftReport.Kind
        var verdict: DriftRule.Verdict
        /// What the reason or a note says.
        var says: String
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(
            name: "unchanged", reference: DriftSamples.spread(400), current: DriftSamples.spread(300), kind: .numeric,
            verdict: .noDrift,
            says: "nothing significant"),
        Case(
            name: "shifted", reference: DriftSamples.spread(400), current: DriftSamples.spread(400, offset: 0.2),
            kind: .numeric,
            verdict: .drift, says: "% of rows moved (Kolmogorov–Smirnov p "),
        Case(
            name: "far from zero", reference: DriftSamples.spread(400, offset: 1e9),
            current: DriftSamples.spread(400, offset: 1e9 + 0.2),
            kind: .numeric, verdict: .drift, says: "of rows moved"),
        Case(
            name: "equal constants", reference: [String](repeating: "3.25", count: 50),
            current: [String](repeating: "3.25", count: 60), kind: .numeric, verdict: .noDrift,
            says: "all values are equal"),
        Case(
            name: "another constant", reference: [String](repeating: "3.25", count: 50),
            current: [String](repeating: "3.5", count: 60), kind: .numeric, verdict: .drift,
            says: "100% of rows moved"),
        Case(
            name: "disjoint", reference: DriftSamples.spread(40), current: DriftSamples.spread(40, offset: 5),
            kind: .numeric, verdict: .drift,
            says: "are new"),
        Case(
            name: "5 against 7", reference: DriftSamples.spread(5), current: DriftSamples.spread(7, offset: 9),
            kind: .numeric,
            verdict: .insufficientEvidence,
            says: "needs 25 more in the reference file and 23 more in the current file"),
        Case(
            name: "one row", reference: ["1"], current: DriftSamples.spread(100), kind: .numeric,
            verdict: .insufficientEvidence,
            says: "needs 29 more in the reference file"),
        Case(
            name: "NaN and infinities", reference: DriftSamples.spread(100) + ["NaN", "inf", "-Infinity"],
            current: DriftSamples.spread(100),
            kind: .numeric, verdict: .noDrift, says: "3 cells are NaN or infinite in the reference file, left out"),
        Case(
            name: "NaN only", reference: [String](repeating: "nan", count: 50), current: DriftSamples.spread(50),
            kind: .numeric,
            verdict: .insufficientEvidence, says: "a file has no finite numbers"),
        Case(
            name: "values go missing", reference: DriftSamples.spread(200),
            current: DriftSamples.spread(200).enumerated().map { $0 % 2 == 0 ? "NA" : $1 }, kind: .numeric,
            verdict: .drift,
            says: "missing values 0% → 50% (Fisher p "),
        Case(
            name: "a few texts among numbers", reference: DriftSamples.spread(99) + ["oops"],
            current: DriftSamples.spread(100), kind: .numeric,
            verdict: .noDrift, says: "1 cell is no number in the reference file, left out"),
        Case(
            name: "numbers and texts mixed", reference: (0..<90).map { $0 % 3 == 0 ? "\($0 % 2)" : "x" },
            current: (0..<90).map { $0 % 3 == 0 ? "\($0 % 2)" : "x" }, kind: .categorical, verdict: .noDrift,
            says: "nothing significant"),
        Case(
            name: "other shares", reference: (0..<300).map { $0 % 3 == 0 ? "a" : "b" },
            current: (0..<300).map { $0 % 3 == 0 ? "b" : "a" }, kind: .categorical, verdict: .drift,
            says: "33.3% → 66.7%"),
        Case(
            name: "an unseen category", reference: (0..<200).map { $0 % 2 == 0 ? "a" : "b" },
            current: (0..<200).map { $0 % 10 == 0 ? "new" : $0 % 2 == 0 ? "a" : "b" }, kind: .categorical,
            verdict: .drift, says: "of rows moved (chi-square p "),
        Case(
            name: "a single category", reference: [String](repeating: "ok", count: 200),
            current: [String](repeating: "ok", count: 200), kind: .categorical, verdict: .noDrift,
            says: "a single category in both files"),
        Case(
            name: "ids", reference: (0..<200).map { "id-\($0)" }, current: (200..<400).map { "id-\($0)" },
            kind: .categorical, verdict: .insufficientEvidence, says: "ids or free text"),
        Case(
            name: "long texts", reference: (0..<40).map { _ in String(repeating: "word ", count: 50) },
            current: (0..<40).map { _ in "short" }, kind: .categorical, verdict: .insufficientEvidence,
            says: "ids or free text"),
        Case(
            name: "only rare categories", reference: (0..<31).map { "k\($0 % 30)" },
            current: (0..<31).map { "k\($0 % 30)" }, kind: .categorical, verdict: .insufficientEvidence,
            says: "more in the reference file"),
    ]

    @Test(arguments: cases) func judges(_ expected: Case) throws {
        let report = try DriftSamples.report(
            try DriftSamples.column(expected.reference, path: "a.csv"),
            try DriftSamples.column(expected.current, path: "b.csv"))
        let found = try #require(report.columns.first)
        #expect(found.kind == expected.kind)
        #expect(found.judgement.verdict == expected.verdict)
        let said = ([DriftText.reason(found, report.rule)] + found.notes).joined(separator: "\n")
        #expect(said.contains(expected.says), "\(said)")

        // Whatever happened, no number is one that JSON cannot write, and the page holds together.
        let json = DriftJSON.value(report)
        #expect(try JSONValue(parsing: json.text)["columns"]?.array?.count == 1)
        let comparison = DriftComparison(
            reference: try DriftSamples.file("value\n1\n"), current: try DriftSamples.file("value\n1\n"))
        let html = DriftPage(report: report, comparison: comparison).html
        #expect(html.contains(HTMLText.escape(DriftText.reason(found, report.rule))))
        #expect(!html.lowercased().contains("nan\"") && !html.contains(">nan<"))
    }

    @Test func numbersMayBeDeclaredCategories() throws {
        let (first, second) = (
            try DriftSamples.file("status\n" + rows), try DriftSamples.file("status\n" + rows, path: "b.csv")
        )
        #expect(try DriftSamples.report(first, second).columns[0].kind == .numeric)
        #expect(try DriftSamples.report(first, second, categorical: ["status"]).columns[0].kind == .categorical)
    }

    private var rows: String { (0..<100).map { $0 % 9 == 0 ? "500\n" : "200\n" }.joined() }

    @Test func aColumnInOneFileOnlyIsSaid() throws {
        let report = try DriftSamples.report(
            try DriftSamples.file("a,b\n" + String(repeating: "1,2\n", count: 40)),
            try DriftSamples.file("a,c\n" + String(repeating: "1,2\n", count: 40), path: "b.csv"))
        #expect(report.columns.map(\.name) == ["a", "b", "c"])
        #expect(report.columns.map(\.judgement.verdict) == [.noDrift, .insufficientEvidence, .insufficientEvidence])
        #expect(report.columns[1].notes == ["only in the reference file: there is nothing to compare"])
        #expect(report.columns[2].notes == ["only in the current file: there is nothing to compare"])
    }

    @Test func theMoreColumnsTheLessOneMeansByItself() throws {
        func text(_ offset: Double, _ columns: Int) -> String {
            let header = (0..<columns).map { "c\($0)" }.joined(separator: ",") + "\n"
            return header
                + DriftSamples.spread(150, offset: offset).enumerated().map { index, cell in
                    ([cell] + (1..<columns).map { "\((index * 7919 + $0 * 31) % 101)" }).joined(separator: ",") + "\n"
                }.joined()
        }
        func least(_ columns: Int) throws -> Double {
            let report = try DriftSamples.report(
                try DriftSamples.file(text(0, columns)), try DriftSamples.file(text(0.12, columns), path: "b.csv"))
            return try #require(report.columns[0].judgement.adjustedPValues.min())
        }
        #expect(try least(20) > (try least(2)))
    }
}

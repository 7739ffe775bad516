import ArgumentParser
import StewardJSON
import StewardModel
import StewardStatistics
import StewardWire
import Testing

@testable import StewardCommands

@Suite struct FairnessTests {
    private let recording = RecordingConsole()

    /// 400 women of whom 80 are hired, 600 men of whom 300 are, and 3 people of whom nothing is known.
    static let hiring: String = {
        var lines = ["sex,age,hired,good,score"]
        for index in 0..<400 {
            lines.append("female,\(index % 2 == 0 ? "old" : "young"),\(index < 80 ? "yes" : "no"),1,0.4")
        }
        for index in 0..<600 {
            lines.append("male,\(index % 2 == 0 ? "old" : "young"),\(index < 300 ? "yes" : "no"),1,0.6")
        }
        lines += [",old,yes,1,0.5", "n/a,old,no,,", "male,old,,1,"]
        return lines.joined(separator: "\n") + "\n"
    }()

    private func report(_ text: String, _ arguments: [String], format: ImportMap.Format = .csv) throws -> FairnessReport
    {
        let verb = try Fairness.parse(["audit.csv"] + arguments)
        let plan = try verb.plan()
        var chunks = [Array(text.utf8)[...]]
        let input = try FairnessReader.decisions(FairnessReader(plan.columns, format: format), file: "audit.csv") {
            // Pieces of seven bytes: rows and names are cut anywhere.
            let piece = chunks[0].prefix(7)
            chunks[0] = chunks[0].dropFirst(7)
            return Array(piece)
        }
        return try FairnessReport(input, plan, file: "audit.csv", time: recording.now)
    }

    private let arguments = ["--attribute", "sex", "--outcome", "hired", "--unknown", "n/a"]

    @Test func aDisparityFailsAndExitsWithOne() throws {
        let report = try report(Self.hiring, arguments)
        #expect(report.verdict == .fail)
        #expect(report.rows == 1002 && report.rowsWithoutOutcome == 1)
        let exit = #expect(throws: ExitCode.self) { try report.show(recording.console(), .table) }
        #expect(exit?.rawValue == 1)
        #expect(
            recording.output == """
                Failed: at least one group lies beyond a bound by more than chance explains.
                1,002 decisions, 1 row without an outcome left out, 95% intervals

                sex
                group             decisions  selection rate  interval
                female                  400           0.200  0.164 to 0.242
                male (reference)        600           0.500  0.460 to 0.540
                2 decisions of unknown group
                any difference in selection rate: chi-square 91.7, 1 df, p < 0.001
                ✗ fail          impact_ratio 0.8  female: selection rate 0.400 times that of male (95% interval \
                0.323 to 0.493), beyond the bound of 0.800; p < 0.001 after Holm's correction.

                """)
    }

    @Test func insufficientIsSaidFirstAndIsNoFailure() throws {
        let report = try report("sex,hired\nf,1\nm,0\n", ["--attribute", "sex", "--outcome", "hired"])
        try report.show(recording.console(), .table)
        #expect(recording.output.hasPrefix("Insufficient evidence: "))
        #expect(report.json["verdict"] == "insufficient")
    }

    @Test func jsonHasEveryNumberAndNullForWhatIsUndefined() throws {
        let answer = try report(
            Self.hiring, arguments + ["--truth", "good", "--score", "score", "--ll144", "--rule", "impact_ratio=0.8"]
        ).json
        let attribute = try #require(answer["attributes"]?.array?.first)
        #expect(attribute["name"] == "sex" && attribute["reference"] == "male" && attribute["unknown"] == 2)
        let female = try #require(attribute["groups"]?.array?.first)
        #expect(female["name"] == "female" && female["n"] == 400 && female["selected"] == 80 && female["tp"] == 80)
        #expect(female["rates"]?["selection_rate"]?["rate"] == 0.2)
        #expect(female["rates"]?["selection_rate"]?["wilson"]?.array?.count == 2)
        #expect(female["rates"]?["false_positive_rate"] == nil, "nobody was negative in truth")
        #expect(female["rates"]?["true_positive_rate"]?["trials"] == 400)
        let pair = try #require(attribute["comparisons"]?["selection_rate"]?.array?.first)
        #expect(pair["group"] == "female" && pair["ratio"] == 0.4)
        #expect(try #require(pair["p_holm"]?.double) < 1e-15)
        let measure = try #require(attribute["measures"]?.array?.first)
        #expect(measure["measure"] == "impact_ratio" && measure["verdict"] == "fail")
        #expect(measure["groups"]?.array?.first?["interval"]?.array?.count == 2)
        #expect(try #require(measure["groups"]?.array?.first?["adjusted_p_value"]?.double) < 1e-6)
        let tables = try #require(answer["local_law_144"]?.array)
        #expect(tables.map { $0["basis"]?.string } == ["selection_rate", "scoring_rate"])
        #expect(answer["median_score"] == 0.6 && tables[1]["categories"]?.array?.last?["rate"]?.double == 0)
        #expect(tables[0]["unknown"] == 2)

        let bare = try report(Self.hiring, arguments).json["attributes"]?.array?.first?["groups"]?.array?.first
        #expect(bare?["tp"] == .null && bare?["mean_score"] == .null && bare?["calibration"] == .null)
    }

    @Test func intersectionsComeLast() throws {
        let report = try report(
            Self.hiring,
            ["--attribute", "sex,age", "--intersections", "--outcome", "hired", "--reference", "female,young"])
        #expect(report.audits.map(\.attributes) == [["sex"], ["age"], ["sex", "age"]])
        #expect(report.audits[2].reference == ["female", "young"])
        #expect(report.audits[2].groups.map(\.group).contains(["n/a", "old"]))
    }

    @Test func jsonLinesReadAsCSVDoes() throws {
        let lines = Self.hiring.split(separator: "\n").dropFirst().map { line in
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            let hired = fields[2].isEmpty ? "null" : fields[2] == "yes" ? "true" : "false"
            return #"{"age":"\#(fields[1])","sex":"\#(fields[0])","hired":\#(hired)}"#
        }
        let fromLines = try report(lines.joined(separator: "\n"), arguments, format: .jsonl)
        let fromCSV = try report(Self.hiring, arguments)
        #expect(fromLines.json == fromCSV.json)
    }

    @Test(arguments: [
        (
            "sex,hired\nf,maybe\n",
            "audit.csv: line 2: 'hired' holds 'maybe', which is neither 1, true, yes nor 0, false, no; say "
                + "with --favourable which value is the favourable one"
        ),
        ("sex,hired\nf\n", "audit.csv: line 2: the row has 1 columns, the header has 2"),
        (
            "sex,job\nf,1\n",
            "audit.csv: the command names the column 'hired', which the file does not have; it has 'sex', 'job'"
        ),
        ("", "audit.csv: the file is empty: its first line must name the columns"),
        ("sex,hired\nf,\n", "audit.csv: the file has no row with an outcome, so nothing was audited"),
    ]) func saysWhatIsWrongWithTheFile(text: String, message: String) {
        let error = #expect(throws: StewardError.self) {
            try report(text, ["--attribute", "sex", "--outcome", "hired"])
        }
        #expect(error?.description == message)
        #expect(error?.code.exitStatus == 2)
    }

    @Test func aScoreThatIsNoNumberIsAnError() {
        let error = #expect(throws: StewardError.self) {
            try report("sex,hired,score\nf,1,high\n", arguments + ["--score", "score"])
        }
        #expect(error?.message.hasPrefix("line 2: 'score' holds 'high', which is no number") == true)
    }

    @Test(arguments: [
        (["--attribute", "sex,sex"], "--attribute"), (["--attribute", ","], "--attribute"),
        (["--attribute", "sex", "--reference", "a,b"], "--reference"),
        (["--attribute", "sex", "--reference", "nobody"], "--reference"),
        (["--attribute", "sex", "--intersections"], "--intersections"),
        (["--attribute", "sex", "--exclude-small"], "--exclude-small"),
        (["--attribute", "sex", "--rule", "impact_ratio"], "--rule"),
        (["--attribute", "sex", "--rule", "impact_ratio=2"], "--rule"),
        (["--attribute", "sex", "--rule", "equal_opportunity_ratio=0.8"], "--rule"),
        (["--attribute", "sex", "--rule", "scoring_impact_ratio=0.8"], "--rule"),
        (["--attribute", "sex", "--confidence", "1"], "--rule"),
    ]) func saysWhatIsWrongWithTheOptions(options: [String], field: String) {
        let error = #expect(throws: StewardError.self) {
            try report(Self.hiring, options + ["--outcome", "hired"])
        }
        #expect(error?.field == field)
        #expect(error?.code == .invalidInput)
    }

    @Test func favourableNamesTheGoodValue() throws {
        let text = "sex,result\nf,hired\nf,rejected\nm,hired\nm,later\n"
        let report = try report(text, ["--attribute", "sex", "--outcome", "result", "--favourable", "hired"])
        #expect(report.audits[0].groups.map(\.counts.selected) == [1, 1])
    }

    @Test func thePageNeedsNothingFromElsewhereAndTrustsNoName() throws {
        let hostile = Self.hiring.split(separator: "\n").joined(separator: "\n")
            .split(separator: "female").joined(separator: "<script>alert(1)</script>&'")
        let report = try report(
            String(hostile), arguments + ["--truth", "good", "--score", "score", "--ll144", "--exclude-small"])
        let html = report.page.html
        #expect(!html.contains("<script") && html.contains("&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#39;"))
        for outside in ["http://", "https://", "src=", "href=", "url(", "@import"] { #expect(!html.contains(outside)) }
        for element in ["section", "table", "svg", "figure", "ul", "li", "p", "div", "td", "th", "small"] {
            let opened = html.ranges(of: "<\(element)>").count + html.ranges(of: "<\(element) ").count
            #expect(opened == html.ranges(of: "</\(element)>").count, "\(element)")
        }
        #expect(html.contains("Fail") && html.contains("Local Law 144") && html.contains("<h2>Limits</h2>"))
        #expect(!html.contains("nan") && !html.contains("inf\""))
    }

    @Test func thePageOfLittleDataSaysThatItIsNoPass() throws {
        let report = try report("sex,hired\nf,1\nm,0\n", ["--attribute", "sex", "--outcome", "hired"])
        #expect(report.page.html.contains("This is not a pass."))
    }
}

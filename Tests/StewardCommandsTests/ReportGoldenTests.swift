import Foundation
import StewardJSON
import StewardModel
import Testing

@testable import StewardCommands

/// Every `Fixtures/reports/<report>.<case>.json`, an answer of the API, is printed as the `.txt` beside it. Adding a
/// case is adding both files; `STEWARD_RECORD=1 swift test` writes the `.txt` for review.
@Suite struct ReportGoldenTests {
    private static let reports: [String: @Sendable (JSONValue, Page) -> String] = [
        "costs": Costs.report, "deployment": Deployments.detail, "deployments": Deployments.list,
        "baselines": BaselineCommand.List.report, "event": Tail.line, "explanation": FindingExplanation.report,
        "experiment": { ExperimentText(answer: $0, page: $1).text }, "experiments": Experiments.list,
        "experiment-page": { ExperimentPage(answer: $0, now: $1.now).html },
        "watch": Watch.report, "disable": Disable.report, "describe": Describe.report,
        "findings": { Findings.report($0, filter: .open, $1) }, "freeze": Freeze.report,
        "history": History.report, "policies": PolicyList.report, "promote": Promote.report,
        "records": AuditRecords.report, "register": Register.report, "route": RouteCommand.Show.report,
        "status": Status.report, "token": TokenCreate.report, "tokens": TokenList.report, "version": Versions.detail,
        "versions": Versions.list,
    ]

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/reports")
    static let page = Page(
        renderer: TableRenderer(colour: false), now: Timestamp(rfc3339: "2026-03-03T14:00:00Z") ?? .earliest)

    static var cases: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }

    @Test(arguments: cases) func printsAsRecorded(name: String) throws {
        let kind = String(name.prefix { $0 != "." })
        let report = try #require(Self.reports[kind], "no report is called \(kind)")
        let json = try Data(contentsOf: Self.folder.appending(path: name + ".json"))
        let text = report(try JSONValue(parsing: Array(json)), Self.page)
        let golden = Self.folder.appending(path: name + ".txt")
        if ProcessInfo.processInfo.environment["STEWARD_RECORD"] != nil { try Data(text.utf8).write(to: golden) }
        #expect(text == String(decoding: try Data(contentsOf: golden), as: UTF8.self))
    }

    @Test func everyReportHasACase() {
        let kinds = Set(Self.cases.map { String($0.prefix { $0 != "." }) })
        #expect(kinds == Set(Self.reports.keys))
    }

    /// What a newer daemon leaves out or adds must not break an older command line.
    @Test(arguments: reports.keys.sorted()) func survivesAnAnswerItDoesNotKnow(kind: String) throws {
        let report = try #require(Self.reports[kind])
        let rows: JSONValue = [["unknown": 1], 7, nil]
        let names = [
            "deployments", "routes", "traffic", "findings", "rows", "versions", "history", "records", "tokens",
            "policies", "states", "targets", "roles", "baselines", "signals", "monitors", "distributions",
        ]
        let strange = JSONValue.object(names.map { .init(name: $0, value: rows) })
        for answer in [JSONValue.null, [:], [], strange] {
            #expect(report(answer, Self.page).hasSuffix("\n"))
        }
    }
}

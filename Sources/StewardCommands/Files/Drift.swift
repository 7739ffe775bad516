import ArgumentParser
import Foundation
import StewardAnalysis
import StewardJSON
import StewardModel
import StewardStatistics

struct Drift: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare the columns of two files and say which have drifted, without a daemon.",
        discussion: """
            Reads two CSV or JSON Lines files, gzipped or not, and compares every column that both have. A column is \
            numeric when nearly all its cells are numbers, categorical otherwise; members of JSON objects are columns \
            such as usage.input_tokens.

            A column has drifted when a test is significant after Holm's correction over all tests of all columns, and \
            at least --min-effect of the rows have moved (or the extreme values have become as much more frequent as \
            --min-tail-ratio says), and both files have --min-rows values. With fewer values the answer is \
            "insufficient evidence", which is no pass.

            Exit status: 0 no drift, 1 drift found, 2 bad input.

            Example:
              steward drift last-week.csv this-week.csv --html drift.html
            """)

    @Argument(help: "The file to compare with.")
    var reference: String

    @Argument(help: "The file that may have drifted.")
    var current: String

    @Option(help: "Compare only these columns, separated by commas.", transform: Self.names)
    var columns: [String]?

    @Option(help: "Take these columns for categories, though they hold numbers.", transform: Self.names)
    var categorical: [String]?

    @Option(help: "Write a page for people: one HTML file without scripts.")
    var html: String?

    @Option(help: "Chance of any false alarm, over all columns together.")
    var alpha = DriftRule().alpha

    @Option(help: "Least share of rows that must have moved.")
    var minEffect = DriftRule().leastShareMoved

    @Option(help: "Least ratio of the shares of extreme values.")
    var minTailRatio = DriftRule().leastTailRatio

    @Option(help: "Least number of values on each side.")
    var minRows = DriftRule().leastRows

    @Option(help: "How to print the answer: 'table' for people, 'json' for programs.")
    var output: OutputFormat = .table

    func validate() throws {
        guard alpha > 0, alpha < 1 else { throw ValidationError("--alpha must lie between 0 and 1, such as 0.05.") }
        guard (0...1).contains(minEffect) else {
            throw ValidationError("--min-effect is a share of rows from 0 to 1, such as 0.02.")
        }
        guard minTailRatio >= 1 else { throw ValidationError("--min-tail-ratio is a ratio from 1, such as 1.25.") }
        guard minRows >= 5 else {
            throw ValidationError("--min-rows must be at least 5: fewer values cannot differ significantly.")
        }
    }

    func run() throws {
        var rule = DriftRule()
        (rule.alpha, rule.leastShareMoved, rule.leastTailRatio, rule.leastRows) =
            (alpha, minEffect, minTailRatio, minRows)
        let comparison = try DriftComparison(reference: reference, current: current, columns: columns)
        let report = try comparison.report(
            rule: rule, columns: columns, categorical: Set(categorical ?? []))
        if let html {
            let page = DriftPage(report: report, comparison: comparison)
            try Files.write(Array(page.html.utf8), to: html)
        }
        try Self.show(report, comparison, Console.live(), output)
    }

    static func show(
        _ report: FileDriftReport, _ comparison: DriftComparison, _ console: Console, _ format: OutputFormat
    ) throws {
        switch format {
        case .json: console.output(String(decoding: DriftJSON.value(report).pretty, as: UTF8.self))
        case .table:
            let page = Page(renderer: console.outputRenderer, now: console.now())
            console.output(DriftText.report(report, page))
        }
        for remark in comparison.remarks { console.error("steward: \(Cell.printable(remark))\n") }
        if report.hasDrift { throw ExitCode(StewardError.Code.refused.exitStatus) }
    }

    private static func names(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }
}

/// Two files that were read, and what becomes of their columns.
struct DriftComparison {
    var reference: DriftFile
    var current: DriftFile

    init(reference: DriftFile, current: DriftFile) {
        (self.reference, self.current) = (reference, current)
    }

    /// Reads both files at once.
    init(reference: String, current: String, columns: [String]?) throws {
        let files = Parallel.map(2) { index in
            Result { try DriftFile(path: index == 0 ? reference : current, columns: columns) }
        }
        self.init(reference: try files[0].get(), current: try files[1].get())
    }

    /// - Throws: `invalidInput` where a file has no rows, a column asked for is in neither file, or none is in both.
    func report(rule: DriftRule, columns: [String]?, categorical: Set<String>) throws -> FileDriftReport {
        for file in [reference, current] where file.rowCount == 0 {
            throw StewardError(.invalidInput, "the file has no rows, so there is nothing to compare", field: file.path)
        }
        let known = reference.columnNames + current.columnNames.filter { reference.columns[$0] == nil }
        for name in (columns ?? []) + categorical.sorted() where !known.contains(name) {
            let others = reference.otherNames + current.otherNames.filter { !reference.otherNames.contains($0) }
            throw StewardError(
                .invalidInput, "no file has a column '\(name)'; there are \(DriftFile.list(known + others))",
                field: "--columns")
        }
        guard reference.columnNames.contains(where: { current.columns[$0] != nil }) else {
            throw StewardError(
                .invalidInput,
                "the files have no column in common: \(DriftFile.list(reference.columnNames)) against "
                    + DriftFile.list(current.columnNames), field: current.path)
        }
        return FileDriftReport(
            known.map { (name: $0, reference: reference.columns[$0], current: current.columns[$0]) }, rule: rule,
            categorical: categorical)
    }

    /// What was left out of the files.
    var remarks: [String] { [reference, current].compactMap(\.remark) }
}

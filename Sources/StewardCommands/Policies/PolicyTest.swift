import ArgumentParser
import Foundation
import StewardGovernance
import StewardJSON
import StewardModel
import StewardPolicy

struct PolicyTest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run the cases of every NAME.test.yaml against the NAME.yaml beside it.",
        discussion: """
            Exits 1 when a case does not come out as expected, or a policy in a folder has no test file. Price lists, \
            probes and signals need none: they decide nothing.

            Example:
              steward policy test policies/
            """)

    @Argument(help: "Folders, or .test.yaml files.")
    var paths: [String]

    @OptionGroup var outputOptions: OutputOptions

    func run() throws {
        let console = Console.live()
        let files = try paths.flatMap(Self.files)
        guard !files.isEmpty else {
            throw StewardError(.invalidInput, "no .test.yaml file is there", field: paths.joined(separator: ", "))
        }
        let rows = try files.flatMap(Self.rows) + paths.flatMap(Self.untested)
        let answer: JSONValue = [
            "ok": .bool(rows.allSatisfy { $0["ok"]?.bool == true }), "cases": .array(rows),
        ]
        switch outputOptions.output {
        case .json: console.output(String(decoding: answer.pretty, as: UTF8.self))
        case .table: console.output(Self.report(answer, Page(renderer: console.outputRenderer, now: console.now())))
        }
        if answer["ok"]?.bool != true { throw ExitCode(1) }
    }

    /// One row a case.
    private static func rows(_ path: String) throws -> [JSONValue] {
        let policyPath = String(path.dropLast(".test.yaml".count)) + ".yaml"
        let document: PolicyDocument
        let tests: PolicyTestFile
        switch (
            PolicyDocument.parse(file: policyPath, text: try Files.text(policyPath)),
            PolicyTestFile.parse(file: path, text: try Files.text(path))
        ) {
        case (.success(let found), .success(let cases)): (document, tests) = (found, cases)
        case (.failure(let problems), _), (_, .failure(let problems)):
            throw StewardError(.configuration, problems.description)
        }
        guard let failures = PolicyTesting.failures(document, tests) else {
            throw StewardError(.invalidInput, "policies of kind \(document.kindName) have no tests", field: path)
        }
        return tests.cases.map { entry in
            let failure = failures.first { $0.name == entry.name }
            return [
                "file": .string(path), "name": .string(entry.name), "ok": .bool(failure == nil),
                "message": failure.map { .string($0.message) } ?? .null,
            ]
        }
    }

    /// One row for each policy of a folder that has no test file.
    private static func untested(_ folder: String) throws -> [JSONValue] {
        try found(in: folder).filter { !$0.hasSuffix(".test.yaml") }.compactMap { path in
            let test = String(path.dropLast(".yaml".count)) + ".test.yaml"
            guard !FileManager.default.fileExists(atPath: test) else { return nil }
            let document: PolicyDocument
            switch PolicyDocument.parse(file: path, text: try Files.text(path)) {
            case .success(let found): document = found
            case .failure(let problems): throw StewardError(.configuration, problems.description)
            }
            guard PolicyTesting.hasTests(document) else { return nil }
            return [
                "file": .string(path), "name": .string(document.name ?? ""), "ok": .bool(false),
                "message": "has no test file beside it",
            ]
        }
    }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        let cases = answer.rows("cases")
        let failed = cases.filter { $0["ok"]?.bool != true }
        let lines = failed.map { entry in
            page.renderer.paint("✗", .bad) + " "
                + Cell.printable("\(entry.text("file")): \(entry.text("name")): \(entry.text("message"))") + "\n"
        }.joined()
        let count = Humanize.count(Int64(cases.count), "case")
        return lines
            + (failed.isEmpty
                ? page.renderer.paint("✓", .good) + " \(count) came out as expected.\n"
                : "\(failed.count) of \(count) did not come out as expected.\n")
    }

    private static func files(at path: String) throws -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw StewardError(.invalidInput, "there is no such file or folder", field: path)
        }
        guard isFolder.boolValue else {
            guard path.hasSuffix(".test.yaml") else {
                throw StewardError(.invalidInput, "must end in .test.yaml", field: path)
            }
            return [path]
        }
        return found(in: path).filter { $0.hasSuffix(".test.yaml") }
    }

    /// Every YAML file below a folder; none where it is a file.
    private static func found(in path: String) -> [String] {
        let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        let folder = path.hasSuffix("/") ? String(path.dropLast()) : path
        return names.filter { $0.hasSuffix(".yaml") }.sorted().map { "\(folder)/\($0)" }
    }
}

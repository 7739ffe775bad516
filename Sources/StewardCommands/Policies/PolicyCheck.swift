import ArgumentParser
import Foundation
import StewardJSON
import StewardModel
import StewardPolicy

struct PolicyCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check policy files and price lists, without a daemon.",
        discussion: """
            Prints every problem as file:line:column: message, and exits 1 if there is one. Of a folder, all .yaml and \
            .yml files below it are checked together.

            Example:
              steward policy check policies/
            """)

    @Argument(help: "Files or folders.")
    var paths: [String]

    @OptionGroup var outputOptions: OutputOptions

    func run() throws {
        let console = Console.live()
        let files = try paths.flatMap(Self.files)
        guard !files.isEmpty else {
            throw StewardError(.invalidInput, "no .yaml or .yml file is there", field: paths.joined(separator: ", "))
        }
        let problems = Self.problems(try files.map { ($0, try Files.text($0)) })
        switch outputOptions.output {
        case .json: console.output(String(decoding: Self.json(problems).pretty, as: UTF8.self))
        case .table:
            let page = Page(renderer: console.outputRenderer, now: console.now())
            console.output(Self.report(problems, fileCount: files.count, page))
        }
        if !problems.isEmpty { throw ExitCode(1) }
    }

    /// Everything that is wrong with the files, also between them.
    static func problems(_ files: [(path: String, text: String)]) -> [Problem] {
        var problems: [Problem] = []
        var (policies, prices): ([(path: String, text: String)], [(path: String, text: String)]) = ([], [])
        for file in files {
            switch PolicyDocument.parse(file: file.path, text: file.text) {
            case .success(.prices): prices.append(file)
            case .success: policies.append(file)
            case .failure(let found): problems += found.all
            }
        }
        // Digests tell versions of a set apart; here only its consistency is asked for.
        if case .failure(let found) = PolicySet.load(files: policies, digest: { _ in "" }) { problems += found.all }
        if case .failure(let found) = PriceCatalogue.load(files: prices) { problems += found.all }
        return problems.sorted()
    }

    static func report(_ problems: [Problem], fileCount: Int, _ page: Page) -> String {
        let files = Humanize.count(Int64(fileCount), "file")
        guard !problems.isEmpty else {
            return page.renderer.paint("✓", .good) + " \(files) checked, nothing to complain about.\n"
        }
        let lines = problems.map { Cell.printable($0.description) + "\n" }.joined()
        return lines + page.renderer.paint("✗", .bad)
            + " \(Humanize.count(Int64(problems.count), "problem")) in \(files).\n"
    }

    /// As `POST /v1/policies/check` answers, with the file beside each problem.
    static func json(_ problems: [Problem]) -> JSONValue {
        [
            "ok": .bool(problems.isEmpty),
            "problems": .array(
                problems.map { problem in
                    [
                        "file": .string(problem.file), "line": .integer(Int64(problem.line)),
                        "column": .integer(Int64(problem.column)), "message": .string(problem.message),
                    ]
                }),
        ]
    }

    private static func files(at path: String) throws -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw StewardError(.invalidInput, "there is no such file or folder", field: path)
        }
        guard isFolder.boolValue else { return [path] }
        let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        let folder = path.hasSuffix("/") ? String(path.dropLast()) : path
        return names.filter { ($0.hasSuffix(".yaml") && !$0.hasSuffix(".test.yaml")) || $0.hasSuffix(".yml") }.sorted()
            .map { "\(folder)/\($0)" }
    }
}

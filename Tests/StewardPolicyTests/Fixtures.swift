import Foundation
import StewardModel
import StewardPolicy
import Testing

/// Files below `Fixtures/`: `NAME.good.yaml` must be accepted, `NAME.bad.yaml` must be refused with exactly the
/// problems of `NAME.bad.txt`. Adding a case is adding a file.
enum Fixtures {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    static let project = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

    static func names(_ folder: String, _ suffix: String) -> [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: Self.folder.appending(path: folder).path)
        return (names ?? []).filter { $0.hasSuffix(suffix) }.sorted()
    }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: folder.appending(path: path), encoding: .utf8)
    }

    /// The YAML files of a folder of the project, as a loader takes them.
    static func shipped(_ folder: String) throws -> [(path: String, text: String)] {
        let names = try FileManager.default.contentsOfDirectory(atPath: project.appending(path: folder).path)
        return try names.filter { $0.hasSuffix(".yaml") && !$0.hasSuffix(".test.yaml") }.sorted().map { name in
            let path = "\(folder)/\(name)"
            return (path, try String(contentsOf: project.appending(path: path), encoding: .utf8))
        }
    }

    /// Compares with `NAME.bad.txt`; set `UPDATE_FIXTURES=1` to write that file and review the difference.
    static func expectProblems<Value>(_ result: Result<Value, Problems>, _ folder: String, _ name: String) throws {
        guard case .failure(let problems) = result else {
            Issue.record("\(name) was accepted")
            return
        }
        let path = "\(folder)/" + name.replacing(".yaml", with: ".txt")
        let text = problems.description + "\n"
        if ProcessInfo.processInfo.environment["UPDATE_FIXTURES"] == "1" {
            try text.write(to: Self.folder.appending(path: path), atomically: true, encoding: .utf8)
        }
        #expect(try Self.text(path) == text)
    }
}

extension PriceCatalogue {
    /// A question in one line.
    func price(
        provider: String?, model: String, usage: Usage?, at time: Timestamp, tier: ServiceTier = .standard
    ) -> Nanodollars? {
        var question = PriceQuestion(provider: provider, model: model, usage: usage, time: time)
        question.tier = tier
        return price(question)
    }
}

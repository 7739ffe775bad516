import Foundation
import Testing

@Suite struct StartUpTests {
    struct Mistake: Sendable {
        var text: String
        var line: Int
        var says: String
    }

    @Test(arguments: [
        Mistake(text: "# how it runs\nintake:\n  queue_byte: 64MiB\n", line: 3, says: "queue_byte"),
        Mistake(text: "listen: here\n", line: 1, says: "listen"),
        Mistake(text: "metrics:\n  series_limit: none\n", line: 2, says: "series_limit"),
    ])
    func aMistakeInTheConfigurationIsShownWithItsLine(mistake: Mistake) async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("steward.yaml")
            try Data(mistake.text.utf8).write(to: file)
            let result = try await serve(in: folder, ["--config", file.path])
            #expect(result.status == 2, "\(result)")
            #expect(result.error.contains("steward.yaml:\(mistake.line)"), "\(result)")
            #expect(result.error.contains(mistake.says), "\(result)")
        }
    }

    @Test func aPolicyThatReadsAnUnknownMetricStopsTheStart() async throws {
        try await withTemporaryFolder { folder in
            let policies = folder.appendingPathComponent("policies")
            try FileManager.default.createDirectory(at: policies, withIntermediateDirectories: true)
            let policy = """
                kind: rollback
                name: happiness
                when:
                  metric: happiness
                  window: 5m
                  below: 0.5
                minimum_sample: 50
                action: rollback

                """
            try Data(policy.utf8).write(to: policies.appendingPathComponent("happiness.yaml"))
            let result = try await serve(in: folder, ["--policies", policies.path])
            #expect(result.status == 2, "\(result)")
            #expect(result.error.contains("happiness.yaml:4"), "\(result)")
            #expect(result.error.contains("error_rate"), "it lists the metrics there are: \(result)")
        }
    }

    @Test func effectiveSettingsAreShownWithTheirSource() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("steward.yaml")
            try Data("metrics:\n  series_limit: 500\n".utf8).write(to: file)
            let result = try await serve(in: folder, ["--config", file.path, "--print-config"])
            #expect(result.status == 0, "\(result)")
            #expect(result.output.contains(/metrics\.series_limit +500 +\S*steward\.yaml:2/), "\(result)")
            #expect(result.output.contains(/listen +127\.0\.0\.1:0 +--listen/), "\(result)")
        }
    }

    @Test func verbsSayThatNoDaemonIsThere() async throws {
        let port = try LoopbackPort.free()
        let result = try await Program.run(
            try Program.steward(), ["status", "--url", "http://127.0.0.1:\(port)", "--token", "none"])
        #expect(result.status == 3, "\(result)")
    }

    private func serve(in folder: URL, _ arguments: [String]) async throws -> Program.Result {
        try await Program.run(
            try Program.steward(),
            ["serve", "--data", folder.appendingPathComponent("data").path, "--listen", "127.0.0.1:0"] + arguments,
            seconds: 20)
    }
}

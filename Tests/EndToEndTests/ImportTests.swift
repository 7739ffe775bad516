import Foundation
import StewardJSON
import Testing

/// Import of recorded production traffic where STEWARD_TEST_DATA has it: the Azure LLM inference trace of 2023 (CC-BY).
@Suite struct ImportTests {
    private static let recorded = ProcessInfo.processInfo.environment["STEWARD_TEST_DATA"].map {
        URL(fileURLWithPath: $0).appendingPathComponent("azure-llm-2023")
    }

    @Test(
        .enabled(if: recorded != nil, "set STEWARD_TEST_DATA to a folder with azure-llm-2023/*.csv"),
        arguments: ["conv", "code"])
    func tokenSumsAreThoseOfTheFileAndASecondImportAddsNothing(name: String) async throws {
        let file = try #require(Self.recorded).appendingPathComponent("\(name).csv")
        let sums = try await Program.run(
            try Program.find("awk", package: "mawk"),
            ["-F,", "NR > 1 { n++; i += $2; o += $3 } END { printf \"%d %d %d\", n, i, o }", file.path])
        let expected = sums.output.split(separator: " ").compactMap { Int64($0) }
        #expect(expected.count == 3 && expected[0] > 8000, "\(sums)")
        try await Daemon.run { daemon in
            try await withTemporaryFolder { folder in
                let map = folder.appendingPathComponent("map.yaml")
                try Data(Self.map(deployment: name).utf8).write(to: map)
                for _ in 1...2 {
                    let imported = try await daemon.steward("import", file.path, "--map", map.path)
                    #expect(imported.status == 0, "\(imported)")
                    let total = try await daemon.client.json(
                        "/v1/costs?group_by=deployment&since=2023-11-01T00:00:00Z&until=2023-12-01T00:00:00Z")["total"]
                    #expect(total?["events"]?.int64 == expected[0])
                    #expect(total?["input_tokens"]?.int64 == expected[1])
                    #expect(total?["output_tokens"]?.int64 == expected[2])
                }
                #expect(try await daemon.stop() == 0)
                let check = try await daemon.steward("fsck", "--data", daemon.data.path)
                #expect(check.status == 0, "\(check)")
            }
        }
    }
    private static func map(deployment: String) -> String {
        """
        event:
          deployment: {value: \(deployment)}
          version: {value: "2023-11"}
          time: TIMESTAMP
          usage.input_tokens: ContextTokens
          usage.output_tokens: GeneratedTokens

        """
    }
}

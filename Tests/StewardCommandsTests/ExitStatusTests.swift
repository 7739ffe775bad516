import ArgumentParser
import StewardModel
import Testing

@testable import StewardCommands

@Suite struct ExitStatusTests {
    @Test(arguments: StewardError.Code.allCases) func errorsExitByTheirCode(code: StewardError.Code) {
        let failure = Failure(StewardError(code, "went wrong", field: "f"))
        #expect(failure.status == code.exitStatus)
        #expect(failure.text.hasPrefix("steward: f: went wrong\n"))
        #expect(failure.text.hasSuffix("\n"))
    }

    @Test(
        arguments: [
            (["promote"], 2), (["bogus"], 2), (["status", "--output", "xml"], 2), (["tail", "--lines", "-1"], 2),
            (["--help"], 0), (["help", "promote"], 0), (["costs", "--help"], 0), (["--version"], 0), (["audit"], 0),
        ] as [([String], Int32)]) func wrongUsageIs2AndHelpIs0(arguments: [String], status: Int32) throws
    {
        do {
            var command = try StewardCommand.parseAsRoot(arguments)
            try command.run()
            Issue.record("\(arguments) ran")
        } catch {
            let failure = Failure(error)
            #expect(failure.status == status)
            #expect(failure.isHelp == (status == 0))
            #expect(status == 0 || failure.text.hasPrefix("steward: "), "\(failure.text)")
        }
    }

    @Test func anExitCodePrintsNothing() {
        let failure = Failure(ExitCode(1))
        #expect(failure.status == 1)
        #expect(failure.text.isEmpty)
    }

    @Test func aRefusalShowsItsGates() {
        let gates = #"""
            [{"name":"error_rate","value":0.154,"threshold":0.05,"sample_size":201,"verdict":"fail",
              "reason":"Too many."},{}]
            """#
        let failure = Failure(StewardError(.refused, "v8 is refused", details: [.init(name: "gates", json: gates)]))
        #expect(failure.status == 1)
        #expect(
            failure.text == """
                steward: v8 is refused
                  GATE        VERDICT  MEASURED  THRESHOLD  EVENTS  WHY
                  error_rate  fail        0.154       0.05     201  Too many.
                  –           –               –          –       –  –

                """)
    }

    @Test func anUnreachableDaemonSaysWhatToDo() {
        let text = Failure(StewardError(.unreachable, "cannot reach the daemon at http://x: connection refused")).text
        #expect(text.contains("'steward serve'"))
        #expect(text.contains("--url"))
    }
}

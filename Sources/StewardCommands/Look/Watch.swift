import ArgumentParser
import StewardJSON
import StewardModel

struct Watch: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show how every signal compares with its baseline, and what each monitor says.",
        discussion: """
            Drift is stated only when it is significant at every look, as large as declared, and both sides have \
            enough events; else this says how much more evidence is needed.

            Example:
              steward watch support-bot
            """)

    @Argument(help: "The deployment.")
    var deployment: String

    @OptionGroup var options: DaemonOptions

    func run() throws {
        try options.session().show(.get("deployments", deployment, "drift"), Self.report)
    }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        guard let evaluated = answer.time("evaluated") else {
            return "The past is still being read; try again in a moment.\n"
        }
        var text = page.note("Looked at \(Humanize.ago(evaluated, now: page.now)).")
        let signals = answer.rows("signals")
        if signals.isEmpty {
            text += "No baseline: the next promotion makes one, and 'steward baseline pin' does.\n"
        } else {
            text += page.table(
                [.left("VERSION"), .left("SIGNAL"), .left("VERDICT"), .left("AGAINST"), .left("BECAUSE")],
                signals.map { signal in
                    let baseline = signal["baseline"] ?? .null
                    let number = baseline.count("number").text
                    return [
                        place(signal), signal.cell("signal"), verdict(signal),
                        Cell("\(baseline.text("name")) #\(number) (\(baseline.baselineVersion))"),
                        signal.cell("explanation"),
                    ]
                })
        }
        let monitors = answer.rows("monitors")
        guard !monitors.isEmpty else { return text }
        return text + "\n"
            + page.table(
                [.left("VERSION"), .left("MONITOR"), .left("SAYS")],
                monitors.map { monitor in
                    let says = monitor.text("condition")
                    let tone: Tone = says == "alarm" ? .bad : says == "usual" ? .good : .plain
                    return [place(monitor), monitor.cell("metric"), Cell(says, tone)]
                })
    }

    private static func place(_ row: JSONValue) -> Cell { Cell("\(row.text("version"))/\(row.text("environment"))") }

    private static func verdict(_ signal: JSONValue) -> Cell {
        switch signal.text("verdict") {
        case "drift": Cell("drift", .bad)
        case "no_drift": Cell("no drift", .good)
        default: Cell("insufficient evidence", .warning)
        }
    }
}

extension JSONValue {
    /// The version of a baseline, or of one side of a comparison with it.
    var baselineVersion: String { text("version") == Baseline.everyVersion ? "every version" : text("version") }
}

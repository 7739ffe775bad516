import ArgumentParser
import StewardJSON
import StewardModel

extension Experiments {
    struct WritePage: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "report",
            abstract: "Write an experiment as a page to read, print and file.",
            discussion: """
                The page is one file without scripts that fetches nothing. Once an experiment is over, its numbers are \
                those at its end, which are on record.

                Example:
                  steward experiments report support-bot E42 --html experiment.html
                """)

        @Argument(help: "The deployment.")
        var deployment: String

        @Argument(help: "The experiment's id.")
        var id: String

        @Option(help: "The page to write.", completion: .file())
        var html: String

        @Flag(help: "Lay the page out for paper: light, and as wide as A4, on any screen.")
        var pdfReady = false

        @OptionGroup var options: DaemonOptions

        func run() throws {
            let session = try options.session()
            let answer = try session.daemon.json(.get("deployments", deployment, "experiments", id))
            let page = ExperimentPage(answer: answer, isForPaper: pdfReady, now: session.console.now())
            try Files.write(Array(page.html.utf8), to: html)
            switch session.format {
            case .json: session.console.output(String(decoding: answer.pretty, as: UTF8.self))
            case .table:
                session.console.output(
                    session.console.outputRenderer.paint("✓", .good) + " \(id): the page is in \(html).\n"
                        + Cell.printable(answer.text("sentence")) + "\n")
            }
        }
    }
}

import ArgumentParser
import StewardJSON

struct Attach: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Attach an evaluation's result to a version, by reference and hash.",
        discussion: """
            Promotion gates ask for results by their name; the latest of a name counts.

            Example:
              steward attach support-bot v7 weekly --score 0.93 --sample-size 400 \\
                --reference s3://evals/v7.json --sha256 "$(sha256sum <v7.json | head -c64)"
            """)

    @OptionGroup var target: VersionTarget

    @Argument(help: "What was evaluated, such as weekly.")
    var name: String

    @Option(help: "The result, as a number.")
    var score: Double

    @Option(help: "How many cases it rests on.")
    var sampleSize: Int64?

    @Option(help: "Where the whole result lies.")
    var reference: String?

    @Option(name: .customLong("sha256"), help: "Of what lies there: 64 hexadecimal digits.")
    var hash: String?

    @OptionGroup var options: DaemonOptions

    func run() throws {
        let body: KeyValuePairs<String, JSONValue?> = [
            "name": .string(name), "score": .number(score), "sample_size": sampleSize.map { .integer($0) },
            "reference": reference.map { .string($0) }, "sha256": hash.map { .string($0) },
        ]
        try options.session().show(target.call("POST", "evaluations", body), Describe.report)
    }
}

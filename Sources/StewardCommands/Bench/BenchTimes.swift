import StewardJSON
import StewardModel

/// What something cost in the median of several rounds.
struct BenchTime {
    var name: String
    /// Seconds of the median round.
    var seconds: Double
    /// What is said beside it, such as the cost of one update.
    var note: String

    /// Prints times as one table, or as a JSON array.
    ///
    /// - Parameters:
    ///   - heading: of the column of names.
    ///   - places: digits behind the point, in milliseconds.
    static func show(
        _ times: [BenchTime], as output: OutputFormat, heading: String, places: Int, on console: Console
    ) {
        switch output {
        case .json:
            let answer = JSONValue.array(
                times.map { ["name": .string($0.name), "seconds": .number($0.seconds), "note": .string($0.note)] })
            console.output(String(decoding: answer.pretty, as: UTF8.self))
        case .table:
            let page = Page(renderer: console.outputRenderer, now: console.now())
            console.output(
                page.table(
                    [.left(heading), .right("MEDIAN"), .left("THAT IS")],
                    times.map {
                        [
                            Cell($0.name), Cell(Humanize.decimal($0.seconds * 1000, places: places) + " ms"),
                            Cell($0.note),
                        ]
                    }))
        }
    }
}

import ArgumentParser
import StewardJSON
import StewardModel

struct RetentionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention", abstract: "Look at what is kept, and for how long.",
        subcommands: [RetentionShow.self])
}

struct RetentionShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show how long events and rollups are kept, what is kept, and its size.",
        discussion: """
            Events are dropped by whole days; what was counted of them stays. The
            settings are retention.events, retention.minutes, retention.hours and
            retention.size. Every drop is a record: steward audit records.

            Example:
              steward retention show
            """)

    @OptionGroup var options: DaemonOptions

    /// Days listed; the older ones are one line.
    private static let listedDays = 14

    func run() throws { try options.session().show(.get("retention"), Self.report) }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        let rules = answer["rules"] ?? .null
        func kept(_ name: String, since: String, detail: String) -> Cell {
            let age = rules[name]?.int64.map { "for \(Humanize.duration(seconds: $0))" } ?? "for ever"
            let start = answer[since]?.string.map { "; \(detail) \($0.prefix(10))" } ?? ""
            return Cell(age + start)
        }
        let bytes = Humanize.bytes(answer["bytes"]?.int64 ?? 0)
        let limit = rules["size_bytes"]?.int64.map { " of \(Humanize.bytes($0))" } ?? ", no limit"
        let isOver = answer["over_size"]?.bool == true
        var facts: [(label: String, value: Cell)] = [
            ("Events", kept("events_seconds", since: "events_since", detail: "dropped before")),
            ("By the minute", kept("minutes_seconds", since: "minutes_since", detail: "by the hour before")),
            ("By the hour", kept("hours_seconds", since: "hours_since", detail: "by the day before")),
            ("Size", Cell(bytes + limit + (isOver ? ": no day may be dropped" : ""), isOver ? .bad : .plain)),
        ]
        if let reusable = answer["reusable_bytes"]?.int64, reusable > 1 << 20 {
            facts.append(("", Cell("\(Humanize.bytes(reusable)) more are free inside the database")))
        }
        if let days = rules["minimum_days"]?.int64 {
            facts.append(
                ("High risk", Cell("a version is of high risk: events are kept \(days) days at least", .warning)))
        }
        return page.renderer.facts(facts) + "\n" + table(answer.rows("days"), page)
    }

    private static func table(_ days: [JSONValue], _ page: Page) -> String {
        guard !days.isEmpty else { return "No events are kept.\n" }
        var rows = days.suffix(listedDays).reversed().map { day in
            [day.cell("day"), day.count("events"), Cell(Humanize.bytes(day["payload_bytes"]?.int64 ?? 0))]
        }
        let older = days.dropLast(listedDays)
        if !older.isEmpty {
            func sum(_ name: String) -> Int64 { older.reduce(0) { $0 + ($1[name]?.int64 ?? 0) } }
            rows.append([
                Cell("\(older.count) before"), Cell(Humanize.count(sum("events"))),
                Cell(Humanize.bytes(sum("payload_bytes"))),
            ])
        }
        return page.table([.left("DAY"), .right("EVENTS"), .right("PAYLOADS")], rows)
    }
}

import ArgumentParser
import StewardJSON
import StewardModel

struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say how the daemon is doing: its store, intake, audit log, policies and open findings.",
        discussion: """
            Example:
              steward status
              steward status --output json | jq .intake
            """)

    @OptionGroup var options: DaemonOptions

    func run() throws { try options.session().show(.get("status"), Self.report) }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        var facts: [(label: String, value: Cell)] = []
        func part(_ name: String) -> JSONValue { answer[name] ?? .null }
        func number(_ value: JSONValue, _ name: String) -> String { value.count(name).text }
        let uptime = answer["uptime_seconds"]?.double.map { Humanize.duration(seconds: Int64($0)) } ?? Humanize.absent
        facts.append(("Daemon", Cell("version \(answer.text("version")), up \(uptime)", .strong)))
        if answer["demo"]?.bool == true {
            facts.append(("", Cell("demo: the traffic is simulated", .warning)))
        }
        let store = part("store")
        let size = store["bytes"]?.int64.map { Humanize.bytes($0) } ?? Humanize.absent
        facts.append(("Store", Cell("\(number(store, "events")) events, \(size) in \(store.text("path"))")))
        let intake = part("intake")
        let outcomes = ["accepted", "duplicates", "rejected", "refused"].map { "\(number(intake, $0)) \($0)" }
        facts.append(("Intake", Cell(outcomes.joined(separator: ", "))))
        let queue = intake["queue_bytes"]?.int64.map { Humanize.bytes($0) } ?? Humanize.absent
        facts.append(("Queue", Cell("\(number(intake, "queue_events")) events, \(queue)")))
        let audit = part("audit")
        let checkpoint = audit.time("checkpoint_time").map { "checkpoint \(Humanize.ago($0, now: page.now))" }
        facts.append(("Audit log", Cell("\(number(audit, "size")) records, \(checkpoint ?? "no checkpoint yet")")))
        facts.append(("Policies", Cell("\(number(part("policies"), "loaded")) loaded")))
        facts.append(("Watching", watching(answer.rows("loops"), page)))
        let prices = part("prices")
        let list = prices["version"]?.string.map { ", list \($0)" } ?? ""
        facts.append(("Prices", Cell("\(number(prices, "models")) models\(list)")))
        if let unpriced = answer["unpriced_events"]?.int64, unpriced > 0 {
            facts.append(("Unpriced", Cell("\(Humanize.count(unpriced, "event")) without a price", .warning)))
        }
        if let open = answer["findings_open"]?.int64 {
            let some = Cell("\(Humanize.count(open)) open: steward findings", .bad)
            facts.append(("Findings", open == 0 ? Cell("none open", .good) : some))
        }
        return page.renderer.facts(facts)
    }

    /// After this long without a look somebody should know.
    private static let stillSeconds: Int64 = 60

    private static func watching(_ loops: [JSONValue], _ page: Page) -> Cell {
        let still = loops.filter { loop in
            loop.time("finished").map { (page.now - $0).components.seconds > stillSeconds } ?? true
        }
        guard !still.isEmpty else {
            let names = loops.map { $0.text("loop") }.joined(separator: ", ")
            let oldest = loops.compactMap { $0.time("finished") }.min()
            return Cell("\(names): \(oldest.map { "all looked \(Humanize.ago($0, now: page.now))" } ?? "")")
        }
        let texts = still.map { loop in
            let last = loop.time("finished").map { "last look \(Humanize.ago($0, now: page.now))" }
            return "\(loop.text("loop")): \(last ?? "no look yet")"
        }
        return Cell(texts.joined(separator: ", ") + "; see the daemon's log", .bad)
    }
}

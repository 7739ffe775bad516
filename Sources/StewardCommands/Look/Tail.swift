import ArgumentParser
import Foundation
import StewardJSON
import StewardModel

struct Tail: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show events as they arrive, one a line.",
        discussion: """
            Starts with the latest events and goes on until Ctrl-C. With --output json each line is one event as JSON.

            Example:
              steward tail --deployment support-bot --errors
              steward tail --since 5m --output json | jq .latency_ms
            """)

    @Option(name: .shortAndLong, help: "Only this deployment.")
    var deployment: String?

    @Flag(help: "Only events that failed.")
    var errors = false

    @Option(help: "Start this far back, such as 5m, instead of with the latest events.")
    var since: String?

    @Option(name: [.customShort("n"), .long], help: "How many of the latest events to start with, 0 to 1000.")
    var lines = 10

    @Flag(help: "Print those and stop.")
    var once = false

    @OptionGroup var options: DaemonOptions

    func validate() throws {
        guard (0...1000).contains(lines) else { throw ValidationError("--lines must be 0 to 1000.") }
    }

    func run() throws {
        // An interrupt is how this verb ends: nothing is buffered, so it can end on the spot.
        signal(SIGINT) { _ in _exit(0) }
        let session = try options.session()
        var feed = TailFeed(deployment: deployment, errorsOnly: errors)
        var isWaiting = false
        var events = try start(&feed, session)
        if events.isEmpty, once {
            session.console.error("No events\(deployment.map { " of \($0)" } ?? "") yet.\n")
        }
        show(events, session)
        while !once {
            do {
                events = try feed.next(session.daemon)
                if isWaiting { session.console.error("steward: the daemon answers again\n") }
                isWaiting = false
                show(events, session)
            } catch let error as StewardError where error.code == .unreachable || error.code == .overloaded {
                // A restart of the daemon loses nothing: reading goes on after the last event shown.
                if !isWaiting { session.console.error("steward: \(error); trying again\n") }
                isWaiting = true
                events = []
            }
            if events.count < TailFeed.pageSize { session.console.sleep(.seconds(1)) }
        }
    }

    private func start(_ feed: inout TailFeed, _ session: Session) throws -> [JSONValue] {
        guard let since else { return try feed.latest(lines, session.daemon) }
        let time = try Instant.before(session.console.now(), since, field: "--since")
        var events = try feed.since(time, session.daemon)
        // Every page moves on at least one event, so this ends when it has caught up with the log.
        while once, events.count % TailFeed.pageSize == 0, !events.isEmpty {
            show(events, session)
            events = try feed.next(session.daemon)
        }
        return events
    }

    private func show(_ events: [JSONValue], _ session: Session) {
        let page = Page(renderer: session.console.outputRenderer, now: session.console.now())
        for event in events {
            switch options.outputOptions.output {
            case .json: session.console.output(String(decoding: event.text, as: UTF8.self) + "\n")
            case .table: session.console.output(Self.line(event, page))
            }
        }
    }

    /// One event as one line: time, deployment, version, status, latency, tokens, cost, model, and how it ended.
    static func line(_ event: JSONValue, _ page: Page) -> String {
        let isError = event.text("status") == "error"
        let tokens = ["input_tokens", "output_tokens"].map { event.count($0).text }
        let time = event.time("time").map { String($0.rfc3339.dropFirst(11).prefix(8)) } ?? Humanize.absent
        let ending = isError ? event.cell("error_type", .bad) : event.cell("finish_reason", .faint)
        let latency = event["latency_ms"]?.double.map { Humanize.milliseconds($0) } ?? Humanize.absent
        return page.renderer.line(
            [
                Cell(time, .faint), event.cell("deployment", .strong), event.cell("version"),
                event.cell("status", isError ? .bad : .good), Cell(latency),
                Cell("\(tokens[0]) → \(tokens[1])"), event.cost(places: 6), event.cell("model"), ending,
            ],
            [
                .left(""), .left(""), .left(""), .left(""), .right(""), .right(""), .right(""), .left(""), .left(""),
            ],
            [8, 16, 6, 5, 8, 13, 10, 20, 0]) + "\n"
    }
}

/// Reads events in the order in which they were stored, each once.
struct TailFeed {
    static let pageSize = 1000
    /// The sequence number up to which events were read.
    private(set) var lastSequence: Int64 = 0
    private let deployment: String?
    private let errorsOnly: Bool

    init(deployment: String?, errorsOnly: Bool) {
        self.deployment = deployment
        self.errorsOnly = errorsOnly
    }

    /// The `count` newest events, oldest first.
    mutating func latest(_ count: Int, _ daemon: DaemonClient) throws -> [JSONValue] {
        // At least one is asked for even when none is to be shown: its sequence number says where to go on.
        let answer = try daemon.json(call([("limit", String(max(1, count)))]))
        let events = answer.rows("events")
        advance(events)
        return events.prefix(count).reversed()
    }

    mutating func since(_ time: Timestamp, _ daemon: DaemonClient) throws -> [JSONValue] {
        try page([("since", time.rfc3339)], daemon)
    }

    mutating func next(_ daemon: DaemonClient) throws -> [JSONValue] { try page([], daemon) }

    private mutating func page(_ query: [(name: String, value: String?)], _ daemon: DaemonClient) throws -> [JSONValue]
    {
        let place = [("after", String(lastSequence)), ("limit", String(Self.pageSize))]
        let answer = try daemon.json(call(query + place))
        let events = answer.rows("events")
        advance(events)
        // Where a filter is set, this skips the events that were looked at but did not match.
        lastSequence = max(lastSequence, answer["last_sequence"]?.int64 ?? 0)
        return events
    }

    private mutating func advance(_ events: [JSONValue]) {
        lastSequence = events.compactMap { $0["sequence"]?.int64 }.reduce(lastSequence, max)
    }

    private func call(_ query: [(name: String, value: String?)]) -> DaemonClient.Call {
        DaemonClient.Call(
            path: ["events"],
            query: query + [("deployment", deployment), ("status", errorsOnly ? "error" : nil)])
    }
}

import ArgumentParser
import StewardModel
import StewardWire

/// Events per second and latency of `POST /v1/events` or `/v1/traces`, measured from another process than the daemon.
struct IntakeBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "intake", abstract: "Send made-up calls as fast as the daemon acknowledges them.",
        discussion: """
            The events are marked as simulated, but they are stored like any other: use a data folder of its own. \
            Every answer is checked; one that does not accept all events of its request ends the run.

            Example:
              steward bench intake --connections 64 --batch 1 --events 50000
            """)

    @OptionGroup var daemon: DaemonOptions
    @Option(help: "Keep-alive connections, one request in flight on each.") var connections = 4
    @Option(help: "Events in a request.") var batch = 500
    @Option(help: "Events to send in all.") var events = 100_000
    @Option(help: "Stop after this many seconds, whatever was sent.") var seconds = 60
    @Option(help: "events, or otlp for OpenTelemetry spans in protobuf.") var format = LoadFormat.events
    @Flag(help: "Compress request bodies, before the clock starts.") var gzip = false
    @Option(help: "Seed of the events and their ids; a seed may be used once on a daemon. (default: random)")
    var seed: UInt32?

    func validate() throws {
        let bounds: [(name: String, value: Int, range: ClosedRange<Int>)] = [
            ("--connections", connections, 1...1024), ("--batch", batch, 1...10_000),
            ("--events", events, 1...100_000_000), ("--seconds", seconds, 1...3600),
        ]
        for bound in bounds where !bound.range.contains(bound.value) {
            throw ValidationError("\(bound.name) must be \(bound.range.lowerBound) to \(bound.range.upperBound).")
        }
        if gzip, events > 1_000_000 {
            throw ValidationError("--gzip keeps every body in memory: --events must be at most 1000000 with it.")
        }
    }

    func run() throws {
        let console = Console.live()
        let target = try LoadTarget(daemon, console)
        let compress: (([UInt8]) throws -> [UInt8])? = gzip ? { try Gzip.deflate($0, level: 1) } : nil
        let source = try EventSource(
            target: target, format: format, total: events, batch: batch, run: seed ?? UInt32.random(in: 0...UInt32.max),
            time: console.now(), compress: compress)
        let report = try LoadRun.run(source, target: target, connections: connections, limit: .seconds(seconds))
        report.show(as: daemon.outputOptions.output, on: console)
    }
}

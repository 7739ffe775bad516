import StewardModel

/// Where the requests of a load run come from: complete HTTP/1.1 requests, each with events nobody sent before.
struct RequestSource {
    /// The bytes to send, and how many events the daemon has to say it accepted.
    struct Request {
        var bytes: [UInt8]
        var events: Int
    }

    private let head: [UInt8]
    private let batch: Int
    private let run: UInt32
    private let templates: [EventGenerator.Template]
    /// Bodies that were compressed before the clock started; `nil` when bodies go out as they are.
    private let compressed: [[UInt8]]?
    private var sent: Int = 0
    private let total: Int

    /// - Parameters:
    ///   - total: how many events to hand out in all.
    ///   - batch: how many events a request carries; with 1 it is a JSON object, otherwise NDJSON.
    ///   - compress: turns a body into gzip. Its cost is the client's, so it is paid here, for all bodies at once.
    init(
        target: LoadTarget, total: Int, batch: Int, run: UInt32, time: Timestamp,
        compress: (([UInt8]) throws -> [UInt8])?
    ) throws {
        var generator = EventGenerator(seed: UInt64(run), time: time)
        let templates = (0..<min(total, 4096)).map { _ in generator.next() }
        let type = batch == 1 ? "application/json" : "application/x-ndjson"
        var head = "POST /v1/events HTTP/1.1\r\nHost: \(target.host):\(target.port)\r\nContent-Type: \(type)\r\n"
        if let token = target.token { head += "Authorization: Bearer \(token)\r\n" }
        if compress != nil { head += "Content-Encoding: gzip\r\n" }
        self.head = Array((head + "Content-Length: ").utf8)
        self.templates = templates
        self.batch = batch
        self.run = run
        self.total = total
        compressed = try compress.map { compress in
            try stride(from: 0, to: total, by: batch).map { first in
                try compress(Self.body(first..<min(first + batch, total), run: run, templates: templates))
            }
        }
    }

    /// The next request, or `nil` when all events were handed out.
    mutating func next() -> Request? {
        guard sent < total else { return nil }
        let range = sent..<min(sent + batch, total)
        let body = compressed?[sent / batch] ?? Self.body(range, run: run, templates: templates)
        sent = range.upperBound
        return Request(bytes: head + Array("\(body.count)\r\n\r\n".utf8) + body, events: range.count)
    }

    private static func body(_ range: Range<Int>, run: UInt32, templates: [EventGenerator.Template]) -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(range.count * 2048)
        for number in range {
            let template = templates[number % templates.count]
            let idStart = body.count + template.idOffset
            body.append(contentsOf: template.json)
            body.replaceSubrange(
                idStart..<idStart + EventGenerator.idLength,
                with: EventGenerator.id(run: run, number: UInt64(number)))
            body.append(0x0A)
        }
        return body
    }
}

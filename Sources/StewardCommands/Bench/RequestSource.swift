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
    private let format: LoadFormat
    private let templates: [LoadTemplate]
    /// Bodies that were compressed before the clock started; `nil` when bodies go out as they are.
    private let compressed: [[UInt8]]?
    private var sent: Int = 0
    private let total: Int

    /// - Parameters:
    ///   - total: how many events to hand out in all.
    ///   - batch: how many events a request carries.
    ///   - compress: turns a body into gzip. Its cost is the client's, so it is paid here, for all bodies at once.
    init(
        target: LoadTarget, format: LoadFormat, total: Int, batch: Int, run: UInt32, time: Timestamp,
        compress: (([UInt8]) throws -> [UInt8])?
    ) throws {
        var generator = CallGenerator(seed: UInt64(run), time: time)
        let templates = (0..<min(total, 4096)).map { _ in format.template(of: generator.next()) }
        var head = "POST \(format.path) HTTP/1.1\r\nHost: \(target.host):\(target.port)\r\n"
        head += "Content-Type: \(format.contentType(batch: batch))\r\n"
        if let token = target.token { head += "Authorization: Bearer \(token)\r\n" }
        if compress != nil { head += "Content-Encoding: gzip\r\n" }
        self.head = Array((head + "Content-Length: ").utf8)
        self.format = format
        self.templates = templates
        self.batch = batch
        self.run = run
        self.total = total
        compressed = try compress.map { compress in
            try stride(from: 0, to: total, by: batch).map { first in
                try compress(format.body(first..<min(first + batch, total), run: run, templates: templates))
            }
        }
    }

    /// The next request, or `nil` when all events were handed out.
    mutating func next() -> Request? {
        guard sent < total else { return nil }
        let range = sent..<min(sent + batch, total)
        let body = compressed?[sent / batch] ?? format.body(range, run: run, templates: templates)
        sent = range.upperBound
        return Request(bytes: head + Array("\(body.count)\r\n\r\n".utf8) + body, events: range.count)
    }
}

import StewardModel

/// Posts of events that nobody sent before.
struct EventSource: LoadSource {
    static let unit = LoadReport.Unit.events

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
        var fields = [(name: "Content-Type", value: format.contentType(batch: batch))]
        if compress != nil { fields.append((name: "Content-Encoding", value: "gzip")) }
        head = target.head(of: format.path, fields)
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
    mutating func next() -> LoadRequest? {
        guard sent < total else { return nil }
        let range = sent..<min(sent + batch, total)
        let body = compressed?[sent / batch] ?? format.body(range, run: run, templates: templates)
        sent = range.upperBound
        return LoadRequest(bytes: head + Array("\(body.count)\r\n\r\n".utf8) + body, count: range.count)
    }

    func check(_ answer: HTTPAnswer, to request: LoadRequest) throws(StewardError) {
        // An OTLP answer that is empty says that every span was taken (OTLP 1.5, "Full Success").
        guard answer.status == 200 ? answer.body.isEmpty : answer.number("accepted") == request.count else {
            throw StewardError(
                .verificationFailed,
                "sent \(request.count) events, and the daemon answered \(answer.text); "
                    + "the same --seed twice makes duplicates")
        }
    }
}

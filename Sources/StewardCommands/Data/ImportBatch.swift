import StewardCurl
import StewardJSON
import StewardModel
import StewardWire

/// Events that are sent together, each with the line of the file it came from.
struct ImportBatch {
    /// Kept well below what the daemon takes at once.
    static let maximumBytes = 4 << 20
    let maximumEvents: Int
    /// JSON Lines.
    private(set) var body: [UInt8] = []
    private(set) var lines: [Int64] = []

    init(maximumEvents: Int) { self.maximumEvents = maximumEvents }

    var isEmpty: Bool { lines.isEmpty }

    /// Whether an event of this size still goes in. An empty batch takes any.
    func hasRoom(for byteCount: Int) -> Bool {
        lines.isEmpty || (lines.count < maximumEvents && body.count + byteCount < Self.maximumBytes)
    }

    mutating func append(_ event: [UInt8], line: Int64) {
        body += event
        body.append(0x0A)
        lines.append(line)
    }
}

/// What the daemon said about a batch.
struct ImportReceipt: Equatable {
    var accepted: Int64
    var duplicates: Int64
    /// All that were not taken, whether listed or not.
    var rejected: Int64
    /// As far as the daemon lists them.
    var reasons: [Rejection]

    struct Rejection: Equatable {
        var line: Int64
        var reason: String
    }

    /// Reads the answer to a batch.
    init(_ answer: JSONValue, lines: [Int64]) throws {
        guard let accepted = answer["accepted"]?.int64, let duplicates = answer["duplicates"]?.int64 else {
            throw StewardError(.internal, "the answer to a batch does not say what was accepted; is this a daemon?")
        }
        self.accepted = accepted
        self.duplicates = duplicates
        reasons = answer.rows("rejected").compactMap { rejection in
            guard let index = rejection["index"]?.int64, lines.indices.contains(Int(index)) else { return nil }
            let field = rejection["field"]?.string.map { "\($0): " } ?? ""
            return Rejection(line: lines[Int(index)], reason: field + rejection.text("reason"))
        }
        rejected = answer["rejected_count"]?.int64 ?? Int64(reasons.count)
    }

    /// A batch that was refused as a whole.
    init(refusedBatch error: StewardError, lines: [Int64]) {
        (accepted, duplicates, rejected) = (0, 0, Int64(lines.count))
        reasons = lines.map { Rejection(line: $0, reason: error.description) }
    }
}

/// Sends batches, again where the daemon cannot take more for the moment.
struct ImportSender {
    let daemon: DaemonClient
    /// What is sent.
    let content: ImportMap.Content
    let compresses: Bool
    let sleep: (Duration) -> Void
    /// Called before each wait, with what happened.
    let onWait: (StewardError, Duration) -> Void
    private var hasSucceeded = false

    init(
        daemon: DaemonClient, content: ImportMap.Content, compresses: Bool, sleep: @escaping (Duration) -> Void,
        onWait: @escaping (StewardError, Duration) -> Void
    ) {
        self.daemon = daemon
        self.content = content
        self.compresses = compresses
        self.sleep = sleep
        self.onWait = onWait
    }

    /// - Throws: the daemon's last answer when it was asked often enough, or at once what no retry can help.
    mutating func send(_ batch: ImportBatch) throws -> ImportReceipt {
        var call = DaemonClient.Call(
            method: "POST", path: [content == .event ? "events" : "feedback"],
            body: compresses ? try Gzip.deflate(batch.body, level: 1) : batch.body,
            contentType: "application/x-ndjson")
        call.contentEncoding = compresses ? "gzip" : nil
        var schedule = RetrySchedule()
        while true {
            switch try attempt(call, lines: batch.lines) {
            case .success(let receipt): return receipt
            case .failure(let error):
                guard let wait = schedule.next(retryAfterSeconds: error.retryAfterSeconds) else { throw error }
                onWait(error, wait)
                sleep(wait)
            }
        }
    }

    /// One call. A failure is one that may pass; what may not is thrown.
    private mutating func attempt(
        _ call: DaemonClient.Call, lines: [Int64]
    ) throws -> Result<ImportReceipt, StewardError> {
        do {
            let response = try daemon.response(call)
            if response.isSuccess {
                hasSucceeded = true
                return .success(
                    try ImportReceipt(try DaemonClient.json(response.body, from: "the daemon"), lines: lines))
            }
            let problem = response.problem
            if problem.code == .invalidInput { return .success(ImportReceipt(refusedBatch: problem, lines: lines)) }
            guard response.status == 429 || response.status == 503 else { throw problem }
            return .failure(problem)
        } catch let error as StewardError where error.code == .unreachable && hasSucceeded {
            // It was there a moment ago: a restart, most likely.
            return .failure(error)
        }
    }
}

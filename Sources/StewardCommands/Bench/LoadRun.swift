import Glibc
import StewardModel

/// A complete HTTP/1.1 request of a load run.
struct LoadRequest {
    var bytes: [UInt8]
    /// How many events it carries, or decisions it asks for.
    var count: Int
}

/// Where the requests of a load run come from, and what has to be answered.
protocol LoadSource {
    static var unit: LoadReport.Unit { get }

    /// The next request, or `nil` when there are no more.
    mutating func next() -> LoadRequest?

    /// Whether `answer`, whose status is 200 or 202, does all that `request` asked for.
    ///
    /// - Throws: what is missing.
    func check(_ answer: HTTPAnswer, to request: LoadRequest) throws(StewardError)
}

/// Drives requests over keep-alive connections, one in flight on each, from one thread with `poll(2)`, and checks every
/// answer.
struct LoadRun<Source: LoadSource> {
    private struct Connection {
        var descriptor: Int32
        var request: LoadRequest
        var written = 0
        var answer: [UInt8] = []
        var started: ContinuousClock.Instant
        /// Set while the daemon's `Retry-After` runs.
        var resumes: ContinuousClock.Instant?
    }

    private var source: Source
    private var connections: [Connection] = []
    private var report = LoadReport(unit: Source.unit)
    private let clock = ContinuousClock()
    private var buffer = [UInt8](repeating: 0, count: 65_536)

    /// Sends what `source` hands out until it is empty or `limit` has passed; requests in flight are waited for.
    static func run(
        _ source: Source, target: LoadTarget, connections count: Int, limit: Duration
    ) throws -> LoadReport {
        var run = LoadRun(source: source)
        defer { for connection in run.connections { close(connection.descriptor) } }
        for _ in 0..<count {
            guard let request = run.source.next() else { break }
            let descriptor = try target.connect()
            run.connections.append(Connection(descriptor: descriptor, request: request, started: run.clock.now))
        }
        try run.drive(limit: limit)
        return run.report
    }

    private init(source: Source) { self.source = source }

    private mutating func drive(limit: Duration) throws {
        let start = clock.now
        for index in connections.indices { connections[index].started = start }
        while !connections.isEmpty {
            let now = clock.now
            guard now - start < limit + .seconds(30) else {
                throw StewardError(.unreachable, "the daemon left requests unanswered for 30 s; see its log")
            }
            for index in connections.indices {
                guard let resumes = connections[index].resumes, resumes <= now else { continue }
                connections[index].resumes = nil
                connections[index].started = now
            }
            var polled = connections.map { connection in
                let events = connection.written < connection.request.bytes.count ? POLLIN | POLLOUT : POLLIN
                // A negative descriptor is skipped by poll.
                return pollfd(
                    fd: connection.resumes == nil ? connection.descriptor : -1, events: Int16(events), revents: 0)
            }
            guard poll(&polled, nfds_t(polled.count), 50) >= 0 || errno == EINTR else {
                throw StewardError(.internal, "poll failed: \(LoadTarget.reason())")
            }
            for index in polled.indices.reversed() where polled[index].revents != 0 {
                try write(index)
                if let answer = try read(index) { try settle(index, answer, mayGoOn: clock.now - start < limit) }
            }
        }
        report.seconds = (clock.now - start) / .seconds(1)
    }

    private mutating func write(_ index: Int) throws {
        while connections[index].written < connections[index].request.bytes.count {
            let (descriptor, written) = (connections[index].descriptor, connections[index].written)
            let count = connections[index].request.bytes.withUnsafeBytes { bytes in
                send(descriptor, bytes.baseAddress! + written, bytes.count - written, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EAGAIN || errno == EINTR { return }
            guard count > 0 else { throw lost() }
            connections[index].written += count
            report.bytes += count
        }
    }

    /// The whole answer, once it is there.
    private mutating func read(_ index: Int) throws -> HTTPAnswer? {
        let count = recv(connections[index].descriptor, &buffer, buffer.count, 0)
        if count < 0, errno == EAGAIN || errno == EINTR { return nil }
        guard count > 0 else { throw lost() }
        let reading: HTTPAnswer.Reading
        if connections[index].answer.isEmpty {
            reading = HTTPAnswer.read(buffer[..<count])
            if reading == .incomplete { connections[index].answer.append(contentsOf: buffer[..<count]) }
        } else {
            connections[index].answer.append(contentsOf: buffer[..<count])
            reading = HTTPAnswer.read(connections[index].answer[...])
        }
        switch reading {
        case .incomplete: return nil
        case .complete(let answer): return answer
        case .malformed(let reason):
            throw StewardError(.internal, "the daemon's answer cannot be read: \(reason)")
        }
    }

    /// Checks a whole answer and sends the connection's next request, if there is one.
    private mutating func settle(_ index: Int, _ answer: HTTPAnswer, mayGoOn: Bool) throws {
        let now = clock.now
        let (request, started) = (connections[index].request, connections[index].started)
        connections[index].answer.removeAll(keepingCapacity: true)
        connections[index].written = 0
        connections[index].started = now
        switch answer.status {
        case 200, 202:
            try source.check(answer, to: request)
            report.record(request.count, latency: now - started)
            guard mayGoOn, let request = source.next() else { return drop(index) }
            connections[index].request = request
            try write(index)
        case 429, 503:
            report.refusedRequests += 1
            guard mayGoOn else { return drop(index) }
            connections[index].resumes = now + .seconds(min(answer.retryAfterSeconds ?? 1, 10))
        default:
            throw StewardError(.refused, "the daemon answered \(answer.status): \(answer.text)")
        }
    }

    private mutating func drop(_ index: Int) {
        close(connections[index].descriptor)
        connections.remove(at: index)
    }

    private func lost() -> StewardError {
        StewardError(.unreachable, "the daemon closed a connection with a request in flight; see its log")
    }
}

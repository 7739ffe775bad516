import StewardModel
import StewardWire

/// The import of one file: rows become events, events become batches, and behind every batch that the daemon
/// acknowledged there is a row to resume from.
struct ImportRun {
    static let chunkBytes = 1 << 16

    let file: String
    let maximumEvents: Int
    /// Rows at the beginning that an earlier run has settled. They are read again, since ids count rows, but not sent.
    let settledRows: Int64
    var sender: ImportSender
    var reporter: ImportReporter
    /// Called with the number of rows that are settled, whenever it has grown.
    let settle: (Int64) throws -> Void
    private(set) var tally = ImportTally()
    private var rows: Int64 = 0
    private var batch: ImportBatch

    init(
        file: String, maximumEvents: Int, settledRows: Int64, sender: ImportSender, reporter: ImportReporter,
        settle: @escaping (Int64) throws -> Void
    ) {
        self.file = file
        self.maximumEvents = maximumEvents
        self.settledRows = settledRows
        self.sender = sender
        self.reporter = reporter
        self.settle = settle
        batch = ImportBatch(maximumEvents: maximumEvents)
    }

    /// - Parameter read: up to that many next bytes of the file, none at its end.
    mutating func run(_ reader: ImportReader, read: (Int) throws -> [UInt8]) throws {
        var reader = reader
        while true {
            let chunk = try read(Self.chunkBytes)
            for row in try chunk.isEmpty ? reader.finish() : reader.read(chunk) { try take(row) }
            reporter.progress.doneBytes += Int64(chunk.count)
            if rows <= settledRows { reporter.restartClock() }
            reporter.tick()
            if chunk.isEmpty { break }
        }
        try flush()
    }

    private mutating func take(_ row: ImportReader.Row) throws {
        guard rows >= settledRows else {
            rows += 1
            return
        }
        if case .success(let event) = row.event, !batch.hasRoom(for: event.count) { try flush() }
        rows += 1
        tally.read += 1
        reporter.progress.rows += 1
        switch row.event {
        case .success(let event): batch.append(event, line: Int64(row.line))
        case .failure(let error):
            tally.rejected += 1
            let place = "line \(row.line): "
            var error = error
            // The report begins with file and line already.
            if error.message.hasPrefix(place) { error.message.removeFirst(place.count) }
            try reporter.reject(file: file, line: Int64(row.line), reason: error.description)
        }
    }

    /// Sends the batch, which holds the last rows up to ``rows``.
    private mutating func flush() throws {
        if !batch.isEmpty {
            let receipt = try sender.send(batch)
            tally.accepted += receipt.accepted
            tally.duplicates += receipt.duplicates
            tally.rejected += receipt.rejected
            for rejection in receipt.reasons {
                try reporter.reject(file: file, line: rejection.line, reason: rejection.reason)
            }
            let unlisted = receipt.rejected - Int64(receipt.reasons.count)
            if unlisted > 0, let first = batch.lines.first, let last = batch.lines.last {
                let reason = "\(Humanize.count(unlisted, "more row")) up to line \(last) rejected, without a reason"
                try reporter.reject(file: file, line: first, reason: reason)
            }
            batch = ImportBatch(maximumEvents: maximumEvents)
        }
        if rows > settledRows { try settle(rows) }
    }
}

import StewardModel

/// How far an import is, from bytes and a clock it is given.
struct ImportProgress {
    /// Of all files together.
    let totalBytes: Int64
    var doneBytes: Int64 = 0
    var rows: Int64 = 0
    /// Where and when sending began: what an earlier run did counts for the share, not for the speed.
    private(set) var startBytes: Int64 = 0
    private(set) var started: Timestamp

    init(totalBytes: Int64, started: Timestamp) {
        self.totalBytes = totalBytes
        self.started = started
    }

    /// Measures the speed from here on.
    mutating func restartClock(_ now: Timestamp) {
        startBytes = doneBytes
        started = now
    }

    /// 0 to 1; an empty source is done.
    var share: Double {
        totalBytes <= 0 ? 1 : min(1, max(0, Double(doneBytes) / Double(totalBytes)))
    }

    func elapsedSeconds(_ now: Timestamp) -> Double {
        max(0, Double((now - started).wholeMicroseconds) / 1_000_000)
    }

    /// `nil` until there is something to divide by.
    func rowsPerSecond(_ now: Timestamp) -> Double? {
        let elapsed = elapsedSeconds(now)
        return elapsed > 0 ? Double(rows) / elapsed : nil
    }

    /// The time left at this run's mean speed; `nil` until there is one.
    func remainingSeconds(_ now: Timestamp) -> Int64? {
        let elapsed = elapsedSeconds(now)
        let done = Double(doneBytes - startBytes)
        guard elapsed > 0, done > 0 else { return nil }
        let remaining = Double(max(0, totalBytes - doneBytes)) * elapsed / done
        return remaining < 1e9 ? Int64(remaining.rounded(.up)) : nil
    }

    /// `42%  12,345 rows  3,456 rows/s  1 min 3 s left`
    func line(_ now: Timestamp) -> String {
        var parts = ["\(Int(share * 100))%", Humanize.count(rows, "row")]
        if let rate = rowsPerSecond(now) { parts.append("\(Humanize.decimal(rate, places: 0)) rows/s") }
        if let remaining = remainingSeconds(now) { parts.append("\(Humanize.duration(seconds: remaining)) left") }
        return parts.joined(separator: "  ")
    }

    /// The line behind a bar of `width` characters.
    func bar(_ now: Timestamp, width: Int = 24) -> String {
        let filled = Int(share * Double(width))
        return "▕" + String(repeating: "█", count: filled) + String(repeating: " ", count: width - filled) + "▏ "
            + line(now)
    }
}

/// Says when something that may happen often is due again.
struct Throttle {
    let interval: Duration
    private var next: Timestamp?

    init(every interval: Duration) { self.interval = interval }

    mutating func isDue(_ now: Timestamp) -> Bool {
        if let next, now < next { return false }
        next = now + interval
        return true
    }
}

/// How long to wait before a call is tried again: doubling from half a second to half a minute, or as long as the
/// daemon asked for, up to five minutes in one wait.
struct RetrySchedule {
    static let maximumAttempts = 10
    private var attempt = 0

    /// `nil` when it was tried often enough.
    mutating func next(retryAfterSeconds: Int?) -> Duration? {
        attempt += 1
        guard attempt < Self.maximumAttempts else { return nil }
        if let retryAfterSeconds { return .seconds(min(retryAfterSeconds, 300)) }
        return min(.milliseconds(500 * (1 << (attempt - 1))), .seconds(30))
    }
}

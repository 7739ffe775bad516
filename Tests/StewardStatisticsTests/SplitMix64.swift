import StewardStatistics

extension SplitMix64 {
    /// Any magnitude is as likely as any other, half of them negative when `signed`.
    mutating func magnitude(signed: Bool) -> Int64 {
        let value = Int64(next() >> 1) >> Int64.random(in: 0...62, using: &self)
        return signed && Bool.random(using: &self) ? -1 - value : value
    }
}

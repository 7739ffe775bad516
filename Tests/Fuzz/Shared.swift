import StewardModel
import StewardWire

/// The input of one execution as an array, which is what the rooms read.
func bytes(_ data: UnsafePointer<UInt8>, _ size: Int) -> [UInt8] {
    Array(UnsafeBufferPointer(start: data, count: size))
}

/// Ends the execution as a finding; libFuzzer keeps the input.
func require(_ condition: Bool, _ what: @autoclosure () -> String) {
    if !condition { fatalError(what()) }
}

/// The time of receipt, fixed so that an input always does the same.
let now = Timestamp(seconds: 1_772_550_060)

/// What holds for any request in either encoding.
func checkTelemetry(_ input: [UInt8], _ encoding: OTLPEncoding) {
    if let decoded = try? OTLPTraces.decode(input, encoding: encoding, now: now) {
        require(decoded.ignoredSpans >= 0, "spans counted twice: \(decoded.ignoredSpans)")
        require(decoded.rejected.count <= OTLPDecoded.maximumListed, "too many rejections listed")
        for event in decoded.events {
            require(!event.id.isEmpty && !event.series.deployment.isEmpty, "an event without its names: \(event)")
            require((event.usage?.inputTokens ?? 0) >= 0, "tokens below zero: \(event)")
            require((event.usage?.outputTokens ?? 0) >= 0, "tokens below zero: \(event)")
            require((event.latencyMicroseconds ?? 0) >= 0, "latency below zero: \(event)")
        }
    }
    if let decoded = try? OTLPLogs.decode(input, encoding: encoding, now: now) {
        require(decoded.rejectedRecords >= decoded.rejected.count, "more rejections listed than there are")
    }
}

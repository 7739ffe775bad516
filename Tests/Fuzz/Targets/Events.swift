import StewardModel
import StewardWire

/// Events and feedback in the native formats.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let input = bytes(data, size)
    for format in [EventFormat.json, .ndjson] {
        if let decoded = try? EventDecoder.decode(
            input, format: format, now: now, limits: EventLimits(), makeID: { "made" })
        {
            check(decoded, size)
        }
        if let decoded = try? FeedbackDecoder.decode(input, format: format, now: now) {
            for one in decoded.feedback {
                require(!one.key.isEmpty && !one.eventID.isEmpty, "feedback without a key: \(one)")
            }
        }
    }
    return 0
}

private func check(_ decoded: DecodedEvents, _ size: Int) {
    let positions = decoded.events.map(\.index) + decoded.rejected.map(\.index)
    require(positions.sorted() == Array(0..<decoded.count), "an event is neither taken nor rejected: \(positions)")
    for (_, event) in decoded.events {
        require(!event.id.isEmpty && !event.series.deployment.isEmpty, "an event without its names: \(event)")
        require((event.usage?.inputTokens ?? 0) >= 0, "tokens below zero: \(event)")
        require((event.latencyMicroseconds ?? 0) >= 0, "latency below zero: \(event)")
        require(event.payload.count <= size, "a payload larger than the body")
    }
    for rejection in decoded.rejected { require(!rejection.reason.isEmpty, "a rejection without a reason") }
}

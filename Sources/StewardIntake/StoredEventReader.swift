import StewardModel
import StewardStore
import StewardWire

/// Reads stored events back from their payloads. Events that follow each other share blocks: each is unpacked once.
struct StoredEventReader {
    private let codec: PayloadCodec
    private var last: (block: [UInt8], content: PayloadBlockContent)?

    init(codec: PayloadCodec) { self.codec = codec }

    /// The event of a stored payload; `nil` where there is none that can be read any more.
    mutating func event(_ stored: StoredPayload?, id: String, time: Timestamp, series: SeriesKey) -> Event? {
        guard let stored else { return nil }
        if last?.block != stored.block { last = (try? codec.unpack(stored.block)).map { (stored.block, $0) } }
        guard let payload = try? last?.content[stored.part] else { return nil }
        var limits = EventLimits()
        limits.maximumEventBytes = payload.count
        let decoded = try? EventDecoder.decode(payload, format: .json, now: time, limits: limits, makeID: { id })
        guard let event = decoded?.events.first?.event, event.series == series else { return nil }
        return event
    }
}

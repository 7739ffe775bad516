import StewardJSON
import Synchronization

/// Keeps a tag whose values never repeat, such as a request's number, from making every event a cost of its own.
final class TagLimit: Sendable {
    static let keys = 32
    static let valuesPerKey = 1000

    private let seen = Mutex<[String: Set<String>]>([:])

    /// The tags as a canonical JSON object; beyond the limits a value is `other` and a key is left out. `nil` for none.
    func text(_ tags: [String: String]) -> String? {
        guard !tags.isEmpty else { return nil }
        let kept = seen.withLock { seen in
            tags.sorted { $0.key < $1.key }.compactMap { key, value -> (String, String)? in
                guard seen[key] != nil || seen.count < Self.keys else { return nil }
                if seen[key, default: []].contains(value) { return (key, value) }
                guard seen[key, default: []].count < Self.valuesPerKey else { return (key, "other") }
                seen[key, default: []].insert(value)
                return (key, value)
            }
        }
        guard !kept.isEmpty else { return nil }
        var writer = JSONWriter()
        writer.beginObject()
        for (key, value) in kept { writer.member(key, value) }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

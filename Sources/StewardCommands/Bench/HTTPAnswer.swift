/// An HTTP/1.1 response as far as a load run reads it: in bytes, because what the loader spends, the daemon lacks.
struct HTTPAnswer: Equatable {
    var status: Int
    var retryAfterSeconds: Int?
    var body: [UInt8]

    enum Reading: Equatable {
        /// More bytes are needed.
        case incomplete
        case complete(HTTPAnswer)
        /// No response that a keep-alive connection can go on after.
        case malformed(String)
    }

    /// Reads one whole response; nothing may follow it, because no second request was sent yet.
    static func read(_ bytes: ArraySlice<UInt8>) -> Reading {
        guard var rest = bytes.dropping(prefix: "HTTP/1.1 ") else {
            return bytes.count < 9 ? .incomplete : .malformed("it is not HTTP/1.1")
        }
        guard let status = rest.leadingInteger else { return .malformed("it has no status") }
        var length: Int?
        var retryAfterSeconds: Int?
        while true {
            guard let end = rest.firstIndex(of: 0x0A) else {
                return bytes.count < 65_536 ? .incomplete : .malformed("its head is longer than 64 KiB")
            }
            rest = rest[(end + 1)...]
            if rest.first == 0x0D { break }
            if let value = rest.dropping(prefix: "content-length: ") { length = value.leadingInteger }
            if let value = rest.dropping(prefix: "retry-after: ") { retryAfterSeconds = value.leadingInteger }
        }
        guard rest.count >= 2 else { return .incomplete }
        guard let length else { return .malformed("it has no Content-Length") }
        let body = rest.dropFirst(2)
        guard body.count >= length else { return .incomplete }
        guard body.count == length else { return .malformed("bytes follow it") }
        return .complete(HTTPAnswer(status: status, retryAfterSeconds: retryAfterSeconds, body: Array(body)))
    }

    /// The whole number of a member of a flat JSON object, such as `"accepted":500`.
    func number(_ member: StaticString) -> Int? { self.member(member)?.leadingInteger }

    /// Whether the object has this member, at any depth.
    func has(_ member: StaticString) -> Bool { self.member(member) != nil }

    private func member(_ name: StaticString) -> ArraySlice<UInt8>? {
        for start in body.indices where body[start] == 0x22 {
            if let rest = body[(start + 1)...].dropping(prefix: name)?.dropping(prefix: "\":") { return rest }
        }
        return nil
    }

    var text: String { String(decoding: body.prefix(500), as: UTF8.self) }
}

extension ArraySlice<UInt8> {
    /// What follows `prefix`, whose letters are lower case and match either case; `nil` where something else stands.
    fileprivate func dropping(prefix: StaticString) -> Self? {
        prefix.withUTF8Buffer { prefix in
            guard count >= prefix.count else { return nil }
            for (byte, wanted) in zip(self, prefix) {
                guard byte == wanted || (wanted >= 0x61 && wanted <= 0x7A && byte == wanted ^ 0x20) else { return nil }
            }
            return dropFirst(prefix.count)
        }
    }

    fileprivate var leadingInteger: Int? {
        var value: Int?
        for byte in prefix(10) {
            guard byte >= 0x30, byte <= 0x39 else { break }
            value = (value ?? 0) * 10 + Int(byte - 0x30)
        }
        return value
    }
}

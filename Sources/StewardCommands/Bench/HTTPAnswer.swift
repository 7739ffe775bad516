/// An HTTP/1.1 response as far as a load run reads it.
struct HTTPAnswer: Equatable {
    var status: Int
    var retryAfterSeconds: Int?
    var body: String

    enum Reading: Equatable {
        /// More bytes are needed.
        case incomplete
        case complete(HTTPAnswer)
        /// No response that a keep-alive connection can go on after.
        case malformed(String)
    }

    /// Reads one whole response; nothing may follow it, because no second request was sent yet.
    static func read(_ bytes: [UInt8]) -> Reading {
        let blank = Array("\r\n\r\n".utf8)
        guard let headEnd = bytes.firstRange(of: blank) else {
            return bytes.count < 65_536 ? .incomplete : .malformed("its head is longer than 64 KiB")
        }
        let lines = String(decoding: bytes[..<headEnd.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count >= 2, words[0].hasPrefix("HTTP/1.1"), let status = Int(words[1]) else {
            return .malformed("it is not HTTP/1.1")
        }
        var length: Int?
        var retryAfterSeconds: Int?
        for line in lines.dropFirst() {
            let field = line.split(separator: ":", maxSplits: 1)
            guard field.count == 2 else { continue }
            let value = field[1].drop { $0 == " " }
            switch field[0].lowercased() {
            case "content-length": length = Int(value)
            case "retry-after": retryAfterSeconds = Int(value)
            default: break
            }
        }
        guard let length, length >= 0 else { return .malformed("it has no Content-Length") }
        let body = bytes[headEnd.upperBound...]
        guard body.count >= length else { return .incomplete }
        guard body.count == length else { return .malformed("bytes follow it") }
        return .complete(
            HTTPAnswer(
                status: status, retryAfterSeconds: retryAfterSeconds, body: String(decoding: body, as: UTF8.self)))
    }

    /// The whole number of a member of a flat JSON object, such as `"accepted":500`.
    func number(_ member: String) -> Int? {
        guard let name = body.firstRange(of: "\"\(member)\":") else { return nil }
        return Int(body[name.upperBound...].drop { $0 == " " }.prefix { $0.isWholeNumber })
    }
}

import HTTPTypes
import Hummingbird
import NIOCore
import StewardJSON
import StewardModel

/// An answer, before it becomes Hummingbird's.
struct Reply: Sendable {
    var status = 200
    var contentType: String
    var bytes: [UInt8]
    var headers: HTTPFields = [:]

    init(status: Int = 200, contentType: String, bytes: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.bytes = bytes
    }

    /// One JSON object.
    static func object(
        status: Int = 200, _ body: (inout JSONWriter) throws -> Void
    ) rethrows -> Reply {
        var writer = JSONWriter(reserving: 1024)
        writer.beginObject()
        try body(&writer)
        writer.endObject()
        return Reply(status: status, contentType: "application/json", bytes: writer.bytes)
    }

    static func text(_ text: String) -> Reply {
        Reply(contentType: "text/plain; charset=utf-8", bytes: Array(text.utf8))
    }

    /// A problem document (RFC 9457).
    static func problem(_ error: StewardError) -> Reply {
        var reply = object(status: error.code.httpStatus) { writer in
            writer.member("type", "https://steward.dev/problems/\(error.code.rawValue)")
            writer.member("title", error.code.title)
            writer.member("status", error.code.httpStatus)
            writer.member("detail", error.message)
            if let field = error.field { writer.member("field", field) }
            for detail in error.details {
                writer.key(detail.name)
                writer.raw(detail.json.utf8)
            }
        }
        reply.contentType = "application/problem+json"
        if let seconds = error.retryAfterSeconds { reply.headers[.retryAfter] = String(seconds) }
        if error.code == .unauthenticated { reply.headers[.wwwAuthenticate] = "Bearer" }
        return reply
    }

    var response: Response {
        Response(status: .init(code: status), headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// ``headers`` with what every answer has.
    var fields: HTTPFields {
        var fields = headers
        fields[.contentType] = contentType
        fields[.cacheControl] = fields[.cacheControl] ?? "no-store"
        fields[.xContentTypeOptions] = "nosniff"
        return fields
    }
}

extension JSONWriter {
    mutating func member(_ name: String, _ time: Timestamp?) { member(name, time?.rfc3339) }

    /// Money both ways: a decimal string of dollars and the integer it is; both null when unknown.
    mutating func cost(_ cost: Nanodollars?) {
        member("cost_usd", cost?.dollars)
        member("cost_nanodollars", cost?.amount)
    }
}

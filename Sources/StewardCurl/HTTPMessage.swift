/// One outgoing HTTP call.
package struct HTTPRequest: Sendable {
    package var method: String
    /// An absolute `http` or `https` address, already percent-encoded.
    package var url: String
    package var headers: [HTTPHeader]
    /// `nil` sends no body; an empty array sends a body of length 0.
    package var body: [UInt8]?
    /// Bounds the whole call, from name lookup to the last byte of the answer.
    package var timeoutMilliseconds: Int
    package var connectTimeoutMilliseconds: Int
    /// An answer whose body is longer is abandoned with ``StewardError/Code/tooLarge``.
    package var maximumResponseBytes: Int

    package init(
        _ method: String = "GET", _ url: String, headers: [HTTPHeader] = [], body: [UInt8]? = nil,
        timeoutMilliseconds: Int = 30_000, connectTimeoutMilliseconds: Int = 5_000,
        maximumResponseBytes: Int = 64 << 20
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeoutMilliseconds = timeoutMilliseconds
        self.connectTimeoutMilliseconds = connectTimeoutMilliseconds
        self.maximumResponseBytes = maximumResponseBytes
    }
}

package struct HTTPHeader: Sendable, Equatable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// The answer to an ``HTTPRequest``: any status, for a refusal is an answer too.
package struct HTTPResponse: Sendable {
    package var status: Int
    package var headers: [HTTPHeader]
    package var body: [UInt8]

    package init(status: Int, headers: [HTTPHeader] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package var isSuccess: Bool { (200..<300).contains(status) }

    /// The value of the first header with this name, in any case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// `Retry-After` in its seconds form (RFC 9110, section 10.2.3); the date form is not read.
    package var retryAfterSeconds: Int? {
        header("Retry-After").flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
    }
}

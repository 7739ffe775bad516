import CCurl
import StewardModel

/// What libcurl's callbacks fill in during one call. A class, because they reach it through a pointer.
final class Exchange {
    private(set) var status = 0
    private(set) var headers: [HTTPHeader] = []
    /// The body of an answer that is no success.
    private(set) var refusal: [UInt8] = []
    /// Why a callback ended the call.
    private(set) var error: (any Error)?
    /// libcurl's own description of a failure.
    private(set) var message: String?

    private let maximumBodyBytes: Int
    private let receive: (UnsafeRawBufferPointer) throws -> Void
    private var headerBytes = 0
    private var bodyBytes = 0

    init(maximumBodyBytes: Int, receive: @escaping (UnsafeRawBufferPointer) throws -> Void) {
        self.maximumBodyBytes = maximumBodyBytes
        self.receive = receive
    }

    /// Runs the call. `body` and `self` are held for exactly as long as libcurl points at them.
    func perform(_ handle: UnsafeMutableRawPointer, body: [UInt8]?) -> CURLcode {
        let context = Unmanaged.passUnretained(self).toOpaque()
        steward_curl_set_callback(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            Exchange.call(bytes, size * count, context) { try $0.takeHeader($1) }
        }
        steward_curl_set_pointer(handle, CURLOPT_HEADERDATA, context)
        steward_curl_set_callback(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            Exchange.call(bytes, size * count, context) { try $0.takeBody($1) }
        }
        steward_curl_set_pointer(handle, CURLOPT_WRITEDATA, context)
        return withExtendedLifetime(self) {
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CURL_ERROR_SIZE)) { text in
                text.initialize(repeating: 0)
                steward_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, text.baseAddress)
                let code = Self.perform(handle, body: body)
                steward_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, nil)
                if let start = text.baseAddress, text[0] != 0 { message = String(cString: start) }
                return code
            }
        }
    }

    private static func perform(_ handle: UnsafeMutableRawPointer, body: [UInt8]?) -> CURLcode {
        guard let body else { return curl_easy_perform(handle) }
        return body.withUnsafeBytes { bytes in
            steward_curl_set_long(handle, CURLOPT_POSTFIELDSIZE, bytes.count)
            // A null pointer would make libcurl read the body from standard input.
            if let start = bytes.baseAddress {
                steward_curl_set_pointer(handle, CURLOPT_POSTFIELDS, start)
                return curl_easy_perform(handle)
            }
            return "".withCString { empty in
                steward_curl_set_text(handle, CURLOPT_POSTFIELDS, empty)
                return curl_easy_perform(handle)
            }
        }
    }

    /// Returns the number of bytes taken; any other number than `count` makes libcurl end the call.
    private static func call(
        _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?,
        _ take: (Exchange, UnsafeRawBufferPointer) throws -> Void
    ) -> Int {
        guard let context else { return 0 }
        let exchange = Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
        do {
            try take(exchange, UnsafeRawBufferPointer(start: bytes, count: count))
            return count
        } catch {
            exchange.error = error
            return count == 0 ? 1 : 0
        }
    }

    private func takeHeader(_ bytes: UnsafeRawBufferPointer) throws {
        headerBytes += bytes.count
        guard headerBytes <= HTTPClient.maximumHeaderBytes else {
            throw StewardError(.tooLarge, "the answer's headers exceed \(HTTPClient.maximumHeaderBytes) bytes")
        }
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            // The last status line counts: a proxy's answer to CONNECT and "100 Continue" come before it.
            status = line.split(separator: " ").dropFirst().first.flatMap { Int(trimmed($0)) } ?? 0
            headers = []
        } else if let colon = line.firstIndex(of: ":") {
            headers.append(HTTPHeader(trimmed(line[..<colon]), trimmed(line[line.index(after: colon)...])))
        }
    }

    private func takeBody(_ bytes: UnsafeRawBufferPointer) throws {
        bodyBytes += bytes.count
        guard bodyBytes <= maximumBodyBytes else {
            throw StewardError(.tooLarge, "the answer is longer than \(maximumBodyBytes) bytes; ask for less at once")
        }
        if (200..<300).contains(status) {
            try receive(bytes)
        } else {
            refusal.append(contentsOf: bytes)
        }
    }
}

private func trimmed(_ text: some StringProtocol) -> String {
    func isSpace(_ character: Character) -> Bool { character.isWhitespace }
    guard let first = text.firstIndex(where: { !isSpace($0) }), let last = text.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(text[first...last])
}

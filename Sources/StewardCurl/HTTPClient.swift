import CCurl
import Foundation
import StewardModel

/// Plain outgoing HTTP calls over libcurl, which brings the system's proxies and certificates along.
///
/// Calls block, one at a time; connections are kept alive between them. Redirects are not followed: the addresses
/// called are ones an operator configured. A proxy from the environment is never used for a loopback address, because
/// a proxy's loopback is another machine.
package final class HTTPClient {
    private let handle: UnsafeMutableRawPointer
    private let peer: String
    private let userAgent: String

    /// What a call may bring in headers; libcurl itself only bounds single lines.
    static let maximumHeaderBytes = 256 << 10

    /// - Parameter peer: how error messages name the other side, such as `the daemon`.
    package init(peer: String = "the server", userAgent: String = "steward") throws {
        guard Self.isInitialized, let handle = curl_easy_init() else {
            throw StewardError(.internal, "libcurl cannot be started")
        }
        self.handle = handle
        self.peer = peer
        self.userAgent = userAgent
    }

    deinit { curl_easy_cleanup(handle) }

    /// `curl_global_init` must run once, before the first handle.
    private static let isInitialized = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// Sends a request and returns the answer, whatever its status.
    ///
    /// - Throws: ``StewardError`` with code `unreachable` when no answer came, `tooLarge` when it was longer than the
    ///   request allows, `invalidInput` when the address cannot be called.
    package func send(_ request: HTTPRequest) throws -> HTTPResponse {
        var body: [UInt8] = []
        var response = try stream(request) { body.append(contentsOf: $0) }
        response.body += body
        return response
    }

    /// Sends a request and hands the body of a successful answer to `receive` as it arrives; the body of any other
    /// answer is in the response, as with ``send(_:)``.
    ///
    /// - Throws: as ``send(_:)``, or what `receive` threw, which ends the call.
    package func stream(
        _ request: HTTPRequest, receive: @escaping (UnsafeRawBufferPointer) throws -> Void
    ) throws -> HTTPResponse {
        let address = try Self.parse(request.url)
        let exchange = Exchange(maximumBodyBytes: request.maximumResponseBytes, receive: receive)
        curl_easy_reset(handle)
        var headers: UnsafeMutablePointer<curl_slist>?
        // Without this, libcurl holds a longer body back for up to a second, waiting for a "100 Continue".
        headers = curl_slist_append(headers, "Expect:")
        for header in request.headers {
            guard !header.value.utf8.contains(where: { $0 == 0x0D || $0 == 0x0A || $0 == 0 }) else {
                curl_slist_free_all(headers)
                throw StewardError(.invalidInput, "must not contain line breaks", field: header.name)
            }
            headers = curl_slist_append(headers, "\(header.name): \(header.value)")
        }
        defer { curl_slist_free_all(headers) }
        configure(request, address: address, headers: headers)
        let code = exchange.perform(handle, body: request.body)
        if let error = exchange.error { throw error }
        guard code == CURLE_OK else { throw failure(code, request: request, address: address, exchange: exchange) }
        return HTTPResponse(status: exchange.status, headers: exchange.headers, body: exchange.refusal)
    }

    private func configure(_ request: HTTPRequest, address: Address, headers: UnsafeMutablePointer<curl_slist>?) {
        steward_curl_set_text(handle, CURLOPT_URL, request.url)
        steward_curl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        steward_curl_set_text(handle, CURLOPT_CUSTOMREQUEST, request.method)
        steward_curl_set_text(handle, CURLOPT_USERAGENT, userAgent)
        steward_curl_set_pointer(handle, CURLOPT_HTTPHEADER, headers)
        steward_curl_set_long(handle, CURLOPT_TIMEOUT_MS, request.timeoutMilliseconds)
        steward_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeoutMilliseconds)
        steward_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        if address.isLoopback { steward_curl_set_text(handle, CURLOPT_PROXY, "") }
    }

    /// Says in one sentence why no answer came.
    private func failure(
        _ code: CURLcode, request: HTTPRequest, address: Address, exchange: Exchange
    ) -> StewardError {
        var systemError = 0
        steward_curl_get_long(handle, CURLINFO_OS_ERRNO, &systemError)
        let reason: String
        switch code {
        case CURLE_COULDNT_CONNECT where systemError == ECONNREFUSED: reason = "connection refused"
        case CURLE_COULDNT_CONNECT where systemError != 0:
            reason = String(cString: strerror(Int32(truncatingIfNeeded: systemError))).lowercased()
        case CURLE_COULDNT_RESOLVE_HOST: reason = "the host name '\(address.host)' cannot be resolved"
        case CURLE_OPERATION_TIMEDOUT:
            reason = "no answer within \(Double(request.timeoutMilliseconds) / 1000) s"
        case CURLE_GOT_NOTHING: reason = "the connection was closed without an answer"
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT: return Self.notAnAddress(request.url)
        default: reason = exchange.message ?? String(cString: curl_easy_strerror(code))
        }
        return StewardError(.unreachable, "cannot reach \(peer) at \(address.origin): \(reason)")
    }
}

// MARK: - Addresses

extension HTTPClient {
    struct Address {
        var host: String
        /// Scheme, host and port: what an error message shows, since a path may hold a secret.
        var origin: String
        var isLoopback: Bool
    }

    static func parse(_ url: String) throws -> Address {
        guard let parser = curl_url() else { throw StewardError(.internal, "libcurl cannot read addresses") }
        defer { curl_url_cleanup(parser) }
        func part(_ name: CURLUPart) -> String? {
            var text: UnsafeMutablePointer<CChar>?
            guard curl_url_get(parser, name, &text, 0) == CURLUE_OK, let text else { return nil }
            defer { curl_free(text) }
            return String(cString: text)
        }
        guard curl_url_set(parser, CURLUPART_URL, url, 0) == CURLUE_OK, let scheme = part(CURLUPART_SCHEME),
            scheme == "http" || scheme == "https", let host = part(CURLUPART_HOST), !host.isEmpty
        else { throw notAnAddress(url) }
        let port = part(CURLUPART_PORT).map { ":" + $0 } ?? ""
        return Address(host: host, origin: "\(scheme)://\(host)\(port)", isLoopback: isLoopback(host))
    }

    private static func isLoopback(_ host: String) -> Bool {
        let name = host.lowercased()
        if name == "localhost" || name.hasSuffix(".localhost") || name == "[::1]" { return true }
        let octets = name.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return octets.count == 4 && octets.first == 127 && !octets.contains(nil)
    }

    private static func notAnAddress(_ url: String) -> StewardError {
        StewardError(.invalidInput, "'\(url)' is not an http or https address", field: "url")
    }
}

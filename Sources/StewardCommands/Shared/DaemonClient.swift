import StewardCurl
import StewardJSON
import StewardModel

/// Calls of the daemon's HTTP API.
struct DaemonClient {
    /// Without a slash at the end.
    let url: String
    private let token: String?
    private let send: (HTTPRequest) throws -> HTTPResponse

    init(url: String, token: String?, send: @escaping (HTTPRequest) throws -> HTTPResponse) {
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.token = token.flatMap { $0.isEmpty ? nil : $0 }
        self.send = send
    }

    /// One call. `path` holds unescaped segments; query items without a value are left out.
    struct Call {
        var method = "GET"
        var path: [String]
        var query: [(name: String, value: String?)] = []
        var body: [UInt8]?
        var contentType = "application/json"
        var contentEncoding: String?
        var maximumResponseBytes = 64 << 20
        var timeoutMilliseconds = 30_000

        static func get(_ path: String..., query: KeyValuePairs<String, String?> = [:]) -> Call {
            Call(path: path, query: query.map { ($0.key, $0.value) })
        }

        /// A call with a JSON object as its body; members without a value are left out.
        static func send(_ method: String, _ path: String..., body: KeyValuePairs<String, JSONValue?>) -> Call {
            let members = body.compactMap { name, value in value.map { JSONValue.Member(name: name, value: $0) } }
            return Call(method: method, path: path, body: JSONValue.object(members).text)
        }

        var target: String {
            "/v1/" + path.map(Self.escaped).joined(separator: "/") + Self.text(of: query)
        }

        /// `?name=value&…`, escaped; empty without a value.
        static func text(of query: [(name: String, value: String?)]) -> String {
            let items = query.compactMap { name, value in value.map { "\(name)=\(escaped($0))" } }
            return items.isEmpty ? "" : "?" + items.joined(separator: "&")
        }

        /// Percent-encodes all but the unreserved characters (RFC 3986, section 2.3). A segment of dots only is
        /// encoded too, because clients resolve it as a step up the path.
        static func escaped(_ text: String) -> String {
            let isDots = text == "." || text == ".."
            return text.utf8.map { byte in
                let character = Character(Unicode.Scalar(byte))
                let isUnreserved =
                    byte < 0x80 && (character.isLetter || character.isNumber || "-_~,".contains(character))
                if isUnreserved || (byte == UInt8(ascii: ".") && !isDots) { return String(character) }
                let digits = String(byte, radix: 16, uppercase: true)
                return "%" + (digits.count == 1 ? "0" : "") + digits
            }.joined()
        }
    }

    /// Sends a call and returns the answer, whatever its status.
    func response(_ call: Call) throws -> HTTPResponse {
        var headers = [HTTPHeader("Accept", "application/json, application/problem+json, */*")]
        if call.body != nil { headers.append(HTTPHeader("Content-Type", call.contentType)) }
        if let encoding = call.contentEncoding { headers.append(HTTPHeader("Content-Encoding", encoding)) }
        if let token { headers.append(HTTPHeader("Authorization", "Bearer \(token)")) }
        return try send(
            HTTPRequest(
                call.method, url + call.target, headers: headers, body: call.body,
                timeoutMilliseconds: call.timeoutMilliseconds, maximumResponseBytes: call.maximumResponseBytes))
    }

    /// Sends a call that must succeed and returns its body.
    func bytes(_ call: Call) throws -> [UInt8] {
        let response = try response(call)
        guard response.isSuccess else { throw response.problem }
        return response.body
    }

    /// Sends a call that must succeed and returns its JSON answer.
    func json(_ call: Call) throws -> JSONValue { try Self.json(try bytes(call), from: url) }

    static func json(_ bytes: [UInt8], from url: String) throws -> JSONValue {
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            throw StewardError(
                .internal, "the answer of \(url) is no JSON (\(error)); is a Steward daemon listening there?")
        }
    }
}

import Foundation
import FoundationNetworking
import StewardJSON

/// Speaks HTTP to a daemon as one holder of a token, or as nobody.
struct Client: Sendable {
    var base: URL
    var token: String?
    var session = URLSession.shared

    struct Answer: Sendable, CustomStringConvertible {
        var status: Int
        /// By lower-case name.
        var headers: [String: String]
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
        var description: String { "\(status) \(text.prefix(2000))" }
        func json() throws -> JSONValue { try JSONValue(parsing: body) }
    }

    func get(_ path: String) async throws -> Answer { try await send("GET", path) }

    func post(_ path: String, _ body: String) async throws -> Answer {
        try await send("POST", path, body: Array(body.utf8), headers: ["Content-Type": "application/json"])
    }

    func postEvents(_ lines: [String]) async throws -> Answer {
        try await send(
            "POST", "/v1/events", body: Array(lines.joined(separator: "\n").utf8),
            headers: ["Content-Type": "application/x-ndjson"])
    }

    /// The JSON of an answer that has to have this status.
    func json(_ path: String, status: Int = 200) async throws -> JSONValue {
        try Self.json(try await get(path), status, path)
    }

    func posted(_ path: String, _ body: String, status: Int) async throws -> JSONValue {
        try Self.json(try await post(path, body), status, path)
    }

    func send(
        _ method: String, _ path: String, body: [UInt8]? = nil, headers: [String: String] = [:]
    ) async throws -> Answer {
        guard let url = URL(string: path, relativeTo: base) else { throw Failure("no address: \(path)") }
        var request = URLRequest(url: url, timeoutInterval: 60)
        request.httpMethod = method
        request.httpBody = body.map { Data($0) }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
        let (data, response) = try await session.data(for: request)
        guard let response = response as? HTTPURLResponse else { throw Failure("not HTTP: \(path)") }
        var fields: [String: String] = [:]
        for (name, value) in response.allHeaderFields { fields["\(name)".lowercased()] = "\(value)" }
        return Answer(status: response.statusCode, headers: fields, body: Array(data))
    }

    private static func json(_ answer: Answer, _ status: Int, _ path: String) throws -> JSONValue {
        guard answer.status == status else { throw Failure("\(path) answered \(answer), expected \(status)") }
        return try answer.json()
    }

    // MARK: Reading

    /// Every stored event in the order of arrival, page by page.
    func allEvents() async throws -> [JSONValue] {
        var events: [JSONValue] = []
        var last: Int64 = 0
        while true {
            let page = try await json("/v1/events?after=\(last)&limit=1000")
            guard let rows = page["events"]?.array, !rows.isEmpty else { return events }
            events += rows
            guard let next = page["last_sequence"]?.int64, next > last else {
                throw Failure("last_sequence does not grow: \(page["last_sequence"] ?? .null)")
            }
            last = next
        }
    }
}

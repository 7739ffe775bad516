import HTTPTypes
import Hummingbird
import NIOCore
import StewardIntake
import StewardJSON
import StewardModel
import StewardWire

/// A request that was let in.
struct Call: Sendable {
    let request: Request
    /// Of the path, by the names that its template has.
    let parameters: [String: String]
    /// `nil` on open endpoints.
    let principal: Principal?
    let bodyLimitBytes: Int
    let now: Timestamp
    /// What the endpoint declares of its body.
    let shape: Shape?

    /// Who sends events.
    var sender: Intake.Sender { Intake.Sender(name: principal?.name ?? "", scope: principal?.scope) }

    // MARK: Path and query

    func path(_ name: String) throws -> String {
        guard let value = parameters[name] else {
            throw StewardError(.invalidInput, "is missing from the path", field: name)
        }
        return value
    }

    /// The value of a query parameter; absent and empty are the same.
    func query(_ name: String) -> String? {
        request.uri.queryParameters[name[...]].flatMap { $0.isEmpty ? nil : String($0) }
    }

    func required(_ name: String) throws -> String {
        guard let value = query(name) else {
            throw StewardError(.invalidInput, "add ?\(name)=… to the address", field: name)
        }
        return value
    }

    func integer(_ name: String, in range: ClosedRange<Int64>) throws -> Int64? {
        guard let text = query(name) else { return nil }
        guard let value = Int64(text), range.contains(value) else {
            throw StewardError(
                .invalidInput, "must be an integer from \(range.lowerBound) to \(range.upperBound)", field: name)
        }
        return value
    }

    func choice<Value: RawRepresentable & CaseIterable>(
        _ name: String, _: Value.Type = Value.self
    ) throws -> Value? where Value.RawValue == String {
        guard let text = query(name) else { return nil }
        return try Self.choice(text, name)
    }

    func choices<Value: RawRepresentable & CaseIterable>(
        _ name: String, _: Value.Type = Value.self
    ) throws -> [Value]? where Value.RawValue == String {
        try query(name)?.split(separator: ",").map { try Self.choice(String($0), name) }
    }

    private static func choice<Value: RawRepresentable & CaseIterable>(
        _ text: String, _ field: String
    ) throws -> Value where Value.RawValue == String {
        guard let value = Value(rawValue: text) else {
            let allowed = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw StewardError(.invalidInput, "must be one of: \(allowed)", field: field)
        }
        return value
    }

    /// A time as RFC 3339, or a span such as `15m` for that long ago.
    func time(_ name: String) throws -> Timestamp? {
        try query(name).map { try time(text: $0, name) }
    }

    func time(text: String, _ name: String) throws -> Timestamp {
        if let time = Timestamp(rfc3339: text) { return time }
        if let day = Timestamp(rfc3339: text + "T00:00:00Z") { return day }
        if let span = Self.span(text) { return now - span }
        throw StewardError(
            .invalidInput, "must be a time such as 2026-03-03T14:03:00Z, or a span such as 15m, 24h, 7d", field: name)
    }

    /// Seconds as a number, or a span such as `5m`.
    static func span(_ text: String) -> Duration? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        if let seconds = Int64(text), seconds >= 0, seconds < 1 << 40 { return .seconds(seconds) }
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()), count >= 0,
            count < 1 << 40
        else { return nil }
        return .seconds(count * unit)
    }

    // MARK: Scope

    /// Checks that the token may act on this deployment.
    func allow(_ deployment: String) throws {
        guard let scope = principal?.scope, scope != deployment else { return }
        throw StewardError(.forbidden, "the token works for the deployment '\(scope)' only", field: "deployment")
    }

    /// The deployment that a listing is limited to: what was asked for, which a limited token must ask for.
    func scopedDeployment() throws -> String? {
        guard let deployment = query("deployment") else {
            if let scope = principal?.scope {
                throw StewardError(
                    .forbidden, "the token works for '\(scope)' only: add ?deployment=\(scope)", field: "deployment")
            }
            return nil
        }
        try allow(deployment)
        return deployment
    }

    // MARK: Body

    /// The body after decompression, of at most `limit` bytes, or those that the setting allows.
    func body(limit: Int? = nil) async throws -> [UInt8] {
        let limit = limit ?? bodyLimitBytes
        let tooLarge = StewardError(
            .tooLarge,
            "the body is larger than \(limit) bytes; send smaller batches"
                + (limit == bodyLimitBytes ? ", or raise intake.body_limit" : ""))
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge }
        let buffer: ByteBuffer
        do { buffer = try await request.body.collect(upTo: limit) } catch is NIOTooManyBytesError { throw tooLarge }
        let bytes = Array(buffer.readableBytesView)
        switch request.headers[.contentEncoding]?.lowercased() {
        case nil, "", "identity": return bytes
        case "gzip", "x-gzip": return try Gzip.inflate(bytes, limit: limit)
        default:
            throw StewardError(.unsupportedMedia, "must be gzip, or left out", field: "Content-Encoding")
        }
    }

    /// The body as a JSON object; an empty body is an empty object.
    func json() async throws -> JSONFields {
        let bytes = try await body()
        let json: JSONValue
        do { json = bytes.isEmpty ? .object([]) : try JSONValue(parsing: bytes) } catch {
            throw StewardError(.invalidInput, "the body is not JSON: \(error)", field: "body")
        }
        guard json.members != nil else { throw StewardError(.invalidInput, "must be a JSON object", field: "body") }
        try shape?.check(json)
        return JSONFields(json)
    }
}

/// Typed reading of the members of a request's JSON.
struct JSONFields: Sendable {
    let json: JSONValue
    private let prefix: String

    init(_ json: JSONValue, prefix: String = "") {
        self.json = json
        self.prefix = prefix
    }

    func string(_ name: String) throws -> String {
        guard let value = try optionalString(name) else { throw wrong(name, "is required") }
        return value
    }

    func optionalString(_ name: String) throws -> String? {
        guard let value = json[name], !value.isNull else { return nil }
        guard let string = value.string else { throw wrong(name, "must be a string") }
        return string
    }

    func integer(_ name: String) throws -> Int64 {
        guard let value = json[name]?.int64 else { throw wrong(name, "must be an integer") }
        return value
    }

    func optionalInteger(_ name: String) throws -> Int64? {
        guard let value = json[name], !value.isNull else { return nil }
        return try integer(name)
    }

    func optionalNumber(_ name: String) throws -> Double? {
        guard let value = json[name], !value.isNull else { return nil }
        guard let number = value.double, number.isFinite else { throw wrong(name, "must be a number") }
        return number
    }

    func optionalBool(_ name: String) throws -> Bool? {
        guard let value = json[name], !value.isNull else { return nil }
        guard let flag = value.bool else { throw wrong(name, "must be true or false") }
        return flag
    }

    func strings(_ name: String) throws -> [String] {
        let elements = json[name]?.array ?? []
        let strings = elements.compactMap(\.string)
        guard strings.count == elements.count, json[name]?.array != nil else {
            throw wrong(name, "must be a list of strings")
        }
        return strings
    }

    func objects(_ name: String) throws -> [JSONFields] {
        guard let elements = json[name]?.array, elements.allSatisfy({ $0.members != nil }) else {
            throw wrong(name, "must be a list of objects")
        }
        return elements.enumerated().map { JSONFields($0.element, prefix: "\(prefix)\(name)[\($0.offset)].") }
    }

    /// No objects where there is no such member.
    func optionalObjects(_ name: String) throws -> [JSONFields] {
        guard let value = json[name], !value.isNull else { return [] }
        return try objects(name)
    }

    func optionalObject(_ name: String) throws -> JSONFields? {
        guard let value = json[name], !value.isNull else { return nil }
        guard value.members != nil else { throw wrong(name, "must be an object") }
        return JSONFields(value, prefix: "\(prefix)\(name).")
    }

    /// Refuses members that nothing reads: a typo must not pass for a wish.
    func allow(only names: String...) throws { try allow(only: names) }

    func allow(only names: [String]) throws {
        for member in json.members ?? [] where !names.contains(member.name) {
            throw wrong(member.name, "is unknown; allowed are: \(names.joined(separator: ", "))")
        }
    }

    /// What is wrong with a member, or with the object itself where the name is empty.
    func wrong(_ name: String, _ message: String) -> StewardError {
        let field = name.isEmpty && prefix.hasSuffix(".") ? String(prefix.dropLast()) : prefix + name
        return StewardError(.invalidInput, message, field: field)
    }
}

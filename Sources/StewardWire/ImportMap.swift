import StewardJSON
import StewardModel

/// Says how the columns of a CSV file, or the members of JSON Lines, become the fields of events.
///
/// ```yaml
/// format: csv                 # or jsonl
/// timezone: +01:00            # of times that name no zone; UTC when absent
/// trim: true                  # spaces around the names and cells of CSV do not count
/// event:
///   deployment: {value: support-bot}
///   version: Release                                    # a column; a JSON Pointer or a name for jsonl
///   time: TIMESTAMP
///   latency_ms: {column: Seconds, scale: 1000}
///   status: {column: Outcome, map: {OK: ok, FAIL: error}, default: ok}
/// ```
///
/// `default` stands in where a cell is empty or `map` does not list it. An empty cell without a default leaves its
/// field out. `prefix` stands in front of a text, such as of ids that are only numbers. `NAME#2` is the second of
/// several columns of that name.
///
/// With `feedback` in place of `event` the rows are what became known about events that are there already:
///
/// ```yaml
/// feedback:
///   event_id: {column: case, prefix: case-}
///   ground_truth: two_year_recid
/// ```
package struct ImportMap: Sendable, Equatable {
    package enum Format: String, CaseIterable, Sendable { case csv, jsonl }

    /// `nil` when the map leaves it to the file's name.
    package var format: Format?
    /// What the rows are.
    package var content: Content
    /// Whether spaces around names and cells are left out.
    let trims: Bool
    /// In the order of the map.
    var rules: [Rule]

    struct Rule: Sendable, Equatable {
        var target: ImportTarget
        var source: Source
    }

    enum Source: Sendable, Equatable {
        case constant(JSONValue)
        case column(Column)
    }

    package enum Content: String, CaseIterable, Sendable {
        case event, feedback

        /// What every row must have.
        var required: [String] {
            switch self {
            case .event: ["time", "deployment", "version"]
            case .feedback: ["event_id"]
            }
        }
    }

    struct Column: Sendable, Equatable {
        var name: String
        var scale: Double?
        var prefix: String?
        var time: TimeReader
        var map: [JSONValue.Member]?
        var fallback: JSONValue?
    }

    /// - Parameter value: the map as the caller read it from YAML or JSON.
    /// - Throws: `configuration` naming the key that is wrong and what is allowed in its place.
    package init(_ value: JSONValue) throws(StewardError) {
        _ = try Self.members(of: value, "the map", allowed: ["format", "timezone", "trim", "event", "feedback"])
        format = try value["format"].map { (value) throws(StewardError) in try Self.format(value) }
        if let trim = value["trim"], trim.bool == nil { throw Self.wrong("trim", "must be true or false") }
        trims = value["trim"]?.bool ?? false
        let offset = try value["timezone"].map { (value) throws(StewardError) in try Self.zone(value) } ?? 0
        guard value["event"] == nil || value["feedback"] == nil else {
            throw Self.wrong("feedback", "stands beside event; the rows of a file are either")
        }
        content = value["feedback"] == nil ? .event : .feedback
        let (content, name) = (content, content.rawValue)
        guard let fields = value[name]?.members, !fields.isEmpty else {
            let example = content == .event ? "time: TIMESTAMP" : "event_id: case"
            throw Self.wrong(name, "must say for each \(name) field where it comes from, such as \(example)")
        }
        rules = []
        for member in fields {
            guard let target = ImportTarget(named: member.name, of: content) else {
                let allowed = ImportTarget.allowed(in: content)
                throw Self.wrong("\(name).\(member.name)", "is no \(name) field; allowed are \(allowed)")
            }
            let source = try Self.source(member.value, for: target, "\(name).\(member.name)", offset)
            rules.append(Rule(target: target, source: source))
        }
        for required in content.required where !fields.contains(where: { $0.name == required }) {
            throw Self.wrong("\(name).\(required)", "is missing: every row has one, so map a column or a value to it")
        }
    }

    /// Where each rule finds its cell in a row of a CSV file; `nil` for one that needs none.
    func columns(of header: [String]) throws(StewardError) -> [Int?] {
        let header = trims ? header.map(Self.trimmed) : header
        var columns: [Int?] = []
        for rule in rules {
            guard case .column(let column) = rule.source else {
                columns.append(nil)
                continue
            }
            do throws(CSVHeader.Problem) {
                columns.append(try CSVHeader.index(of: column.name, in: header))
            } catch {
                let explanation = error.explanation(of: column.name, in: header)
                throw Self.wrong("\(content.rawValue).\(rule.target.path)", "names \(explanation)")
            }
        }
        return columns
    }
}

extension ImportMap {
    /// A text without the spaces and tabs around it.
    static func trimmed(_ text: String) -> String {
        let rest = text.drop { $0 == " " || $0 == "\t" }
        return String(rest.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}

// MARK: - Reading the map

extension ImportMap {
    private static func source(
        _ value: JSONValue, for target: ImportTarget, _ path: String, _ offset: Int64
    ) throws(StewardError) -> Source {
        if let name = value.string { return .column(Column(name: name, time: TimeReader(offsetSeconds: offset))) }
        let expected = "must be a column's name, {value: …} or {column: …, …}"
        guard value.members != nil else { throw wrong(path, expected) }
        if value["value"] != nil {
            let members = try Self.members(of: value, path, allowed: ["value"])
            return .constant(try target.kind.constant(members[0].value, "\(path).value", offset))
        }
        _ = try members(of: value, path, allowed: ["column", "scale", "prefix", "format", "map", "default"])
        guard let name = value["column"]?.string else { throw wrong(path, expected) }
        var column = Column(name: name, time: TimeReader(offsetSeconds: offset))
        if let scale = value["scale"] {
            guard target.kind == .number || target.kind == .integer, let factor = scale.double, factor != 0 else {
                throw wrong("\(path).scale", "must be a number other than 0, and only for fields that are numbers")
            }
            column.scale = factor
        }
        if let prefix = value["prefix"] {
            guard target.kind == .text, let text = prefix.string else {
                throw wrong("\(path).prefix", "must be a text, and only for fields that are texts")
            }
            column.prefix = text
        }
        if let format = value["format"] {
            guard target.kind == .time, let name = format.string, let known = TimeReader.Format(rawValue: name) else {
                let allowed = TimeReader.Format.allCases.map(\.rawValue).joined(separator: ", ")
                throw wrong("\(path).format", "must be one of \(allowed), and only for time")
            }
            column.time.format = known
        }
        if let map = value["map"] {
            guard let members = map.members else { throw wrong("\(path).map", "must be an object from cell to value") }
            var values: [JSONValue.Member] = []
            for member in members {
                let value = try target.kind.constant(member.value, "\(path).map.\(member.name)", offset)
                values.append(.init(name: member.name, value: value))
            }
            column.map = values
        }
        if let fallback = value["default"] {
            column.fallback = try target.kind.constant(fallback, "\(path).default", offset)
        }
        return .column(column)
    }

    private static func format(_ value: JSONValue) throws(StewardError) -> Format {
        guard let name = value.string, let format = Format(rawValue: name) else {
            let allowed = Format.allCases.map(\.rawValue).joined(separator: " or ")
            throw wrong("format", "must be \(allowed)")
        }
        return format
    }

    /// Seconds east of UTC.
    private static func zone(_ value: JSONValue) throws(StewardError) -> Int64 {
        guard let text = value.string else { throw wrong("timezone", "must be UTC or an offset such as +01:00") }
        if text == "UTC" || text == "Z" { return 0 }
        // The same clock time, read in the zone and in UTC, lies apart by the offset.
        guard let local = Timestamp(rfc3339: "2000-01-01T00:00:00\(text)") else {
            throw wrong("timezone", "must be UTC or an offset such as +01:00; names of zones are not known here")
        }
        return Timestamp(microseconds: 946_684_800_000_000 - local.microseconds).seconds
    }

    private static func members(
        of value: JSONValue, _ path: String, allowed: [String]
    ) throws(StewardError) -> [JSONValue.Member] {
        guard let members = value.members else { throw wrong(path, "must be an object, not \(value.kindDescription)") }
        for member in members where !allowed.contains(member.name) {
            let place = path == "the map" ? member.name : "\(path).\(member.name)"
            throw wrong(place, "is not known here; allowed are \(allowed.joined(separator: ", "))")
        }
        return members
    }

    static func wrong(_ field: String, _ message: String) -> StewardError {
        StewardError(.configuration, message, field: field)
    }
}

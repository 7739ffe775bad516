import StewardJSON
import StewardModel

/// Why a cell cannot become the value of its field.
struct ImportProblem: Error { var reason: String }

extension ImportMap.Column {
    /// The event's value for a cell, or `nil` where the field is to be left out.
    ///
    /// - Parameter cell: a string for CSV; whatever stands there for JSON Lines.
    func value(of cell: JSONValue?, kind: ImportTarget.Kind) throws(ImportProblem) -> JSONValue? {
        guard let cell, !cell.isNull, cell != "" else { return fallback }
        if let map {
            let key = cell.string ?? String(decoding: cell.text, as: UTF8.self)
            guard let value = map.first(where: { $0.name == key })?.value ?? fallback else {
                throw ImportProblem(reason: "holds a value that the map does not list and there is no default")
            }
            return value
        }
        switch kind {
        case .json: return cell
        case .text:
            guard cell.array == nil, cell.members == nil else {
                throw ImportProblem(reason: "expected a text, found \(cell.kindDescription)")
            }
            return .string((prefix ?? "") + (cell.string ?? String(decoding: cell.text, as: UTF8.self)))
        case .bool: return try bool(cell)
        case .time:
            guard let instant = time.read(cell) else { throw ImportProblem(reason: time.expectation) }
            return .string(instant.rfc3339)
        case .number: return try number(cell)
        case .integer:
            guard let count = try number(cell).int64 else { throw ImportProblem(reason: "expected a whole number") }
            return .integer(count)
        }
    }

    private func bool(_ cell: JSONValue) throws(ImportProblem) -> JSONValue {
        if cell.bool != nil { return cell }
        switch cell.string?.lowercased() {
        case "true", "1": return true
        case "false", "0": return false
        default: throw ImportProblem(reason: "expected true, false, 1 or 0")
        }
    }

    /// A number, scaled; written as JSON writes numbers, with spaces around it allowed.
    private func number(_ cell: JSONValue) throws(ImportProblem) -> JSONValue {
        let parsed = cell.string.map { try? JSONValue(parsing: $0) } ?? cell
        guard let parsed, let value = parsed.double else {
            throw ImportProblem(reason: "expected a number such as 12.5, without thousands separators or units")
        }
        guard let scale else { return parsed }
        guard (value * scale).isFinite else { throw ImportProblem(reason: "is out of range when scaled") }
        return .number(value * scale)
    }
}

/// Reads the times of files, which are less regular than those of an API.
struct TimeReader: Sendable, Equatable {
    enum Format: String, CaseIterable, Sendable {
        /// RFC 3339, or the same without a zone and with a space for `T`, or a day, which begins at midnight.
        case rfc3339
        case unixSeconds = "unix_seconds"
        case unixMilliseconds = "unix_milliseconds"
        case unixMicroseconds = "unix_microseconds"
        case unixNanoseconds = "unix_nanoseconds"
    }

    /// `nil` takes RFC 3339, and numbers as Unix seconds below 10¹¹ and milliseconds from there to 10¹⁴.
    var format: Format?
    /// East of UTC, for times that name no zone.
    var offsetSeconds: Int64

    init(format: Format? = nil, offsetSeconds: Int64 = 0) {
        self.format = format
        self.offsetSeconds = offsetSeconds
    }

    var expectation: String {
        switch format {
        case nil: Self.calendarExpectation + ", or Unix seconds or milliseconds"
        case .rfc3339: Self.calendarExpectation
        case .some(let unix): "expected a number of \(unix.rawValue) from 1970 to 9999"
        }
    }

    private static let calendarExpectation =
        "expected a time such as 2026-03-03T14:03:00Z or 2026-03-03 14:03:00, or a day such as 2026-03-03"

    func read(_ cell: JSONValue) -> Timestamp? {
        let number = cell.string.map { try? JSONValue(parsing: $0) } ?? cell
        switch format {
        case nil:
            if let number, let value = number.double {
                return unix(number, perSecond: value.magnitude < 1e11 ? 1 : 1000).flatMap { value < 1e14 ? $0 : nil }
            }
            return cell.string.flatMap { calendar($0) }
        case .rfc3339: return cell.string.flatMap { calendar($0) }
        case .unixSeconds: return number.flatMap { unix($0, perSecond: 1) }
        case .unixMilliseconds: return number.flatMap { unix($0, perSecond: 1000) }
        case .unixMicroseconds: return number.flatMap { unix($0, perSecond: 1_000_000) }
        case .unixNanoseconds: return number.flatMap { unix($0, perSecond: 1_000_000_000) }
        }
    }

    /// Digits beyond microseconds are dropped.
    private func calendar(_ text: String) -> Timestamp? {
        if let zoned = Timestamp(rfc3339: text) { return zoned }
        guard let local = Timestamp(rfc3339: text + "Z") ?? Timestamp(rfc3339: text + "T00:00:00Z") else { return nil }
        return Timestamp(microseconds: local.microseconds - offsetSeconds * 1_000_000)
    }

    private func unix(_ number: JSONValue, perSecond: Int64) -> Timestamp? {
        let microseconds: Int64?
        if case .integer(let value) = number {
            let (scaled, overflow) = value.multipliedReportingOverflow(by: max(1, 1_000_000 / perSecond))
            microseconds = overflow ? nil : floorDivide(scaled, max(1, perSecond / 1_000_000))
        } else {
            microseconds = number.double.flatMap { Int64(exactly: ($0 * 1_000_000 / Double(perSecond)).rounded()) }
        }
        return microseconds.flatMap { 0...Timestamp.latest.microseconds ~= $0 ? Timestamp(microseconds: $0) : nil }
    }
}

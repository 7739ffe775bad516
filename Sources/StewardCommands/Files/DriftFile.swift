import Foundation
import StewardAnalysis
import StewardJSON
import StewardModel
import StewardWire

/// A file whose columns were read, in one pass.
struct DriftFile {
    let path: String
    private(set) var rowCount = 0
    /// In the order in which they are first met.
    private(set) var columnNames: [String] = []
    private(set) var columns: [String: FileDriftColumn] = [:]
    /// Columns that the file has and nobody asked for; at most some, to name in an error.
    private(set) var otherNames: [String] = []
    private var unreadable: (count: Int, first: String)?

    private let wanted: Set<String>?

    /// More than this share of rows that cannot be read is no file to judge by.
    private static let mostUnreadable = 0.01
    private static let mostColumns = 1000
    private static let chunkBytes = 1 << 20
    /// A compressed file is unpacked in memory.
    private static let mostCompressedBytes = 1 << 28
    private static let mostUnpackedBytes = 1 << 30

    /// Reads a file: JSON Lines where its name ends in .jsonl or .ndjson, else CSV; with .gz behind, unpacked first.
    ///
    /// - Parameter wanted: the columns to read; `nil` for all.
    init(path: String, columns wanted: [String]?) throws {
        var name = path.lowercased()
        var read: () throws -> [UInt8]
        if name.hasSuffix(".gz") {
            name.removeLast(3)
            let unpacked = try Self.unpack(path)
            var offset = 0
            read = {
                let end = min(offset + Self.chunkBytes, unpacked.count)
                defer { offset = end }
                return Array(unpacked[offset..<end])
            }
        } else {
            let next = try ImportFile(path: path).open()
            read = { try next(Self.chunkBytes) }
        }
        try self.init(
            path: path, isJSONLines: name.hasSuffix(".jsonl") || name.hasSuffix(".ndjson"), columns: wanted, from: read)
    }

    /// - Parameter read: returns the next bytes of the file, none at its end.
    init(path: String, isJSONLines: Bool, columns wanted: [String]?, from read: () throws -> [UInt8]) throws {
        self.path = path
        self.wanted = wanted.map { Set($0) }
        do {
            if isJSONLines { try readLines(read) } else { try readCSV(read) }
        } catch var error as StewardError {
            if error.field == nil { error.field = path }
            throw error
        }
        if let unreadable, Double(unreadable.count) > Self.mostUnreadable * Double(rowCount + unreadable.count) {
            throw StewardError(
                .invalidInput,
                "\(Humanize.count(Int64(unreadable.count))) of "
                    + "\(Humanize.count(Int64(rowCount + unreadable.count), "row")) cannot be read; the first is "
                    + unreadable.first, field: path)
        }
    }

    /// What was left out, where something was.
    var remark: String? {
        unreadable.map {
            "\(path): \(Humanize.count(Int64($0.count), "row")) could not be read and "
                + "\($0.count == 1 ? "is" : "are") left out; the first is \($0.first)"
        }
    }

    static func list(_ names: [String]) -> String {
        names.prefix(20).map { "'\($0)'" }.joined(separator: ", ") + (names.count > 20 ? ", …" : "")
    }

    private static func unpack(_ path: String) throws -> [UInt8] {
        do {
            return try Gzip.inflate(try Files.read(path, maximumBytes: mostCompressedBytes), limit: mostUnpackedBytes)
        } catch let error as StewardError {
            guard error.field == nil else { throw error }
            let reason =
                error.code == .tooLarge
                ? "is too large to be unpacked in memory; unpack it first: gunzip --keep FILE"
                : "is no gzip file, or is cut short"
            throw StewardError(.invalidInput, reason, field: path)
        }
    }

    // MARK: - CSV

    private mutating func readCSV(_ read: () throws -> [UInt8]) throws {
        var reader = CSVReader(readsNumbers: true)
        // Columns by place, since a search by name for each cell would cost more than the cell.
        var places: [Int] = []
        var found: [FileDriftColumn] = []
        // The header is looked at before any cell; what is wrong with it is thrown behind the rows that came with it.
        var headerError: (any Error)?
        var isAtEnd = false
        while !isAtEnd, headerError == nil {
            let chunk = try read()
            isAtEnd = chunk.isEmpty
            try reader.scan(chunk, isLast: isAtEnd) { header in
                do { try check(header) } catch { headerError = error }
                places = header.indices.filter { isWanted(header[$0]) }
                found = places.map { _ in FileDriftColumn() }
                otherNames = header.filter { !isWanted($0) }
            } row: { row in
                if let problem = row.problem { return reject("line \(row.line): \(problem)") }
                rowCount += 1
                for index in places.indices {
                    if let number = row.number(places[index]) {
                        found[index].add(number)
                    } else {
                        found[index].addCell(row.text(places[index]))
                    }
                }
            }
        }
        if let headerError { throw headerError }
        guard let header = reader.header else {
            throw StewardError(.invalidInput, "the file is empty: its first line must name the columns")
        }
        columnNames = places.map { header[$0] }
        columns = Dictionary(uniqueKeysWithValues: zip(columnNames, found))
    }

    private func check(_ header: [String]) throws {
        guard header.count <= Self.mostColumns else { throw Self.tooManyColumns }
        var seen: Set<String> = []
        for name in header where isWanted(name) && !seen.insert(name).inserted {
            throw StewardError(.invalidInput, "the header names the column '\(name)' twice; rename one of them")
        }
    }

    private func isWanted(_ name: String) -> Bool { wanted?.contains(name) ?? true }

    private mutating func reject(_ reason: String) {
        unreadable = ((unreadable?.count ?? 0) + 1, unreadable?.first ?? reason)
    }

    private static var tooManyColumns: StewardError {
        StewardError(.tooLarge, "the file has more than \(mostColumns) columns; name those to compare with --columns")
    }

    // MARK: - JSON Lines

    private mutating func readLines(_ read: () throws -> [UInt8]) throws {
        var reader = JSONLinesReader()
        while case let chunk = try read(), !chunk.isEmpty { try take(reader.read(chunk)) }
        try take(reader.finish())
        // A row without a member misses it.
        for name in columnNames {
            let met = columns[name].map { $0.filledCount + $0.missingCount } ?? 0
            columns[name]?.addMissing(rowCount - met)
        }
    }

    private mutating func take(_ rows: [JSONLinesReader.Row]) throws {
        for row in rows {
            guard let members = row.value?.members else {
                reject("line \(row.line): \(row.problem ?? "the row is no JSON object")")
                continue
            }
            rowCount += 1
            try take(members, path: "")
        }
    }

    /// Members of objects within objects are columns of their own, named by their path.
    private mutating func take(_ members: [JSONValue.Member], path: String) throws {
        for member in members {
            let name = path.isEmpty ? member.name : "\(path).\(member.name)"
            if case .object(let inner) = member.value {
                try take(inner, path: name)
                continue
            }
            guard isWanted(name) else {
                if otherNames.count < 20, !otherNames.contains(name) { otherNames.append(name) }
                continue
            }
            if columns[name] == nil {
                guard columnNames.count < Self.mostColumns else { throw Self.tooManyColumns }
                columnNames.append(name)
            }
            switch member.value {
            case .null: columns[name, default: FileDriftColumn()].addMissing()
            case .bool(let value): columns[name, default: FileDriftColumn()].add(value ? "true" : "false")
            case .integer(let value): columns[name, default: FileDriftColumn()].add(Double(value))
            case .number(let value): columns[name, default: FileDriftColumn()].add(value)
            case .string(let value): columns[name, default: FileDriftColumn()].addText(value)
            case .array, .object: columns[name, default: FileDriftColumn()].addStructure()
            }
        }
    }
}

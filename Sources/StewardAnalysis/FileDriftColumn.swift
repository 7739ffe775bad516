import StewardStatistics

/// One column of one file while it is read: its numbers, its categories, and what is neither.
///
/// Both are kept until the other file has been read, too, since a column has one kind in both. Memory is bounded:
/// numbers beyond ``mostNumbers`` are counted in a grid, categories beyond ``mostCategories`` are only numbered.
package struct FileDriftColumn: Sendable {
    /// Numbers kept one by one; what goes beyond is counted in the bins of ``FileDriftGrid``.
    package static let mostNumbers = 1_000_000
    /// Distinct texts kept apart; with more, a column is not made of categories.
    package static let mostCategories = 10_000
    /// A longer text, in bytes, is no category.
    package static let longestCategory = 200

    package private(set) var numbers: [Double] = []
    package private(set) var grid: FileDriftGrid?
    /// How often each text occurs that is no number.
    package private(set) var texts: [String: Int] = [:]
    package private(set) var missingCount = 0
    package private(set) var nonFiniteCount = 0
    package private(set) var textCount = 0
    /// Texts beyond the limits, and JSON arrays.
    package private(set) var uncategorizedCount = 0

    package init() {}

    /// All finite numbers.
    package var numberCount: Int { numbers.count + (grid?.count ?? 0) }

    /// All cells that hold something.
    package var filledCount: Int { numberCount + nonFiniteCount + textCount }

    package mutating func addMissing(_ count: Int = 1) { missingCount += count }

    package mutating func add(_ number: Double) {
        guard number.isFinite else {
            nonFiniteCount += 1
            return
        }
        if numbers.count < Self.mostNumbers {
            numbers.append(number)
        } else {
            if grid == nil { grid = FileDriftGrid(quantilesOf: numbers) }
            grid?.add(number)
        }
    }

    package mutating func add(_ text: String) {
        textCount += 1
        guard text.utf8.count <= Self.longestCategory else {
            uncategorizedCount += 1
            return
        }
        if let count = texts[text] {
            texts[text] = count + 1
        } else if texts.count < Self.mostCategories {
            texts[text] = 1
        } else {
            uncategorizedCount += 1
        }
    }

    /// A text of a file that has kinds of its own, where digits in quotes are a name; NaN and infinities, for which
    /// such files have no number, count as what they are.
    package mutating func addText(_ text: String) {
        switch text {
        case "NaN", "nan", "Infinity", "-Infinity", "inf", "-inf": nonFiniteCount += 1
        case "": addMissing()
        default: add(text)
        }
    }

    /// A cell that holds a structure, such as a JSON array: neither a number nor a category.
    package mutating func addStructure() {
        textCount += 1
        uncategorizedCount += 1
    }

    /// A cell of a file of texts. Empty, `NA`, `N/A` and `null` are missing; spaces around do not count.
    package mutating func addCell(_ text: String) {
        if text.isEmpty { return addMissing() }
        if let number = Double(text) { return add(number) }
        let trimmed = Self.trimmed(text)
        switch trimmed {
        case "", "NA", "N/A", "na", "n/a", "null", "NULL": addMissing()
        default:
            if trimmed.utf8.count < text.utf8.count, let number = Double(trimmed) { add(number) } else { add(trimmed) }
        }
    }

    private static func trimmed(_ text: String) -> String {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        guard let first = text.utf8.first, let last = text.utf8.last, isSpace(first) || isSpace(last) else {
            return text
        }
        let start = text.utf8.firstIndex { !isSpace($0) } ?? text.endIndex
        let end = text.utf8.lastIndex { !isSpace($0) }.map { text.utf8.index(after: $0) } ?? text.endIndex
        return start < end ? String(text[start..<end]) : ""
    }

    /// The counts of its categories, numbers among them by value; `nil` where there are too many to be categories.
    var categories: [String: Int]? {
        guard uncategorizedCount == 0, grid == nil else { return nil }
        var counts = texts
        for number in numbers {
            counts[Self.name(number), default: 0] += 1
            if counts.count > Self.mostCategories { return nil }
        }
        if nonFiniteCount > 0 { counts["not a number", default: 0] += nonFiniteCount }
        return counts
    }

    private static func name(_ number: Double) -> String {
        Int64(exactly: number).map { String($0) } ?? "\(number)"
    }
}

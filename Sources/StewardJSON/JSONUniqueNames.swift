/// The names that one object has shown so far, told apart by their bytes after escapes are resolved.
package struct JSONUniqueNames: Sendable {
    // The names of a small object stay in line: most objects are small, and an allocation each would cost more than
    // all the comparisons.
    private var few = InlineArray<8, Range<Int>>(repeating: 0..<0)
    private var count = 0
    private var many: Set<[UInt8]> = []

    package init() {}

    /// False when the name was there before.
    package mutating func insert(_ name: JSONScanner.Text, in scanner: borrowing JSONScanner) -> Bool {
        if !many.isEmpty || name.escaped || count == few.count {
            if many.isEmpty {
                for index in 0..<count { many.insert(Array(scanner.bytes[few[index]])) }
            }
            return many.insert(Array(scanner.value(of: name).utf8)).inserted
        }
        for index in 0..<count where few[index].count == name.range.count {
            if scanner.bytes[few[index]].elementsEqual(scanner.bytes[name.range]) { return false }
        }
        few[count] = name.range
        count += 1
        return true
    }
}

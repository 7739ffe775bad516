/// Reads the text of a ``LinearPattern``.
struct PatternParser {
    private static let maximumDepth = 40
    private static let maximumRepeats = 200

    private let text: [Unicode.Scalar]
    private var index = 0
    private var depth = 0

    init(_ text: String) { self.text = Array(text.unicodeScalars) }

    mutating func pattern() throws(LinearPattern.Problem) -> PatternNode {
        let node = try choice()
        if index < text.count { throw problem("has a ) without its (") }
        return node
    }

    private mutating func choice() throws(LinearPattern.Problem) -> PatternNode {
        var node = try sequence()
        while take("|") { node = .choice(node, try sequence()) }
        return node
    }

    private mutating func sequence() throws(LinearPattern.Problem) -> PatternNode {
        var nodes: [PatternNode] = []
        while let scalar = peek, scalar != "|", scalar != ")" {
            let atom = try atom()
            nodes.append(try repeated(atom))
        }
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    private mutating func atom() throws(LinearPattern.Problem) -> PatternNode {
        guard let scalar = next() else { throw problem("ends too early") }
        switch scalar {
        case "(": return try group()
        case "[": return .set(try set())
        case ".": return .set(.everything)
        case "^": return .begin
        case "$": return .finish
        case "*", "+", "?": throw problem("has a \(scalar) with nothing before it to repeat")
        case "\\": return try escape()
        default: return .set(ScalarSet(ranges: [scalar.value...scalar.value]))
        }
    }

    private mutating func group() throws(LinearPattern.Problem) -> PatternNode {
        if take("?"), !take(":") {
            throw problem("looks around or sets options with (?, which is not known here")
        }
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw problem("is nested too deeply") }
        let node = try choice()
        guard take(")") else { throw problem("has a ( without its )") }
        return node
    }

    /// - Returns: the atom as often as the sign behind it says. A `?` behind that changes nothing here.
    private mutating func repeated(_ atom: PatternNode) throws(LinearPattern.Problem) -> PatternNode {
        var node = atom
        if take("*") {
            node = .some(atom, least: 0, most: nil)
        } else if take("+") {
            node = .some(atom, least: 1, most: nil)
        } else if take("?") {
            return .some(atom, least: 0, most: 1)
        } else if take("{") {
            guard let least = number() else { throw problem("has a { that no number follows; write \\{ for the sign") }
            var most: Int? = least
            if take(",") { most = number() }
            guard take("}") else { throw problem("has a { without its }") }
            guard least <= Self.maximumRepeats, most ?? 0 <= Self.maximumRepeats, least <= most ?? least else {
                throw problem("repeats by numbers that must rise and be at most \(Self.maximumRepeats)")
            }
            node = .some(atom, least: least, most: most)
        } else {
            return atom
        }
        _ = take("?")
        return node
    }

    private mutating func escape() throws(LinearPattern.Problem) -> PatternNode {
        guard let scalar = peek else { throw problem("ends with a single \\") }
        if scalar == "b" || scalar == "B" {
            index += 1
            return .boundary(scalar == "b")
        }
        return .set(try escapedSet())
    }

    private mutating func escapedSet() throws(LinearPattern.Problem) -> ScalarSet {
        guard let scalar = next() else { throw problem("ends with a single \\") }
        switch scalar {
        case "d": return .digits
        case "D": return ScalarSet.digits.inverted
        case "w": return .words
        case "W": return ScalarSet.words.inverted
        case "s": return .spaces
        case "S": return ScalarSet.spaces.inverted
        case "n": return ScalarSet(ranges: [0x0A...0x0A])
        case "r": return ScalarSet(ranges: [0x0D...0x0D])
        case "t": return ScalarSet(ranges: [0x09...0x09])
        case "1"..."9": throw problem("refers back with \\\(scalar), which takes unbounded time")
        case "a"..."z", "A"..."Z", "0": throw problem("has \\\(scalar), which is not known here")
        default: return ScalarSet(ranges: [scalar.value...scalar.value])
        }
    }

    private mutating func set() throws(LinearPattern.Problem) -> ScalarSet {
        var set = ScalarSet()
        set.isInverted = take("^")
        var isFirst = true
        while let scalar = next() {
            if scalar == "]", !isFirst { return set }
            isFirst = false
            var part = ScalarSet(ranges: [scalar.value...scalar.value])
            if scalar == "\\" { part = try escapedSet() }
            guard !part.isInverted else { throw problem("has \\D, \\W or \\S within [ ]; write the characters") }
            if peek == "-", index + 1 < text.count, text[index + 1] != "]", let low = part.ranges.first?.lowerBound {
                index += 1
                var last = next()
                if last == "\\" { last = next() }
                guard part.ranges.count == 1, let high = last?.value, low <= high else {
                    throw problem("has a range within [ ] that does not rise")
                }
                part = ScalarSet(ranges: [low...high])
            }
            set.ranges += part.ranges
        }
        throw problem("has a [ without its ]")
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let scalar = peek, scalar >= "0", scalar <= "9", value ?? 0 < 100_000 {
            value = (value ?? 0) * 10 + Int(scalar.value - 0x30)
            index += 1
        }
        return value
    }

    private var peek: Unicode.Scalar? { index < text.count ? text[index] : nil }

    private mutating func next() -> Unicode.Scalar? {
        guard let scalar = peek else { return nil }
        index += 1
        return scalar
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        index += 1
        return true
    }

    private func problem(_ reason: String) -> LinearPattern.Problem { LinearPattern.Problem(reason: reason) }
}

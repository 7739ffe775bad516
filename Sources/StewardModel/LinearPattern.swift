/// A regular expression that takes time proportional to the text and to itself, whatever either is: all ways through
/// the pattern are followed at once, so there is nothing to go back to (K. Thompson, "Regular Expression Search
/// Algorithm", CACM 11(6), 1968). What would need going back, references and looking around, is refused.
///
/// Letters match in either case. Known are `.`, `[a-z]`, `[^…]`, `\d \w \s \b` and their opposites, `^ $` (of the whole
/// text), groups, `|`, `* + ?` and `{m,n}`.
package struct LinearPattern: Sendable, Equatable {
    package struct Problem: Error, Equatable {
        package var reason: String
    }

    /// Characters of a pattern, and steps that it may become.
    package static let maximumLength = 500
    static let maximumSteps = 2000

    package let text: String
    private let steps: [Step]

    package init(_ text: String) throws(Problem) {
        guard text.unicodeScalars.count <= Self.maximumLength else {
            throw Problem(reason: "may have at most \(Self.maximumLength) characters")
        }
        var parser = PatternParser(text)
        var steps: [Step] = []
        try Self.append(try parser.pattern(), to: &steps)
        steps.append(.end)
        self.text = text
        self.steps = steps
    }

    /// Whether the pattern matches some part of a text.
    package func matches(in text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        var (current, next) = (Threads(steps.count), Threads(steps.count))
        for position in 0...scalars.count {
            // A match may begin anywhere.
            if follow(0, at: position, scalars, &current) { return true }
            guard position < scalars.count else { return false }
            let (scalar, other) = (scalars[position], scalars[position].otherCase)
            for step in current.waiting {
                guard case .take(let set) = steps[step], set.contains(scalar, or: other) else { continue }
                if follow(step + 1, at: position + 1, scalars, &next) { return true }
            }
            swap(&current, &next)
            next.clear()
        }
        return false
    }

    /// Adds every step that waits for a character and can be reached from one without taking any.
    ///
    /// - Returns: whether the end can.
    private func follow(_ start: Int, at position: Int, _ text: [Unicode.Scalar], _ threads: inout Threads) -> Bool {
        var open = [start]
        while let step = open.popLast() {
            guard threads.visit(step) else { continue }
            switch steps[step] {
            case .end: return true
            case .take: threads.waiting.append(step)
            case .go(let target): open.append(target)
            case .branch(let first, let second): open += [first, second]
            case .begin: if position == 0 { open.append(step + 1) }
            case .finish: if position == text.count { open.append(step + 1) }
            case .boundary(let wanted):
                let before = position > 0 && text[position - 1].isWord
                let after = position < text.count && text[position].isWord
                if (before != after) == wanted { open.append(step + 1) }
            }
        }
        return false
    }

    private enum Step: Sendable, Equatable {
        case take(ScalarSet)
        case go(Int)
        case branch(Int, Int)
        case begin, finish
        case boundary(Bool)
        case end
    }

    private struct Threads {
        var waiting: [Int] = []
        private var seen: [Bool]
        private var visited: [Int] = []

        init(_ count: Int) { seen = Array(repeating: false, count: count) }

        mutating func visit(_ step: Int) -> Bool {
            if seen[step] { return false }
            seen[step] = true
            visited.append(step)
            return true
        }

        mutating func clear() {
            for step in visited { seen[step] = false }
            visited.removeAll(keepingCapacity: true)
            waiting.removeAll(keepingCapacity: true)
        }
    }

    private static func append(_ node: PatternNode, to steps: inout [Step]) throws(Problem) {
        guard steps.count < maximumSteps else { throw Problem(reason: "repeats too much: write smaller numbers") }
        switch node {
        case .set(let set): steps.append(.take(set))
        case .begin: steps.append(.begin)
        case .finish: steps.append(.finish)
        case .boundary(let wanted): steps.append(.boundary(wanted))
        case .sequence(let nodes): for node in nodes { try append(node, to: &steps) }
        case .choice(let first, let second):
            let branch = steps.count
            steps.append(.end)
            try append(first, to: &steps)
            let leave = steps.count
            steps.append(.end)
            steps[branch] = .branch(branch + 1, steps.count)
            try append(second, to: &steps)
            steps[leave] = .go(steps.count)
        case .some(let node, let least, let most):
            for _ in 0..<least { try append(node, to: &steps) }
            if let most {
                var branches: [Int] = []
                for _ in least..<most {
                    branches.append(steps.count)
                    steps.append(.end)
                    try append(node, to: &steps)
                }
                for branch in branches { steps[branch] = .branch(branch + 1, steps.count) }
            } else {
                let branch = steps.count
                steps.append(.end)
                try append(node, to: &steps)
                steps.append(.go(branch))
                steps[branch] = .branch(branch + 1, steps.count)
            }
        }
    }
}

/// What a pattern is made of.
indirect enum PatternNode {
    case set(ScalarSet)
    case begin, finish
    case boundary(Bool)
    case sequence([PatternNode])
    case choice(PatternNode, PatternNode)
    case some(PatternNode, least: Int, most: Int?)
}

/// Characters by their ranges, or all but these.
struct ScalarSet: Sendable, Equatable {
    var ranges: [ClosedRange<UInt32>] = []
    var isInverted = false

    /// - Parameter other: the same letter in the other case.
    func contains(_ scalar: Unicode.Scalar, or other: Unicode.Scalar) -> Bool {
        ranges.contains { $0.contains(scalar.value) || $0.contains(other.value) } != isInverted
    }

    static let digits = ScalarSet(ranges: [0x30...0x39])
    static let spaces = ScalarSet(ranges: [0x09...0x0D, 0x20...0x20, 0x85...0x85, 0xA0...0xA0, 0x2028...0x2029])
    /// Letters and digits of Latin, Greek, Cyrillic and what follows them; no signs of these blocks' punctuation.
    static let words = ScalarSet(
        ranges: [
            0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A, 0xAA...0xAA, 0xB5...0xB5, 0xBA...0xBA, 0xC0...0xD6,
            0xD8...0xF6, 0xF8...0x1FFF, 0x2C00...0x2DFF, 0x3040...0xD7FF, 0xF900...0xFDFF, 0x10000...0x1EFFF,
            0x20000...0x3FFFF,
        ])
    static let everything = ScalarSet(isInverted: true)

    var inverted: ScalarSet { ScalarSet(ranges: ranges, isInverted: !isInverted) }
}

extension Unicode.Scalar {
    fileprivate var isWord: Bool { ScalarSet.words.contains(self, or: self) }

    /// The same letter in capitals, or small; itself where there is no one such.
    fileprivate var otherCase: Unicode.Scalar {
        let (lower, upper) = (properties.lowercaseMapping.unicodeScalars, properties.uppercaseMapping.unicodeScalars)
        if let first = lower.first, lower.count == 1, first != self { return first }
        if let first = upper.first, upper.count == 1 { return first }
        return self
    }
}

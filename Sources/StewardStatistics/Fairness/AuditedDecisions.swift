/// Decisions in memory with the groups of their subjects: what is counted when an audit starts from raw rows.
package struct AuditedDecisions: Sendable {
    /// One attribute of all decisions, values kept once.
    package struct Attribute: Sendable {
        package let name: String
        package private(set) var values: [String] = []
        /// For each decision the index of its value, or −1 where it is unknown.
        package private(set) var codes: [Int32] = []
        private var codeOfValue: [String: Int32] = [:]

        package init(_ name: String) { self.name = name }

        /// - Parameter value: `nil` where it is unknown.
        package mutating func append(_ value: String?) {
            guard let value else {
                codes.append(-1)
                return
            }
            if let code = codeOfValue[value] {
                codes.append(code)
            } else {
                let code = Int32(values.count)
                codeOfValue[value] = code
                values.append(value)
                codes.append(code)
            }
        }
    }

    /// Each with as many codes as there are ``decisions``.
    package var attributes: [Attribute]
    package var decisions: [AuditedDecision] = []

    package init(attributes: [String]) { self.attributes = attributes.map { Attribute($0) } }

    /// Over all decisions, also those of unknown groups; `nil` without scores.
    package var medianScore: Double? {
        Median.of(decisions.compactMap(\.score).filter { abs($0) <= ScoreCounts.largestMagnitude })
    }

    /// Says of every score whether it lies above the threshold, for the scoring rate.
    package mutating func compareScores(with threshold: Double) {
        for index in decisions.indices {
            decisions[index].isAboveThreshold = decisions[index].score.map { $0 > threshold }
        }
    }

    /// Counts the decisions by one attribute, or by the combinations of several.
    ///
    /// - Parameter indices: which of ``attributes``, at least one.
    package func table(of indices: [Int], maximumGroups: Int = 1_000) -> GroupTable {
        let (codes, groups) = combination(of: indices)
        var counts = [GroupCounts](repeating: GroupCounts(), count: groups.count)
        var unknown = GroupCounts()
        for (decision, code) in zip(decisions, codes) {
            if code < 0 { unknown.add(decision) } else { counts[Int(code)].add(decision) }
        }
        var table = GroupTable(attributes: indices.map { attributes[$0].name }, maximumGroups: maximumGroups)
        for (group, count) in zip(groups, counts) { table.add(count, to: group) }
        table.add(unknown, to: nil)
        return table
    }

    /// Numbers the combinations in the order in which they are met; −1 where any part is unknown.
    private func combination(of indices: [Int]) -> (codes: [Int32], groups: [[String]]) {
        guard let first = indices.first else { return ([], []) }
        var codes = attributes[first].codes
        var groups = attributes[first].values.map { [$0] }
        for index in indices.dropFirst() {
            let next = attributes[index]
            var codeOfPair: [Int: Int32] = [:]
            var pairs: [[String]] = []
            for row in codes.indices {
                guard codes[row] >= 0, next.codes[row] >= 0 else {
                    codes[row] = -1
                    continue
                }
                let pair = Int(codes[row]) * next.values.count + Int(next.codes[row])
                if let known = codeOfPair[pair] {
                    codes[row] = known
                } else {
                    let code = Int32(pairs.count)
                    pairs.append(groups[Int(codes[row])] + [next.values[Int(next.codes[row])]])
                    codeOfPair[pair] = code
                    codes[row] = code
                }
            }
            groups = pairs
        }
        return (codes, groups)
    }
}

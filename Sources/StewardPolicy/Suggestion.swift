/// Finds what somebody probably meant.
package enum Suggestion {
    /// ` (did you mean X?)` for the candidate that is nearest to a mistyped name, or nothing when none is near.
    package static func text(for name: String, among candidates: some Sequence<String>) -> String {
        let allowed = max(1, min(3, name.count / 3))
        let nearest = candidates.map { ($0, distance(name, $0)) }.min { ($0.1, $0.0) < ($1.1, $1.0) }
        guard let (candidate, distance) = nearest, distance <= allowed else { return "" }
        return " (did you mean `\(candidate)`?)"
    }

    /// Edits between two names, where swapping neighbours is one edit (optimal string alignment).
    static func distance(_ left: String, _ right: String) -> Int {
        // A name longer than any candidate is no typing error, and must not cost quadratic time.
        guard left.utf8.count <= 64, right.utf8.count <= 64 else { return .max }
        let (left, right) = (Array(left), Array(right))
        var previous: [Int] = []
        var current = Array(0...right.count)
        for row in left.indices {
            var next = [row + 1]
            for column in right.indices {
                let same = left[row] == right[column]
                var best = min(current[column] + (same ? 0 : 1), current[column + 1] + 1, next[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = min(best, previous[column - 1] + 1)
                }
                next.append(best)
            }
            (previous, current) = (current, next)
        }
        return current[right.count]
    }
}

/// One metric with its values: a declaration and a point for each label set.
struct MetricFamily {
    var declaration: MetricDeclaration
    var points: [MetricPoint]
}

struct MetricPoint {
    /// In the order of the declaration's labels.
    var labels: [String]
    var value: MetricValue
}

/// Kept as the integers of the ledger until the digits are written, so that nothing is rounded on the way.
enum MetricValue: Equatable {
    case integer(Int64)
    /// Shown in seconds.
    case microseconds(Int64)
    /// Shown in dollars.
    case nanodollars(Int64)
    case number(Double)
    case histogram(DurationTotals)

    /// The sum of two values, or `nil` where a sum would mean nothing: measurements of policies do not add up.
    func adding(_ other: Self) -> Self? {
        switch (self, other) {
        case (.integer(let left), .integer(let right)): return .integer(left + right)
        case (.microseconds(let left), .microseconds(let right)): return .microseconds(left + right)
        case (.nanodollars(let left), .nanodollars(let right)): return .nanodollars(left + right)
        case (.histogram(var left), .histogram(let right)):
            left.merge(right)
            return .histogram(left)
        default: return nil
        }
    }
}

// MARK: - Limit

extension MetricFamily {
    static let overflowValue = "other"

    /// Keeps the points of the first `limit` subjects and adds the rest up.
    ///
    /// A subject is a combination of the values that clients choose. What is kept of it is kept whole, with every value
    /// of the labels that have a known list, and those labels keep their values in the sum too: totals by status or by
    /// kind of token still agree with the ledger. Values that do not add up are left out.
    ///
    /// - Returns: the family, and how many subjects are no longer shown by themselves.
    func limited(to limit: Int) -> (family: MetricFamily, dropped: Int) {
        let isLimited = declaration.hasOpenLabels
        var limited = MetricFamily(declaration: declaration, points: [])
        var indexes: [[String]: Int] = [:]
        var (shown, dropped): (Set<[String]>, Set<[String]>) = ([], [])
        for var point in points {
            let subject = zip(declaration.labels, point.labels).filter { $0.0.values.isEmpty }.map(\.1)
            if !isLimited || shown.contains(subject) || shown.count < limit {
                shown.insert(subject)
            } else {
                dropped.insert(subject)
                if case .number = point.value { continue }
                point.labels = overflowLabels(point.labels)
            }
            if let index = indexes[point.labels] {
                limited.add(point.value, at: index)
            } else {
                indexes[point.labels] = limited.points.count
                limited.points.append(point)
            }
        }
        return (limited, dropped.count)
    }

    private mutating func add(_ value: MetricValue, at index: Int) {
        if let sum = points[index].value.adding(value) { points[index].value = sum }
    }

    private func overflowLabels(_ labels: [String]) -> [String] {
        zip(declaration.labels, labels).map { $0.values.contains($1) ? $1 : Self.overflowValue }
    }
}

/// The middle of a sample.
package enum Median {
    /// The middle value, or the mean of the two in the middle; `nil` without values. NaN must not be among them.
    package static func of(_ values: [Double]) -> Double? {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        if sorted.isEmpty { return nil }
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

/// Corrections of p-values for how many of them there are.
package enum Multiplicity: String, Sendable, CaseIterable {
    case none
    /// Holds the chance of even one false alarm: for a handful of groups.
    case holm
    /// Holds the share of false alarms among all alarms: for many groups. It assumes that the tests are independent or
    /// positively dependent, as comparisons with one reference are.
    case benjaminiHochberg = "bh"

    /// Adjusted p-values, in the order given: comparing them with α is comparing the raw ones with the corrected α.
    ///
    /// - Parameter familySize: how many tests were made or, where the pair shown was picked from among more, could have
    ///   been; those not given count as having larger p-values than all that are. At least the number given.
    /// - Reference: S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of
    ///   Statistics 6(2), 1979; Y. Benjamini, Y. Hochberg, "Controlling the False Discovery Rate", JRSS B 57(1), 1995.
    package func adjusted(_ pValues: [Double], familySize: Int? = nil) -> [Double] {
        let size = max(familySize ?? 0, pValues.count)
        let ascending = pValues.indices.sorted { pValues[$0] < pValues[$1] }
        var adjusted = pValues
        switch self {
        case .none: break
        case .holm:
            var highest = 0.0
            for (rank, index) in ascending.enumerated() {
                highest = max(highest, min(1, pValues[index] * Double(size - rank)))
                adjusted[index] = highest
            }
        case .benjaminiHochberg:
            var lowest = 1.0
            for (rank, index) in ascending.enumerated().reversed() {
                lowest = min(lowest, pValues[index] * Double(size) / Double(rank + 1))
                adjusted[index] = lowest
            }
        }
        return adjusted
    }

    package var words: String {
        switch self {
        case .none: "no correction"
        case .holm: "Holm's correction"
        case .benjaminiHochberg: "Benjamini and Hochberg's correction"
        }
    }
}

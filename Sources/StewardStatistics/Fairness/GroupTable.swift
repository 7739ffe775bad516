/// The counts of every group of one attribute, or of the combinations of several: what is audited.
package struct GroupTable: Sendable, Equatable {
    /// More than one for an intersection.
    package let attributes: [String]
    /// One value for each attribute → counts.
    package private(set) var groups: [[String]: GroupCounts] = [:]
    /// Decisions about whom no group is known (for an intersection: about whom any of its attributes is unknown). They
    /// belong to no group, and are counted so that an audit can say how many it left out.
    package private(set) var unknown = GroupCounts()
    /// Decisions of groups that came after the table was full.
    package private(set) var overflow = GroupCounts()
    package let maximumGroups: Int

    /// - Parameter maximumGroups: a group that would be one more is counted in ``overflow``. Which groups these are
    ///   depends on the order in which they came; an audit with overflow never passes.
    package init(attributes: [String], maximumGroups: Int = 1_000) {
        self.attributes = attributes
        self.maximumGroups = maximumGroups
    }

    /// - Parameter group: one value for each attribute, or `nil` where one is unknown.
    package mutating func add(_ counts: GroupCounts, to group: [String]?) {
        guard let group else {
            unknown += counts
            return
        }
        if groups[group] != nil || groups.count < maximumGroups {
            groups[group, default: GroupCounts()] += counts
        } else {
            overflow += counts
        }
    }

    /// Adds decisions of groups that were already too many where they were counted.
    package mutating func addOverflow(_ counts: GroupCounts) { overflow += counts }

    /// Adds a table of the same attributes.
    package mutating func merge(_ other: GroupTable) {
        for (group, counts) in other.groups.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            add(counts, to: group)
        }
        unknown += other.unknown
        overflow += other.overflow
    }

    /// The groups in the order of their names.
    package var sorted: [(group: [String], counts: GroupCounts)] {
        groups.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ($0.key, $0.value) }
    }

    /// `female & >25`
    package static func label(_ group: [String]) -> String { group.joined(separator: " & ") }
}

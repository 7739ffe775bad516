/// What is counted by group: one declared attribute of the people that events are about, or a declared combination.
///
/// The score and the truth belong to it because both are counted together with the outcome, event by event.
package struct GroupDeclaration: Sendable, Hashable {
    /// Keys of an event's `segments`; more than one for an intersection.
    package var attributes: [String]
    /// The name in `scores` that is counted by group and by truth.
    package var score: String?
    /// The name of the feedback that says what turned out to be true.
    package var truth: String?

    /// The name of a truth that was told without one.
    package static let usualTruth = "ground_truth"

    package init(attributes: [String], score: String? = nil, truth: String? = nil) {
        self.attributes = attributes
        self.score = score
        self.truth = truth
    }
}

/// Which group of a declaration an event belongs to.
package enum GroupValue: Sendable, Hashable {
    /// One value for each attribute.
    case known([String])
    /// An attribute is missing, or one of the values that mean unknown: a group that is counted and stated.
    case unknown
    /// A group that came after the declaration was full.
    case overflow
}

/// One event's place in one declaration.
package struct GroupMembership: Sendable, Equatable {
    package var declaration: GroupDeclaration
    package var value: GroupValue

    package init(_ declaration: GroupDeclaration, _ value: GroupValue) {
        self.declaration = declaration
        self.value = value
    }
}

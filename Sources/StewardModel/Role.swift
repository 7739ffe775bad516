/// What a token may do.
package enum Role: String, Sendable, CaseIterable, Comparable {
    case ingest, viewer, auditor, `operator`, admin

    package static func < (left: Self, right: Self) -> Bool {
        allCases.firstIndex(of: left)! < allCases.firstIndex(of: right)!
    }

    /// Whether a holder of this role may do what asks for `needed`. An admin may do everything, an operator may also
    /// look and audit, an auditor may also look; sending events is apart from looking at them.
    package func grants(_ needed: Role) -> Bool {
        switch self {
        case .admin: true
        case .operator: needed == .operator || needed == .auditor || needed == .viewer
        case .auditor: needed == .auditor || needed == .viewer
        case .viewer, .ingest: needed == self
        }
    }
}

import StewardModel

/// What an environment served at a time, and the record that decided it.
package struct Served: Sendable, Equatable {
    package var environment: String
    /// Of the change that brought it about.
    package var record: Record
    package var change: RouteChange
    /// When something else was decided; `nil` while it still serves.
    package var until: Timestamp?
    package var isFrozen: Bool
    /// The kill switch was on: clients used what they had built in.
    package var isDisabled: Bool
}

extension GovernanceState.Deployment {
    /// What every environment served at a time, by the order of their names; nothing before its first route.
    package func served(at time: Timestamp) -> [Served] {
        var found: [String: Served] = [:]
        for record in history {
            guard let environment = record.change.environment else { continue }
            if record.time > time {
                if case .routeChanged = record.change, found[environment]?.until == nil {
                    found[environment]?.until = record.time
                }
                continue
            }
            switch record.change {
            case .routeChanged(let change):
                found[environment] = Served(
                    environment: environment, record: record, change: change,
                    isFrozen: found[environment]?.isFrozen ?? false,
                    isDisabled: found[environment]?.isDisabled ?? false)
            case .frozen: found[environment]?.isFrozen = true
            case .unfrozen: found[environment]?.isFrozen = false
            case .disabled: found[environment]?.isDisabled = true
            case .enabled: found[environment]?.isDisabled = false
            default: break
            }
        }
        return found.values.sorted { $0.environment < $1.environment }
    }
}

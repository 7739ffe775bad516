import StewardModel

/// The life of a finding: open when it is first stated, ongoing once it has held for a while, resolved when it no
/// longer holds. Pure; what it decides becomes records, so findings survive a restart and are not stated twice.
package enum FindingCycle {
    package enum Status: String, Sendable, CaseIterable { case open, ongoing, resolved }

    /// After how long an open finding is called ongoing. Every tick restates or resolves it, so age is confirmation.
    package static let ongoingAfter = Duration.minutes(10)
    /// Detections that may be open at a time; further ones wait until some are resolved.
    package static let mostOpen = 1000

    /// What follows from all that the detectors state now.
    ///
    /// - Parameters:
    ///   - resolutions: why a detection no longer holds, where its detector knows.
    ///   - isWatched: whether the detectors look at a series; what nobody watches is resolved.
    package static func commands(
        stated: [Detection], resolutions: [Detection.Key: String], _ state: GovernanceState,
        isWatched: (SeriesKey) -> Bool
    ) -> [Command] {
        var commands: [Command] = []
        var open: Set<Detection.Key> = []
        let now = Set(stated.map(\.key))
        for known in state.openFindings.values.sorted(by: { $0.record < $1.record }) {
            guard let key = known.finding.detection?.key else { continue }
            if now.contains(key), isWatched(key.series) {
                open.insert(key)
            } else {
                let reason =
                    isWatched(key.series)
                    ? resolutions[key] ?? "It no longer holds." : "\(key.series.version) is no longer watched."
                commands.append(.note(.findingResolved(id: known.finding.id, reason: reason)))
            }
        }
        let fresh = stated.filter { !open.contains($0.key) && isWatched($0.key.series) }
        for (index, detection) in fresh.prefix(max(0, mostOpen - open.count)).enumerated() {
            commands.append(.note(.findingOpened(finding(detection, number: state.size + Int64(index)))))
        }
        return commands
    }

    private static func finding(_ detection: Detection, number: Int64) -> Finding {
        let series = detection.key.series
        return Finding(
            id: "F\(number)-\(detection.key.kind.rawValue)", severity: detection.severity,
            deployment: series.deployment, environment: series.environment, version: series.version,
            title: detection.title, basis: .detector(detection))
    }
}

extension GovernanceState {
    /// The findings that are open about a version, of one kind and signal if asked: what policies may name.
    ///
    /// - Parameter kind: `policy_breach`, or that of a detection, such as `drift`.
    package func openFindings(about series: SeriesKey, kind: String? = nil, signal: String? = nil) -> [FindingState] {
        openFindings.values
            .filter { open in
                open.finding.series == series && (kind.map { $0 == open.finding.kind } ?? true)
                    && (signal.map { $0 == open.finding.detection?.key.signal } ?? true)
            }
            .sorted { $0.record < $1.record }
    }
}

extension GovernanceState.FindingState {
    package func status(now: Timestamp) -> FindingCycle.Status {
        if resolved != nil { return .resolved }
        return now >= opened + FindingCycle.ongoingAfter ? .ongoing : .open
    }
}

/// What a verification of a bundle found: every check by name, and the verdict.
package struct BundleReport: Sendable, Equatable {
    package var checks: [Check] = []

    /// True when no check failed. Warnings do not fail a bundle, but ask to be read.
    package var passed: Bool { !checks.contains { $0.outcome == .fail } }

    package struct Check: Sendable, Equatable {
        package var name: Name
        package var outcome: Outcome
        /// One sentence: what holds, or what is wrong.
        package var message: String
        /// The single problems, at most ``maximumDetails``; the last says how many more there are.
        package var details: [String] = []
    }

    package enum Name: String, Sendable, CaseIterable {
        /// Every file is listed in the manifest with its SHA-256, and nothing else is there.
        case manifest
        /// Which key the signature is checked with.
        case key
        /// The checkpoint is signed by that key.
        case checkpoint
        /// The checkpoint is of the log that the key is named after.
        case origin
        /// There are as many entries as the checkpoint says.
        case size
        /// The root recomputed from the entries is the one that was signed.
        case root
        /// Every proof file leads from its entry to the root.
        case proofs
        /// Every entry's `seq` is its place.
        case sequence
        /// No entry is older than the one before.
        case times
        /// The report and the instructions are what the entries make them.
        case documents
    }

    package enum Outcome: String, Sendable { case pass, warning, fail }

    package static let maximumDetails = 20

    mutating func add(_ name: Name, _ outcome: Outcome, _ message: String, details: [String] = []) {
        var shown = details
        if details.count > Self.maximumDetails {
            shown = details.prefix(Self.maximumDetails - 1) + ["and \(details.count - Self.maximumDetails + 1) more"]
        }
        checks.append(Check(name: name, outcome: outcome, message: message, details: shown))
    }

    /// Adds a check that passes when there are no problems; a single problem becomes the sentence itself.
    mutating func add(_ name: Name, problems: [String], as outcome: Outcome = .fail, passing: String) {
        switch problems.count {
        case 0: add(name, .pass, passing)
        case 1: add(name, outcome, problems[0])
        default: add(name, outcome, "\(problems.count) problems, the first: \(problems[0])", details: problems)
        }
    }
}

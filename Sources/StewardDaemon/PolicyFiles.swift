import Foundation
import StewardModel
import StewardPolicy
import StewardTransparency

/// Reads `policies/`: price lists below `prices/`, policies everywhere else.
package struct PolicyFiles: Sendable {
    package var policies: PolicySet
    package var prices: PriceCatalogue

    /// - Throws: ``StewardError/Code/configuration`` with one line a problem: `file:line:column: message`.
    package init(folder: String) throws {
        var policyFiles: [(path: String, text: String)] = []
        var priceFiles: [(path: String, text: String)] = []
        for path in try Self.paths(folder) {
            guard let data = FileManager.default.contents(atPath: folder + "/" + path) else {
                throw StewardError(.configuration, "cannot read \(folder)/\(path)", field: "policies")
            }
            let file = (folder + "/" + path, String(decoding: data, as: UTF8.self))
            if path.hasPrefix("prices/") { priceFiles.append(file) } else { policyFiles.append(file) }
        }
        let digest: ([UInt8]) -> String = { Digest.sha256($0) }
        switch (
            PolicySet.load(files: policyFiles, digest: digest), PriceCatalogue.load(files: priceFiles, digest: digest)
        ) {
        case (.success(let policies), .success(let prices)):
            for entry in policies.webhookEntries where HookSender.key(entry.policy) == nil {
                throw StewardError(
                    .configuration,
                    "\(entry.file): the environment variable \(entry.policy.secretVariable), which signs the calls of "
                        + "\(entry.policy.name), is not set", field: "policies")
            }
            self.policies = policies
            self.prices = prices
        case (let policies, let prices):
            let problems = [policies.failure, prices.failure].compactMap { $0?.description }
            throw StewardError(.configuration, problems.joined(separator: "\n"))
        }
    }

    static func paths(_ folder: String) throws -> [String] {
        // The enumerator does not enter a folder that is named by a link.
        let resolved = URL(filePath: folder).resolvingSymlinksInPath().path
        guard let all = FileManager.default.enumerator(atPath: resolved) else {
            throw StewardError(.configuration, "there is no folder \(folder)", field: "policies")
        }
        return all.compactMap { $0 as? String }
            .filter { $0.hasSuffix(".yaml") && !$0.hasSuffix(".test.yaml") }
            .sorted()
    }
}

extension Result {
    fileprivate var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}

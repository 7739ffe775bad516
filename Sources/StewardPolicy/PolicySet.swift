import StewardModel

/// Every policy in force: immutable, and either all of its files are good or there is no set.
package struct PolicySet: Sendable {
    /// One policy and the file that states it.
    package struct Entry: Sendable {
        package var policy: RollbackPolicy
        package var file: String
        /// Of the file's bytes, as `digest` writes it.
        package var digest: String
    }

    /// Sorted by path.
    package let entries: [Entry]
    /// Of one line `<digest>  <path>` for each file, sorted by path: what `sha256sum` prints, digested again.
    package let digest: String

    /// Reads all policies, or says everything that is wrong with them.
    ///
    /// `digest` is the digest function, such as SHA-256 in hexadecimal.
    package static func load(
        files: [(path: String, text: String)], digest: ([UInt8]) -> String
    ) -> Result<PolicySet, Problems> {
        var problems: [Problem] = []
        var entries: [Entry] = []
        var owners: [String: String] = [:]
        // By bytes, so that every machine has the same order.
        for file in files.sorted(by: { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }) {
            switch PolicyDocument.parse(file: file.path, text: file.text) {
            case .failure(let found):
                problems += found.all
            case .success(.prices):
                let message = "is a price list; price lists belong into policies/prices"
                problems.append(Problem(file: file.path, message: message))
            case .success(.rollback(let policy)):
                if let owner = owners.updateValue(file.path, forKey: policy.name) {
                    let message = "the name \(policy.name) is taken by \(owner); give this policy another"
                    problems.append(Problem(file: file.path, message: message))
                }
                entries.append(Entry(policy: policy, file: file.path, digest: digest(Array(file.text.utf8))))
            }
        }
        guard problems.isEmpty else { return .failure(Problems(problems)) }
        let list = entries.map { "\($0.digest)  \($0.file)\n" }.joined()
        return .success(PolicySet(entries: entries, digest: digest(Array(list.utf8))))
    }

    /// The policies that hold for a route, in the order of their files.
    package func policies(deployment: String, environment: String) -> [Entry] {
        entries.filter { $0.policy.applies(deployment: deployment, environment: environment) }
    }
}

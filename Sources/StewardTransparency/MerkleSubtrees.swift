import StewardModel

/// All complete subtrees of a whole log held in memory: what export and verification compute proofs and roots from.
struct MerkleSubtrees {
    /// Hashes by level; level 0 are the leaves.
    private var levels: [[MerkleHash]] = []
    private(set) var frontier = MerkleFrontier()

    init(entries: [[UInt8]]) {
        for entry in entries {
            for node in frontier.append(.leaf(entry)) {
                if node.level == levels.count { levels.append([]) }
                levels[node.level].append(node.hash)
            }
        }
    }

    func node(level: Int, index: Int64) throws -> MerkleHash {
        guard levels.indices.contains(level), levels[level].indices.contains(Int(index)) else {
            throw StewardError(.internal, "there is no complete subtree \(index) at level \(level)")
        }
        return levels[level][Int(index)]
    }
}

/// The root of a complete subtree: the 2^`level` leaves from `index` · 2^`level` on. It never changes once all of them
/// are there, so it can be stored for good; leaves are level 0.
package struct MerkleNode: Sendable, Hashable {
    package var level: Int
    package var index: Int64
    package var hash: MerkleHash

    package init(level: Int, index: Int64, hash: MerkleHash) {
        self.level = level
        self.index = index
        self.hash = hash
    }
}

/// Finds the stored hash of a complete subtree; throws where it cannot.
package typealias MerkleNodeLookup = (_ level: Int, _ index: Int64) throws -> MerkleHash

/// The right edge of a growing Merkle tree: all that is needed to append and to know the root, at most 63 hashes.
package struct MerkleFrontier: Sendable, Equatable {
    /// Number of leaves.
    package private(set) var size: Int64
    /// Roots of the complete subtrees that make up the tree, largest (leftmost) first: one for each bit set in `size`.
    private var edge: [MerkleHash]

    /// The empty tree.
    package init() {
        size = 0
        edge = []
    }

    /// Rebuilds the frontier of a tree of `size` leaves from its stored nodes.
    ///
    /// Throws `invalidInput` when `size` is negative, and what `node` throws.
    package init(size: Int64, node: MerkleNodeLookup) throws {
        try MerkleTree.requireNonNegative(size, field: "size")
        self.size = size
        edge = try MerkleTree.completeSubtrees(0..<size).map { try node($0.level, $0.index) }
    }

    /// Adds a leaf and returns the nodes that became final with it, the leaf itself first, then upwards.
    package mutating func append(_ leafHash: MerkleHash) -> [MerkleNode] {
        var node = MerkleNode(level: 0, index: size, hash: leafHash)
        var final = [node]
        while node.index & 1 == 1, let left = edge.popLast() {
            node = MerkleNode(level: node.level + 1, index: node.index >> 1, hash: .node(left, node.hash))
            final.append(node)
        }
        edge.append(node.hash)
        size += 1
        return final
    }

    /// The root of the tree as it is now (RFC 9162, section 2.1.1).
    package var root: MerkleHash { MerkleTree.fold(edge) }
}

import StewardTransparency

/// The definitions of RFC 9162, section 2.1, written down as they stand there: slow, recursive, and obviously right.
enum NaiveMerkleTree {
    static func root(_ leaves: ArraySlice<MerkleHash>) -> MerkleHash {
        guard leaves.count > 1 else { return leaves.first ?? .emptyRoot }
        let middle = split(leaves)
        return .node(root(leaves[..<middle]), root(leaves[middle...]))
    }

    static func path(_ index: Int, _ leaves: ArraySlice<MerkleHash>) -> [MerkleHash] {
        guard leaves.count > 1 else { return [] }
        let middle = split(leaves)
        return index < middle
            ? path(index, leaves[..<middle]) + [root(leaves[middle...])]
            : path(index, leaves[middle...]) + [root(leaves[..<middle])]
    }

    static func consistency(_ size: Int, _ leaves: ArraySlice<MerkleHash>, known: Bool = true) -> [MerkleHash] {
        if leaves.endIndex == size { return known ? [] : [root(leaves)] }
        let middle = split(leaves)
        return size <= middle
            ? consistency(size, leaves[..<middle], known: known) + [root(leaves[middle...])]
            : consistency(size, leaves[middle...], known: false) + [root(leaves[..<middle])]
    }

    private static func split(_ leaves: ArraySlice<MerkleHash>) -> Int {
        var half = 1
        while half * 2 < leaves.count { half *= 2 }
        return leaves.startIndex + half
    }
}

/// A store of final nodes, as a database would be.
struct NodeStore {
    private(set) var nodes: [Key: MerkleHash] = [:]
    private(set) var frontier = MerkleFrontier()

    struct Key: Hashable {
        var level: Int
        var index: Int64
    }
    struct Missing: Error {}

    init(_ leaves: some Sequence<MerkleHash>) {
        for leaf in leaves {
            for node in frontier.append(leaf) { nodes[Key(level: node.level, index: node.index)] = node.hash }
        }
    }

    func node(level: Int, index: Int64) throws -> MerkleHash {
        guard let hash = nodes[Key(level: level, index: index)] else { throw Missing() }
        return hash
    }
}

func numberedLeaves(_ count: Int) -> [MerkleHash] { (0..<count).map { .leaf(Array("entry \($0)".utf8)) } }

extension MerkleHash {
    /// The hash with one bit turned over.
    func flipping(bit: Int) -> MerkleHash {
        var changed = bytes
        changed[bit / 8] ^= 1 << (bit % 8)
        return MerkleHash(bytes: changed) ?? self
    }
}

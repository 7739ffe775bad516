import StewardModel

/// Proofs about an append-only Merkle tree (RFC 9162, section 2.1), made from the stored hashes of its complete
/// subtrees and verified from roots alone.
package enum MerkleTree {
    /// More than the longest proof that a tree of `Int64.max` leaves can need.
    package static let maximumProofHashes = 64

    /// The root of the first `size` leaves.
    ///
    /// Throws `invalidInput` when `size` is negative, and what `node` throws.
    package static func root(size: Int64, node: MerkleNodeLookup) throws -> MerkleHash {
        try requireNonNegative(size, field: "size")
        return try hash(of: 0..<size, node: node)
    }

    /// The hashes that lead from the leaf at `index` to the root of the first `size` leaves, leaf side first
    /// (RFC 9162, section 2.1.3.1).
    ///
    /// Throws `invalidInput` when there is no such leaf, and what `node` throws.
    package static func inclusionProof(
        index: Int64, size: Int64, node: MerkleNodeLookup
    ) throws -> [MerkleHash] {
        try requireNonNegative(size, field: "size")
        guard index >= 0, index < size else {
            throw StewardError(
                .invalidInput, "must be from 0 to \(size - 1), for a tree of \(size) entries; it is \(index)",
                field: "index")
        }
        return try siblings(index: index, size: size).map { try hash(of: $0, node: node) }
    }

    /// The hashes that show that the first `from` of `to` leaves are the tree of size `from` (RFC 9162, section
    /// 2.1.4.1); empty when the sizes are equal.
    ///
    /// Throws `invalidInput` unless 1 ≤ `from` ≤ `to`, and what `node` throws. From 0 there is nothing to prove: every
    /// tree extends the empty one.
    package static func consistencyProof(
        from: Int64, to: Int64, node: MerkleNodeLookup
    ) throws -> [MerkleHash] {
        try requireNonNegative(to, field: "to")
        guard from >= 1, from <= to else {
            throw StewardError(
                .invalidInput, "must be from 1 to \(to), the value of `to`; it is \(from)", field: "from")
        }
        var ranges: [Range<Int64>] = []
        var range = 0..<to
        while range.upperBound != from {
            let middle = split(range)
            if from <= middle {
                ranges.append(middle..<range.upperBound)
                range = range.lowerBound..<middle
            } else {
                ranges.append(range.lowerBound..<middle)
                range = middle..<range.upperBound
            }
        }
        // Unless the old tree is a subtree of the new one, whose root the verifier knows, its last part is named too.
        if range.lowerBound > 0 { ranges.append(range) }
        return try ranges.reversed().map { try hash(of: $0, node: node) }
    }

    /// Whether `proof` leads from the leaf hash at `index` to the `root` of `size` leaves (RFC 9162, section 2.1.3.2).
    package static func verifyInclusion(
        leafHash: MerkleHash, index: Int64, size: Int64, proof: [MerkleHash], root: MerkleHash
    ) -> Bool {
        guard index >= 0, index < size else { return false }
        var (position, last) = (index, size - 1)
        var hash = leafHash
        for sibling in proof {
            guard last > 0 else { return false }
            if position & 1 == 1 || position == last {
                hash = .node(sibling, hash)
                while position & 1 == 0, position != 0 { (position, last) = (position >> 1, last >> 1) }
            } else {
                hash = .node(hash, sibling)
            }
            (position, last) = (position >> 1, last >> 1)
        }
        return last == 0 && hash == root
    }

    /// Whether `proof` shows that the tree of `from` leaves is the beginning of that of `to` leaves (RFC 9162, section
    /// 2.1.4.2). False for `from` = 0, where no proof is defined.
    package static func verifyConsistency(
        from: Int64, fromRoot: MerkleHash, to: Int64, toRoot: MerkleHash, proof: [MerkleHash]
    ) -> Bool {
        guard from >= 1, from <= to else { return false }
        if from == to { return proof.isEmpty && fromRoot == toRoot }
        // A complete subtree's root is left out of the proof: it is the old root.
        var path = (from & (from - 1) == 0 ? [fromRoot] : [])[...] + proof
        guard let first = path.popFirst() else { return false }
        var (position, last) = (from - 1, to - 1)
        while position & 1 == 1 { (position, last) = (position >> 1, last >> 1) }
        var (old, new) = (first, first)
        for hash in path {
            guard last > 0 else { return false }
            if position & 1 == 1 || position == last {
                (old, new) = (.node(hash, old), .node(hash, new))
                while position & 1 == 0, position != 0 { (position, last) = (position >> 1, last >> 1) }
            } else {
                new = .node(new, hash)
            }
            (position, last) = (position >> 1, last >> 1)
        }
        return last == 0 && old == fromRoot && new == toRoot
    }
}

// MARK: - Shape of the tree

extension MerkleTree {
    /// The leaves below each hash of an inclusion proof, in the order of the proof.
    static func siblings(index: Int64, size: Int64) -> [Range<Int64>] {
        var ranges: [Range<Int64>] = []
        var range = 0..<size
        while range.upperBound - range.lowerBound > 1 {
            let middle = split(range)
            if index < middle {
                ranges.append(middle..<range.upperBound)
                range = range.lowerBound..<middle
            } else {
                ranges.append(range.lowerBound..<middle)
                range = middle..<range.upperBound
            }
        }
        return ranges.reversed()
    }

    /// The complete subtrees that make up a subtree, largest first. `range` is one that splitting a tree yields, so
    /// that its start is a multiple of each of their sizes.
    static func completeSubtrees(_ range: Range<Int64>) -> [(level: Int, index: Int64)] {
        var subtrees: [(level: Int, index: Int64)] = []
        var start = range.lowerBound
        while start < range.upperBound {
            let level = (range.upperBound - start).log2Floor
            subtrees.append((level, start >> level))
            start += 1 << level
        }
        return subtrees
    }

    /// The hash of the leaves in `range`; ``MerkleHash/emptyRoot`` where there are none.
    static func hash(of range: Range<Int64>, node: MerkleNodeLookup) throws -> MerkleHash {
        fold(try completeSubtrees(range).map { try node($0.level, $0.index) })
    }

    /// Joins the roots of adjoining subtrees, largest first, from the right.
    static func fold(_ hashes: [MerkleHash]) -> MerkleHash {
        guard let last = hashes.last else { return .emptyRoot }
        return hashes.dropLast().reversed().reduce(last) { .node($1, $0) }
    }

    static func requireNonNegative(_ size: Int64, field: String) throws {
        guard size >= 0 else {
            throw StewardError(.invalidInput, "must be 0 or more; it is \(size)", field: field)
        }
    }

    /// Where a subtree of two leaves or more is parted: after the largest power of two below its size.
    private static func split(_ range: Range<Int64>) -> Int64 {
        range.lowerBound + (1 << (range.upperBound - range.lowerBound - 1).log2Floor)
    }
}

extension Int64 {
    /// The exponent of the largest power of two that is not above a number ≥ 1.
    fileprivate var log2Floor: Int { Int64.bitWidth - 1 - leadingZeroBitCount }
}

import StewardModel
import StewardTransparency
import Testing

@Suite struct MerkleHashTests {
    @Test func emptyRootAndEmptyLeaf() {
        #expect(MerkleHash.emptyRoot.hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(MerkleHash.leaf([]).hex == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
    }

    @Test func base64RoundTrip() {
        let hash = MerkleHash.leaf([1, 2, 3])
        #expect(MerkleHash(base64: hash.base64) == hash)
        #expect(MerkleHash(bytes: hash.bytes) == hash)
    }

    @Test(arguments: [
        "", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", " 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFVV",
    ])
    func onlyCanonicalBase64OfThirtyTwoBytes(text: String) {
        #expect(MerkleHash(base64: text) == nil)
    }
}

@Suite struct MerkleFrontierTests {
    /// Entries and roots of the test data that Certificate Transparency logs share.
    @Test func knownRoots() {
        let entries: [[UInt8]] = [
            [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43], Array(0x50...0x57),
            Array(0x60...0x6F),
        ]
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ]
        var frontier = MerkleFrontier()
        for (entry, root) in zip(entries, roots) {
            _ = frontier.append(.leaf(entry))
            #expect(frontier.root.hex == root, "size \(frontier.size)")
        }
        #expect(frontier.size == 8)
    }

    @Test func appendReturnsTheNodesThatBecameFinal() {
        var frontier = MerkleFrontier()
        let leaves = numberedLeaves(4)
        let appended = leaves.map { frontier.append($0) }
        let right = MerkleHash.node(leaves[2], leaves[3])
        #expect(appended[0] == [MerkleNode(level: 0, index: 0, hash: leaves[0])])
        #expect(
            appended[3] == [
                MerkleNode(level: 0, index: 3, hash: leaves[3]), MerkleNode(level: 1, index: 1, hash: right),
                MerkleNode(level: 2, index: 0, hash: .node(.node(leaves[0], leaves[1]), right)),
            ])
    }

    @Test(arguments: 0...70)
    func rootAndRebuildingAgreeWithTheDefinition(size: Int) throws {
        let leaves = numberedLeaves(size)
        let store = NodeStore(leaves)
        #expect(store.frontier.root == NaiveMerkleTree.root(leaves[...]))
        #expect(try MerkleTree.root(size: Int64(size), node: store.node) == store.frontier.root)
        var rebuilt = try MerkleFrontier(size: Int64(size), node: store.node)
        #expect(rebuilt == store.frontier)
        _ = rebuilt.append(.leaf([7]))
        #expect(rebuilt.root == NaiveMerkleTree.root((leaves + [.leaf([7])])[...]))
    }

    @Test func tenThousandLeaves() {
        let leaves = numberedLeaves(10_000)
        let store = NodeStore(leaves)
        #expect(store.frontier.root == NaiveMerkleTree.root(leaves[...]))
        // A tree of n leaves has n - popcount(n) complete subtrees above its leaves.
        #expect(store.nodes.count == 2 * 10_000 - 10_000.nonzeroBitCount)
    }

    @Test func rebuildingNeedsEveryNodeOfTheEdge() {
        let store = NodeStore(numberedLeaves(6))
        #expect(throws: NodeStore.Missing.self) { try MerkleFrontier(size: 7, node: store.node) }
        #expect(throws: StewardError.self) { try MerkleFrontier(size: -1, node: store.node) }
    }
}

@Suite struct MerkleProofTests {
    static let largest = 70
    static let leaves = numberedLeaves(largest)
    static let store = NodeStore(leaves)
    static let roots = (0...largest).map { NaiveMerkleTree.root(leaves[..<$0]) }

    @Test(arguments: 1...largest)
    func inclusionProofs(size: Int) throws {
        for index in 0..<size {
            let proof = try MerkleTree.inclusionProof(index: Int64(index), size: Int64(size), node: Self.store.node)
            #expect(proof == NaiveMerkleTree.path(index, Self.leaves[..<size]))
            #expect(holds(index, size, proof), "index \(index)")
        }
    }

    @Test(arguments: 1...largest)
    func consistencyProofs(to: Int) throws {
        for from in 1...to {
            let proof = try MerkleTree.consistencyProof(from: Int64(from), to: Int64(to), node: Self.store.node)
            #expect(proof == NaiveMerkleTree.consistency(from, Self.leaves[..<to]))
            #expect(consistent(from, to, proof), "from \(from)")
        }
    }

    @Test(arguments: [(0, 1), (0, 2), (2, 3), (3, 7), (6, 7), (0, 8), (17, 33), (32, 33), (41, 64), (68, 70)])
    func everyBitOfAnInclusionProofCounts(index: Int, size: Int) {
        let proof = NaiveMerkleTree.path(index, Self.leaves[..<size])
        for (place, hash) in proof.enumerated() {
            for bit in 0..<256 {
                var changed = proof
                changed[place] = hash.flipping(bit: bit)
                #expect(!holds(index, size, changed), "hash \(place) bit \(bit)")
            }
        }
        for bit in 0..<256 {
            #expect(!holds(index, size, proof, root: Self.roots[size].flipping(bit: bit)))
            #expect(!holds(index, size, proof, leaf: Self.leaves[index].flipping(bit: bit)))
        }
    }

    @Test(arguments: [(1, 2), (2, 3), (3, 4), (4, 8), (6, 7), (17, 33), (32, 33), (41, 64), (64, 70), (69, 70)])
    func everyBitOfAConsistencyProofCounts(from: Int, to: Int) {
        let proof = NaiveMerkleTree.consistency(from, Self.leaves[..<to])
        for (place, hash) in proof.enumerated() {
            for bit in 0..<256 {
                var changed = proof
                changed[place] = hash.flipping(bit: bit)
                #expect(!consistent(from, to, changed), "hash \(place) bit \(bit)")
            }
        }
    }

    @Test(arguments: 1...largest)
    func alteredInclusionProofsFail(size: Int) {
        for index in 0..<size {
            let proof = NaiveMerkleTree.path(index, Self.leaves[..<size])
            #expect(!holds(index, size, proof + [Self.roots[size]]))
            #expect(!holds(index, size, [Self.leaves[index]] + proof))
            if !proof.isEmpty {
                #expect(!holds(index, size, Array(proof.dropLast())))
                #expect(!holds(index, size, Array(proof.dropFirst())))
            }
            for other in -1...size where other != index {
                #expect(!holds(other, size, proof, leaf: Self.leaves[index]))
            }
        }
    }

    @Test(arguments: 2...largest)
    func alteredConsistencyProofsFail(to: Int) {
        for from in 1..<to {
            let proof = NaiveMerkleTree.consistency(from, Self.leaves[..<to])
            #expect(!consistent(from, to, proof + [Self.roots[to]]))
            #expect(!consistent(from, to, [Self.roots[from]] + proof))
            #expect(!consistent(from, to, Array(proof.dropLast())))
            #expect(!consistent(from, to, Array(proof.dropFirst())))
            #expect(!consistent(from, to, []))
            #expect(!consistent(from, to, proof, fromRoot: Self.roots[from - 1]))
            #expect(!consistent(from, to, proof, fromRoot: Self.roots[to]))
            #expect(!consistent(from, to, proof, toRoot: Self.roots[from]))
            #expect(!consistent(to, from, proof))
        }
    }

    @Test func equalSizesNeedEqualRootsAndNoProof() {
        #expect(consistent(5, 5, []))
        #expect(!consistent(5, 5, [Self.roots[5]]))
        #expect(!consistent(5, 5, [], toRoot: Self.roots[6]))
    }

    @Test func nothingIsProvedFromTheEmptyTree() {
        #expect(!consistent(0, 0, []))
        #expect(!consistent(0, 5, []))
        #expect(throws: StewardError.self) {
            try MerkleTree.consistencyProof(from: 0, to: 5, node: Self.store.node)
        }
    }

    @Test(arguments: [(-1, 5, "index"), (5, 5, "index"), (0, 0, "index"), (0, -1, "size")] as [(Int64, Int64, String)])
    func impossibleInclusionProofs(index: Int64, size: Int64, field: String) {
        let error = #expect(throws: StewardError.self) {
            try MerkleTree.inclusionProof(index: index, size: size, node: Self.store.node)
        }
        #expect(error?.code == .invalidInput)
        #expect(error?.field == field)
    }

    @Test(arguments: [(6, 5, "from"), (-1, 5, "from"), (1, -1, "to")] as [(Int64, Int64, String)])
    func impossibleConsistencyProofs(from: Int64, to: Int64, field: String) {
        let error = #expect(throws: StewardError.self) {
            try MerkleTree.consistencyProof(from: from, to: to, node: Self.store.node)
        }
        #expect(error?.field == field)
    }

    @Test func theLargestTreeIsNoTrap() {
        let proof = [MerkleHash](repeating: .emptyRoot, count: MerkleTree.maximumProofHashes)
        #expect(
            !MerkleTree.verifyInclusion(
                leafHash: .emptyRoot, index: .max - 1, size: .max, proof: proof, root: .emptyRoot))
        #expect(
            !MerkleTree.verifyConsistency(
                from: .max - 1, fromRoot: .emptyRoot, to: .max, toRoot: .emptyRoot, proof: proof))
    }

    private func holds(
        _ index: Int, _ size: Int, _ proof: [MerkleHash], leaf: MerkleHash? = nil, root: MerkleHash? = nil
    ) -> Bool {
        MerkleTree.verifyInclusion(
            leafHash: leaf ?? Self.leaves[index], index: Int64(index), size: Int64(size), proof: proof,
            root: root ?? Self.roots[size])
    }

    private func consistent(
        _ from: Int, _ to: Int, _ proof: [MerkleHash], fromRoot: MerkleHash? = nil, toRoot: MerkleHash? = nil
    ) -> Bool {
        MerkleTree.verifyConsistency(
            from: Int64(from), fromRoot: fromRoot ?? Self.roots[from], to: Int64(to), toRoot: toRoot ?? Self.roots[to],
            proof: proof)
    }
}

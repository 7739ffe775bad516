import StewardModel

/// The checks of what the bundle holds: entries, proofs, records.
extension BundleVerifier {
    mutating func checkEntries() {
        guard let entries, let checkpoint else {
            let missing = entries == nil ? AuditBundle.entriesPath : "a readable checkpoint"
            report.add(.size, .fail, "the entries cannot be counted against the checkpoint without \(missing)")
            report.add(.root, .fail, "the root cannot be compared without \(missing)")
            return
        }
        let (count, size) = (Int64(entries.count), checkpoint.size)
        if !remainder.isEmpty {
            report.add(.size, .fail, "\(AuditBundle.entriesPath) ends within a line: it was cut off or added to")
        } else if count != size {
            report.add(.size, .fail, "there are \(count) entries, but the checkpoint commits to \(size)")
        } else {
            report.add(.size, .pass, "\(size) entries, as the checkpoint says")
        }
        let root = subtrees.frontier.root
        if count == size, root == checkpoint.root {
            report.add(.root, .pass, "the root recomputed from the entries is \(root.base64), as the checkpoint says")
        } else if count == size {
            report.add(
                .root, .fail,
                "the entries have the root \(root.base64), but the checkpoint commits to "
                    + checkpoint.root.base64, details: changedEntries())
        } else if count > size, (try? MerkleTree.root(size: size, node: subtrees.node)) == checkpoint.root {
            report.add(
                .root, .fail,
                "the first \(size) entries are those that the checkpoint commits to; entry \(size) and all "
                    + "after it are not covered by it")
        } else {
            report.add(.root, .fail, "\(count) entries cannot have the root that the checkpoint gives to \(size)")
        }
    }

    /// Narrows down which entries differ from what the checkpoint commits to. A proof that holds vouches for every hash
    /// on its way; where one of them is not the hash of the entries below it, one of these was changed.
    private func changedEntries() -> [String] {
        var suspects: Set<Range<Int64>> = []
        var holding = 0
        for path in proofPaths {
            guard case .success(let proof) = proof(at: path) else { continue }
            holding += 1
            for (range, hash) in zip(
                MerkleTree.siblings(index: proof.index, size: subtrees.frontier.size), proof.hashes)
            where (try? MerkleTree.hash(of: range, node: subtrees.node)) != hash {
                suspects.insert(range)
            }
        }
        // Subtrees are nested or apart; in this order, one that holds another is followed by it.
        let ordered = suspects.sorted { ($0.lowerBound, $1.upperBound) < ($1.lowerBound, $0.upperBound) }
        let smallest = ordered.indices.filter { place in
            place == ordered.count - 1 || ordered[place + 1].lowerBound >= ordered[place].upperBound
        }.map { ordered[$0] }
        guard !smallest.isEmpty else {
            return ["which entry was changed cannot be told: of the proof files, \(holding) hold"]
        }
        return smallest.map { range in
            range.count == 1
                ? "entry \(range.lowerBound) is not what was signed"
                : "at least one of the entries \(range.lowerBound) to \(range.upperBound - 1) is not what was signed"
        }
    }

    // MARK: Proofs

    private var proofPaths: [String] {
        files.keys.filter { $0.hasPrefix(AuditBundle.proofFolder) }.sorted()
    }

    mutating func checkProofs() {
        let paths = proofPaths
        let problems = paths.compactMap { path in
            if case .failure(let error) = proof(at: path) { "\(path): \(error.message)" } else { nil }
        }
        report.add(
            .proofs, problems: problems,
            passing: paths.isEmpty
                ? "there are no proof files" : "all \(paths.count) proofs lead from their entries to the root")
    }

    /// The proof in a file, if it leads from the entry that the file is named after to the bundle's checkpoint.
    private func proof(at path: String) -> Result<RecordProof, StewardError> {
        func failure(_ message: String) -> Result<RecordProof, StewardError> {
            .failure(StewardError(.verificationFailed, message))
        }
        let proof: RecordProof
        do { proof = try RecordProof(parsing: files[path] ?? []) } catch { return failure(Self.sentence(error)) }
        guard path == AuditBundle.proofPath(proof.index) else {
            return failure("it is the proof of entry \(proof.index), which its name does not say")
        }
        guard let checkpoint, let entries else { return failure("it cannot be checked without entries and checkpoint") }
        guard Array(proof.checkpoint.utf8) == files[AuditBundle.checkpointPath] else {
            return failure("it carries another checkpoint than the bundle")
        }
        guard entries.indices.contains(Int(proof.index)) else {
            return failure("there is no entry \(proof.index) in \(AuditBundle.entriesPath)")
        }
        guard proof.holds(entry: entries[Int(proof.index)], in: checkpoint) else {
            return failure("it does not lead from entry \(proof.index) to the root: one of the two was changed")
        }
        return .success(proof)
    }

    // MARK: Records

    mutating func checkRecords() {
        guard entries != nil else {
            report.add(.sequence, .fail, "the order cannot be checked without \(AuditBundle.entriesPath)")
            report.add(.times, .fail, "the times cannot be checked without \(AuditBundle.entriesPath)")
            return
        }
        var misplaced: [String] = []
        var untimely: [String] = []
        var latest: Timestamp?
        for (index, record) in records.enumerated() {
            if let sequence = record.sequence, sequence != Int64(index) {
                misplaced.append("line \(index + 1) holds the entry with seq \(sequence), not \(index)")
            } else if record.sequence == nil {
                misplaced.append("line \(index + 1) is not a JSON object with a whole number as seq")
            }
            guard let time = record.time.flatMap({ Timestamp(rfc3339: $0) }) else {
                untimely.append("entry \(index) has no readable time")
                continue
            }
            if let before = latest, time < before {
                untimely.append("entry \(index) is of \(time.rfc3339), before its predecessor's \(before.rfc3339)")
            }
            latest = time
        }
        report.add(.sequence, problems: misplaced, passing: "every entry's seq is its place")
        report.add(.times, problems: untimely, as: .warning, passing: "no entry is older than the one before")
    }
}

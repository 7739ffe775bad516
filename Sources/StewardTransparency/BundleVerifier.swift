import StewardModel

extension AuditBundle {
    /// Checks a bundle, from the manifest to the last proof. Whatever was done to it is told in the report, never
    /// thrown.
    ///
    /// - Parameters:
    ///   - list: the paths of all files in the folder, relative, parted by `/`.
    ///   - trustedKey: the verifier key that was obtained elsewhere. Without it `key.pub` is believed, and the report
    ///     says so.
    ///   - read: the bytes of a file; called only with paths from `list`. `nil` or an error make the file unreadable.
    package static func verify(
        list: [String], trustedKey: String?, read: (_ path: String) throws -> [UInt8]?
    ) -> BundleReport {
        var verifier = BundleVerifier(files: readable(list, read: read))
        verifier.checkManifest(list: list)
        verifier.checkKey(trusted: trustedKey)
        verifier.checkCheckpoint()
        verifier.checkEntries()
        verifier.checkProofs()
        verifier.checkRecords()
        verifier.checkDocuments()
        return verifier.report
    }

    private static func readable(
        _ list: [String], read: (_ path: String) throws -> [UInt8]?
    ) -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for path in list { files[path] = try? read(path) }
        return files
    }
}

/// The checks of one bundle, in the order in which each relies on those before.
struct BundleVerifier {
    var report = BundleReport()
    let files: [String: [UInt8]]
    /// The key that the signature is checked with.
    var verifier: NoteVerifier?
    /// What the checkpoint says, whether its signature holds or not.
    var checkpoint: Checkpoint?
    /// The lines of `entries.ndjson`; `nil` when the file is missing.
    let entries: [[UInt8]]?
    /// What follows the last line feed: nothing, unless the file was cut off.
    let remainder: [UInt8]
    let subtrees: MerkleSubtrees
    let records: [AuditRecord]

    init(files: [String: [UInt8]]) {
        self.files = files
        let lines = files[AuditBundle.entriesPath]?.split(separator: 0x0A, omittingEmptySubsequences: false)
            .map(Array.init)
        entries = lines?.dropLast()
        remainder = lines?.last ?? []
        subtrees = MerkleSubtrees(entries: entries ?? [])
        records = (entries ?? []).map { AuditRecord(entry: $0) }
    }

    // MARK: Files

    mutating func checkManifest(list: [String]) {
        guard let manifest = files[AuditBundle.manifestPath] else {
            report.add(.manifest, .fail, "\(AuditBundle.manifestPath) is missing or cannot be read")
            return
        }
        var problems: [String] = []
        var listed: Set<String> = []
        let text = String(validating: manifest, as: UTF8.self)
        if text == nil { problems.append("\(AuditBundle.manifestPath) is not UTF-8") }
        for (number, line) in (text ?? "").split(separator: "\n").enumerated() {
            let (sum, path) = (line.prefix(64), String(line.dropFirst(66)))
            guard sum.utf8.count == 64, line.dropFirst(64).hasPrefix("  "), !path.isEmpty else {
                problems.append("line \(number + 1) of the manifest is not a SHA-256, two spaces and a file")
                continue
            }
            guard listed.insert(path).inserted else {
                problems.append("\(path) is listed twice in the manifest")
                continue
            }
            guard let bytes = files[path] else {
                problems.append("\(path) is missing or cannot be read")
                continue
            }
            let actual = Digest.sha256(bytes)
            if actual != sum {
                problems.append("\(path) was changed: its SHA-256 is \(actual), the manifest says \(sum)")
            }
        }
        let required = [
            AuditBundle.entriesPath, AuditBundle.checkpointPath, AuditBundle.keyPath, AuditBundle.readmePath,
            AuditBundle.reportPath,
        ]
        problems += required.filter { !listed.contains($0) && files[$0] == nil }.map { "\($0) is missing" }
        problems += list.sorted().filter { $0 != AuditBundle.manifestPath && !listed.contains($0) }
            .map { "\($0) is not in the manifest: it was added after the export" }
        report.add(.manifest, problems: problems, passing: "all \(listed.count) files are as listed, and no others")
    }

    // MARK: Signature

    mutating func checkKey(trusted: String?) {
        let enclosed = Result { try NoteVerifier(parsing: try text(of: AuditBundle.keyPath)) }
        guard let trusted else {
            switch enclosed {
            case .success(let key):
                verifier = key
                report.add(
                    .key, .warning,
                    "the key is the bundle's own \(AuditBundle.keyPath), \(key.text): it proves nothing until you "
                        + "compare all of it with the key that the log's operator published")
            case .failure(let error):
                report.add(.key, .fail, "\(AuditBundle.keyPath) cannot be used: \(Self.sentence(error))")
            }
            return
        }
        do {
            let key = try NoteVerifier(parsing: trusted)
            verifier = key
            switch enclosed {
            case .success(key): report.add(.key, .pass, "\(AuditBundle.keyPath) is the trusted key, \(key.label)")
            case .success(let other):
                report.add(.key, .fail, "\(AuditBundle.keyPath) is \(other.label), not the trusted key \(key.label)")
            case .failure(let error):
                report.add(.key, .fail, "\(AuditBundle.keyPath) cannot be used: \(Self.sentence(error))")
            }
        } catch {
            report.add(.key, .fail, "the trusted key cannot be used: \(Self.sentence(error))")
        }
    }

    mutating func checkCheckpoint() {
        do {
            let note = try SignedNote(parsing: Array(try text(of: AuditBundle.checkpointPath).utf8))
            checkpoint = try Checkpoint(parsing: note.text)
            if let verifier {
                _ = try note.verify(by: [verifier])
                report.add(.checkpoint, .pass, "signed by \(verifier.label)")
            } else {
                report.add(.checkpoint, .fail, "the signature cannot be checked without a key")
            }
        } catch {
            report.add(.checkpoint, .fail, Self.sentence(error))
        }
        guard let checkpoint, let verifier else {
            report.add(.origin, .fail, "the origin cannot be checked without a key and a readable checkpoint")
            return
        }
        if checkpoint.origin.utf8.elementsEqual(verifier.name.utf8) {
            report.add(.origin, .pass, "the log is \(checkpoint.origin), as the key says")
        } else {
            report.add(
                .origin, .fail, "the checkpoint is of \(checkpoint.origin), but the key is that of \(verifier.name)")
        }
    }

    // MARK: Documents

    /// The report and the instructions are not signed, but follow from what is: they are made again and compared.
    mutating func checkDocuments() {
        guard let checkpoint, entries != nil, let key = try? NoteVerifier(parsing: try text(of: AuditBundle.keyPath))
        else {
            report.add(
                .documents, .fail, "report and instructions cannot be checked without entries, checkpoint and key")
            return
        }
        let page = AuditReportPage(records: records, checkpoint: checkpoint, keyID: key.keyIDText)
        let documents = [
            (AuditBundle.reportPath, page.html, AuditReportPage.format),
            (
                AuditBundle.readmePath, BundleReadme.text(checkpoint: checkpoint, keyID: key.keyIDText),
                BundleReadme.format
            ),
        ]
        var forged: [String] = []
        var unknown: [String] = []
        for (path, expected, format) in documents {
            let found = files[path].map { String(decoding: $0, as: UTF8.self) } ?? ""
            if found.utf8.elementsEqual(expected.utf8) { continue }
            if found.contains(format) || found.isEmpty {
                forged.append("\(path) is not what the entries make it: read \(AuditBundle.entriesPath) instead")
            } else {
                unknown.append("\(path) is of another format than this version of Steward can check")
            }
        }
        if forged.isEmpty {
            report.add(
                .documents, problems: unknown, as: .warning, passing: "report and instructions follow from the entries")
        } else {
            report.add(.documents, problems: forged + unknown, passing: "")
        }
    }

    private func text(of path: String) throws -> String {
        guard let bytes = files[path] else { throw StewardError(.notFound, "\(path) is missing or cannot be read") }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw StewardError(.invalidInput, "\(path) is not UTF-8")
        }
        return text
    }

    /// What an error says, without the name of a field: the report names the file.
    static func sentence(_ error: any Error) -> String { (error as? StewardError)?.message ?? "\(error)" }
}

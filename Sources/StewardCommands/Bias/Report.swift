import ArgumentParser
import StewardJSON
import StewardModel
import StewardStatistics
import StewardTransparency

struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a bias audit as a page to read, print and file.",
        discussion: """
            The page is one file without scripts that fetches nothing. It is made from the audit's own counts, after \
            checking here that they are the ones the signed audit log names. Exits 1 when they are not.

            Example:
              steward report resume-screener --html audit.html
              steward report resume-screener --audit ba-0a1b2c3d4e5f6071 --html a.html
            """)

    @Argument(help: "The deployment.")
    var deployment: String

    @Option(help: "Which audit. (default: the latest)")
    var audit: String?

    @Option(help: "The latest audit of this version.")
    var version: String?

    @Option(help: "The page to write.", completion: .file())
    var html: String

    @Flag(help: "Lay the page out for paper: light, and as wide as A4, on any screen.")
    var pdfReady = false

    @Option(help: "File with the log's public key. (default: the key the daemon gives, which proves less)")
    var key: String?

    @OptionGroup var options: DaemonOptions

    func run() throws {
        let session = try options.session()
        let report = try BiasReport(
            session.daemon.json(.get("deployments", deployment, "bias-audits", try id(session))), deployment)
        let proof = try BiasReportProof(report, session.daemon, key: try key.map { try Files.text($0) })
        try Files.write(Array(report.page(proof, isForPaper: pdfReady).html.utf8), to: html)
        switch session.format {
        case .json: session.console.output(String(decoding: report.answer.pretty, as: UTF8.self))
        case .table:
            let page = Page(renderer: session.console.outputRenderer, now: session.console.now())
            session.console.output(
                BiasAuditRun.verdict(report.verdict.rawValue, page)
                    + " \(report.deployment) \(report.version), audit \(report.id): the page is in \(html).\n"
                    + page.note(proof.sentence))
        }
    }

    private func id(_ session: Session) throws -> String {
        if let audit { return audit }
        let answer = try session.daemon.json(
            .get("deployments", deployment, "bias-audits", query: ["version": version, "limit": "1"]))
        guard let latest = answer.rows("audits").first?["id"]?.string else {
            throw StewardError(
                .notFound, "there is no bias audit yet; 'steward bias-audit run \(deployment)' makes one",
                field: "deployment")
        }
        return latest
    }
}

/// That a report is the one whose digest a record of the signed log names.
struct BiasReportProof {
    let sentence: String
    let digest: String
    let record: Int64
    let origin: String
    let root: String
    let keyID: String

    /// - Throws: `verificationFailed` where the counts are not those of the record.
    init(_ report: BiasReport, _ daemon: DaemonClient, key: String?) throws {
        let evidence = try RecordEvidence(sequence: report.record, daemon: daemon)
        let verifier = try NoteVerifier(parsing: key ?? evidence.key)
        let checkpoint = try evidence.proof.verify(entry: evidence.entry, verifier: verifier)
        digest = "sha256:" + Digest.sha256(report.json.canonical)
        record = report.record
        origin = checkpoint.origin
        root = checkpoint.root.hex
        keyID = verifier.keyIDText
        let leaf = try DaemonClient.json(evidence.entry, from: daemon.url)
        guard leaf["data"]?["report"]?.string == digest, leaf["action"]?.string == "bias.audit" else {
            throw StewardError(
                .verificationFailed,
                "the report is not the one that record \(report.record) of the audit log names: it was changed",
                field: "report")
        }
        sentence =
            "Record \(record) of the log \(origin) names exactly these counts (\(digest.prefix(23))…), and is covered "
            + "by a checkpoint of \(checkpoint.size) records signed by key \(keyID)."
    }
}

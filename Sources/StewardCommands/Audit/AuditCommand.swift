import ArgumentParser

struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Export the audit log, verify it, and prove what is in it.",
        subcommands: [AuditExport.self, AuditVerify.self, AuditProof.self, AuditRecords.self])
}

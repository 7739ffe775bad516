import StewardModel

/// The bundle's page for people: one HTML file without scripts or outside references. Depends on its input alone.
struct AuditReportPage {
    var records: [AuditRecord]
    var checkpoint: Checkpoint
    var keyID: String

    /// The newest records that the table shows; browsers choke on more.
    static let maximumRows = 5000
    /// Longest summary of a record's data, in characters.
    static let maximumSummary = 600
    /// Changes whenever the page of the same entries would look different, so that an older page is not taken for a
    /// forged one.
    static let format = "Steward audit report, format 1"

    var html: String {
        let rows = records.enumerated().suffix(Self.maximumRows).reversed().map { row($0.offset, $0.element) }
        let origin = HTMLText.escape(checkpoint.origin)
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="generator" content="\(Self.format)">
            <title>Audit log of \(origin)</title>
            <style>
            \(Self.style)
            </style>
            </head>
            <body>
            <h1>Audit log of \(origin)</h1>
            <dl>
            <dt>Origin</dt><dd>\(origin)</dd>
            <dt>Entries</dt><dd>\(checkpoint.size)</dd>
            <dt>Root hash</dt><dd><code>\(checkpoint.root.base64)</code></dd>
            <dt>Key ID</dt><dd><code>\(keyID)</code></dd>
            <dt>Newest entry</dt><dd>\(HTMLText.escape(records.last?.time ?? "none"))</dd>
            </dl>
            <p>This page shows what <code>entries.ndjson</code> holds; the evidence is that file and the signed
            <code>checkpoint</code>. <code>README.txt</code> says how to check them.\(omission)</p>
            <table>
            <thead><tr><th scope="col">Seq</th><th scope="col">Time (UTC)</th><th scope="col">Action</th>\
            <th scope="col">Actor</th><th scope="col">Deployment</th><th scope="col">Environment</th>\
            <th scope="col">Data</th></tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody>
            </table>
            </body>
            </html>

            """
    }

    private var omission: String {
        let left = records.count - Self.maximumRows
        return left > 0
            ? " The table shows the newest \(Self.maximumRows) entries; older ones left out: \(left)." : ""
    }

    private func row(_ index: Int, _ record: AuditRecord) -> String {
        let actor = [record.actorName, record.actorKind.map { "(\($0))" }].compactMap { $0 }.joined(separator: " ")
        let cells = [record.time, record.action, actor, record.deployment, record.environment, Self.summary(record)]
        return "<tr><td>\(index)</td>" + cells.map { "<td>\(HTMLText.escape($0 ?? ""))</td>" }.joined() + "</tr>"
    }

    private static func summary(_ record: AuditRecord) -> String {
        let text = record.data?.summary ?? ""
        return text.count > maximumSummary ? text.prefix(maximumSummary) + "…" : text
    }

    private static let style = """
        :root { color-scheme: light dark;
          --ink: #1b1f24; --faint: #59636e; --line: #d1d9e0; --paper: #ffffff; --band: #f6f8fa; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e6edf3; --faint: #9198a1; --line: #3d444d; --paper: #0d1117; --band: #151b23; }
        }
        body { margin: 2rem auto; max-width: 80rem; padding: 0 1rem; color: var(--ink); background: var(--paper);
          font: 15px/1.5 system-ui, sans-serif; }
        h1 { font-size: 1.6rem; overflow-wrap: anywhere; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1.5rem; }
        dt { color: var(--faint); }
        dd { margin: 0; overflow-wrap: anywhere; }
        code { font: 0.9em ui-monospace, monospace; }
        table { width: 100%; border-collapse: collapse; font-size: 0.9rem; }
        th, td { padding: 0.4rem 0.6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top;
          overflow-wrap: anywhere; unicode-bidi: isolate; }
        th { color: var(--faint); background: var(--band); }
        td:nth-child(-n+2) { white-space: nowrap; font-variant-numeric: tabular-nums; }
        @media print {
          :root { --ink: #000000; --faint: #444444; --line: #999999; --paper: #ffffff; --band: #ffffff; }
          body { margin: 0; max-width: none; font-size: 9pt; }
          thead { display: table-header-group; }
          tr { break-inside: avoid; }
        }
        """
}

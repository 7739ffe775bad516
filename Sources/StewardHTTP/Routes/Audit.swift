import HTTPTypes
import Hummingbird
import StewardGovernance
import StewardJSON
import StewardModel
import StewardStore
import StewardTransparency

extension Endpoints {
    /// Records in one page of a listing.
    private static let maximumPage: Int64 = 1000

    static func audit(_ api: API) -> [Endpoint] {
        [
            Endpoint(
                .get, "/v1/audit/records", .role(.auditor), "Records in order",
                query: [
                    .init("after", "only records after this number"),
                    .init("limit", "1 to \(maximumPage), 100 if left out"),
                    .init("action", "only this action, such as route.promote"),
                    .init("actor", "only this actor's name"),
                    Shared.deployment,
                ]
            ) { try await records($0, api) },
            Endpoint(
                .get, "/v1/audit/checkpoint", .role(.auditor), "The signed checkpoint (C2SP tlog-checkpoint)",
                content: .text
            ) { _ in
                guard let checkpoint = try await api.store.checkpoint() else {
                    throw StewardError(.notFound, "there is no record yet, so there is no checkpoint")
                }
                return .text(checkpoint.note)
            },
            Endpoint(
                .get, "/v1/audit/key", .role(.auditor), "The key that checkpoints are verified with (C2SP vkey)",
                content: .text
            ) { _ in .text(api.governor.verifierKey + "\n") },
            Endpoint(
                .get, "/v1/audit/proof/inclusion", .role(.auditor), "Proof that a record is in the log",
                query: [
                    .init("seq", "number of the record", required: true),
                    .init("size", "size of the tree; the log's own"),
                ]
            ) { try await inclusion($0, api) },
            Endpoint(
                .get, "/v1/audit/proof/consistency", .role(.auditor), "Proof that the log only grew between two sizes",
                query: [.init("from", "older size", required: true), .init("to", "newer size; the log's own")]
            ) { try await consistency($0, api) },
            Endpoint(
                .get, "/v1/audit/export", .role(.auditor), "The whole log, for verification elsewhere",
                query: [.init("format", "bundle (a tar archive), ndjson or csv")],
                content: .init(answer: ["application/x-tar", "application/x-ndjson", "text/csv"])
            ) { try await export($0, api) },
        ]
    }

    private static func records(_ call: Call, _ api: API) async throws -> Reply {
        let deployment = try call.scopedDeployment()
        let (action, actor) = (call.query("action"), call.query("actor"))
        let limit = Int(try call.integer("limit", in: 1...maximumPage) ?? 100)
        var next = try call.integer("after", in: -1...Int64.max - 1).map { $0 + 1 } ?? 0
        let size = api.governor.state.size
        var found: [JSONValue] = []
        // Filters leave gaps, so pages are read until one is full.
        while found.count < limit, next < size {
            let leaves = try await api.store.leaves(from: next, limit: Int(maximumPage))
            for leaf in leaves where found.count < limit {
                let record = try Record(leaf: leaf)
                next = record.sequence + 1
                guard action.map({ $0 == record.change.action }) ?? true,
                    actor.map({ $0 == record.actor.name }) ?? true,
                    deployment.map({ $0 == record.change.deployment }) ?? true
                else { continue }
                found.append(["seq": .integer(record.sequence), "record": record.json])
            }
        }
        return Reply.object { writer in
            writer.member("size", size)
            writer.array("records") { writer in for record in found { writer.value(record) } }
            writer.member("next_after", next < size ? next - 1 : nil)
        }
    }

    private static func inclusion(_ call: Call, _ api: API) async throws -> Reply {
        let logSize = api.governor.state.size
        _ = try call.required("seq")
        let sequence = try call.integer("seq", in: 0...max(logSize - 1, 0)) ?? 0
        let size = try call.integer("size", in: sequence + 1...max(logSize, sequence + 1)) ?? logSize
        let (leaf, hashes) = try await api.store.readTree { node in
            let look = hash(node)
            return (
                try look(0, sequence), try MerkleTree.inclusionProof(index: sequence, size: size, node: look)
            )
        }
        return Reply.object { writer in
            writer.member("seq", sequence)
            writer.member("size", size)
            writer.member("leaf_hash", leaf.base64)
            writer.array("hashes") { writer in for hash in hashes { writer.string(hash.base64) } }
        }
    }

    private static func consistency(_ call: Call, _ api: API) async throws -> Reply {
        let logSize = api.governor.state.size
        _ = try call.required("from")
        let from = try call.integer("from", in: 1...max(logSize, 1)) ?? 1
        let to = try call.integer("to", in: from...max(logSize, from)) ?? logSize
        let hashes = try await api.store.readTree { node in
            try MerkleTree.consistencyProof(from: from, to: to, node: hash(node))
        }
        return Reply.object { writer in
            writer.member("from", from)
            writer.member("to", to)
            writer.array("hashes") { writer in for hash in hashes { writer.string(hash.base64) } }
        }
    }

    private static func hash(
        _ node: @escaping (Int, Int64) throws -> [UInt8]
    ) -> (Int, Int64) throws -> MerkleHash {
        { level, position in
            guard let hash = MerkleHash(bytes: try node(level, position)) else {
                throw StewardError(.storage, "node \(position) of level \(level) of the audit tree is damaged")
            }
            return hash
        }
    }

    // MARK: Export

    private enum Format: String, CaseIterable { case bundle, ndjson, csv }

    private static func export(_ call: Call, _ api: API) async throws -> Reply {
        if let scope = call.principal?.scope {
            throw StewardError(.forbidden, "the log is exported whole, but the token works for '\(scope)' only")
        }
        guard let checkpoint = try await api.store.checkpoint() else {
            throw StewardError(.notFound, "there is no record yet, so there is nothing to export")
        }
        let leaves = try await api.store.leaves(limit: Int(checkpoint.size))
        var reply: Reply
        switch try call.choice("format", Format.self) ?? .bundle {
        case .bundle:
            let files = try AuditBundle.files(
                entries: leaves, checkpoint: checkpoint.note, verifierKey: api.governor.verifierKey)
            let archive = try TarArchive.write(files, modified: checkpoint.time.seconds)
            reply = Reply(contentType: "application/x-tar", bytes: archive)
            reply.headers[.contentDisposition] = "attachment; filename=\"steward-audit-\(checkpoint.size).tar\""
        case .ndjson:
            reply = Reply(contentType: "application/x-ndjson", bytes: leaves.flatMap { $0 + [0x0A] })
        case .csv:
            reply = Reply(contentType: "text/csv; charset=utf-8", bytes: try csv(leaves))
        }
        return reply
    }

    private static func csv(_ leaves: [[UInt8]]) throws -> [UInt8] {
        var text = "seq,time,action,actor_kind,actor,deployment,environment,data\r\n"
        for leaf in leaves {
            let record = try Record(leaf: leaf)
            let data = record.json["data"].map { String(decoding: $0.canonical, as: UTF8.self) } ?? ""
            let fields = [
                String(record.sequence), record.time.rfc3339, record.change.action, record.actor.kind.rawValue,
                record.actor.name, record.change.deployment, record.change.environment, data,
            ]
            text += fields.map(CSVText.field).joined(separator: ",") + "\r\n"
        }
        return Array(text.utf8)
    }
}

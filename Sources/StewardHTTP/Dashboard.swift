import Foundation
import HTTPTypes
import StewardModel

/// Serves the dashboard's static files, and nothing outside their folder.
struct Dashboard: Sendable {
    private static let maximumBytes = 8 << 20
    private static let types = [
        "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml", "png": "image/png", "json": "application/json", "txt": "text/plain; charset=utf-8",
        "woff2": "font/woff2",
    ]
    /// The page may talk to this daemon and to nobody else.
    private static let contentSecurityPolicy = """
        default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'
        """

    let folder: String?

    func reply(path: String) -> Reply {
        let relative = path == "/" ? "index.html" : String(path.drop { $0 == "/" })
        guard let folder, let type = Self.contentType(relative), Self.isPlain(relative),
            let data = FileManager.default.contents(atPath: folder + "/" + relative), data.count <= Self.maximumBytes
        else { return .problem(path == "/" ? missing : HTTPServer.unknownAddress) }
        var reply = Reply(contentType: type, bytes: [UInt8](data))
        reply.headers[.contentSecurityPolicy] = Self.contentSecurityPolicy
        reply.headers[.referrerPolicy] = "no-referrer"
        // Files change with the release, not with the data: revalidated by every visit.
        reply.headers[.cacheControl] = "no-cache"
        return reply
    }

    private var missing: StewardError {
        StewardError(
            .notFound, "the dashboard's files are not there; set 'dashboards' to their folder", field: "dashboards")
    }

    private static func contentType(_ path: String) -> String? {
        path.lastIndex(of: ".").flatMap { types[String(path[path.index(after: $0)...]).lowercased()] }
    }

    /// Only names made of letters, digits, `-`, `_` and inner dots: no way up, nothing hidden.
    private static func isPlain(_ path: String) -> Bool {
        path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && part.first != "."
                && part.utf8.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                        true
                    default: false
                    }
                }
        }
    }
}

extension HTTPField.Name {
    fileprivate static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
}

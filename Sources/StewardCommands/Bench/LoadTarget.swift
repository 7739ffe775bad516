import Foundation
import Glibc
import StewardModel

/// The daemon under load. Plain HTTP only: TLS would measure something else.
struct LoadTarget {
    var host: String
    var port: UInt16
    var token: String?

    private init(url: String, token: String?) throws {
        guard let parts = URLComponents(string: url), parts.scheme == "http", let host = parts.host, !host.isEmpty,
            let port = UInt16(exactly: parts.port ?? 80), parts.path.isEmpty || parts.path == "/"
        else {
            throw StewardError(
                .invalidInput, "\"\(url)\" must look like http://127.0.0.1:8080, with no path", field: "--url")
        }
        if let token, token.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F }) {
            throw StewardError(.invalidInput, "a token has no spaces and no control characters", field: "--token")
        }
        self.host = host
        self.port = port
        self.token = token
    }

    /// The daemon that the options and the environment name.
    init(_ daemon: DaemonOptions, _ console: Console) throws {
        try self.init(
            url: daemon.url ?? console.environment["STEWARD_URL"] ?? DaemonOptions.defaultURL,
            token: daemon.token ?? console.environment["STEWARD_TOKEN"])
    }

    /// The start of every request's head, up to the length of its body.
    func head(of path: String, _ fields: [(name: String, value: String)]) -> [UInt8] {
        var head = "POST \(path) HTTP/1.1\r\nHost: \(host):\(port)\r\n"
        if let token { head += "Authorization: Bearer \(token)\r\n" }
        for field in fields { head += "\(field.name): \(field.value)\r\n" }
        return Array((head + "Content-Length: ").utf8)
    }

    /// A connected, non-blocking socket.
    func connect() throws -> Int32 {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let bare = host.trimmingCharacters(in: ["[", "]"])
        let status = getaddrinfo(bare, String(port), &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard status == 0, let address = list?.pointee else {
            throw StewardError(.unreachable, "\(host) has no address: \(String(cString: gai_strerror(status)))")
        }
        let descriptor = socket(address.ai_family, address.ai_socktype, address.ai_protocol)
        guard descriptor >= 0 else {
            throw StewardError(.internal, "no socket: \(Self.reason()); raise `ulimit -n` or use fewer connections")
        }
        guard Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 else {
            let reason = Self.reason()
            close(descriptor)
            throw StewardError(.unreachable, "http://\(host):\(port) cannot be reached: \(reason)")
        }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        return descriptor
    }

    static func reason() -> String { String(cString: strerror(errno)) }
}

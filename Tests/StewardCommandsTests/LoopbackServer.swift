import Foundation
import Synchronization

/// An HTTP server on a free loopback port that answers each connection with the next of its canned answers.
final class LoopbackServer: Sendable {
    enum Answer: Sendable {
        /// Sent byte by byte as it stands here; the connection is closed behind it.
        case bytes(String)
        /// The connection is closed without an answer.
        case close
        /// The connection stays open without an answer, until the server is stopped.
        case silence
    }

    let port: UInt16
    private let descriptor: Int32
    private let received = Mutex<[String]>([])
    private let held = Mutex<[Int32]>([])

    /// The requests so far, as they came.
    var requests: [String] { received.withLock { $0 } }
    var url: String { "http://127.0.0.1:\(port)" }

    init(_ answers: [Answer]) throws {
        (descriptor, port) = try Self.listen()
        let descriptor = descriptor
        Thread.detachNewThread { [self] in
            for answer in answers {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else { return }
                serve(connection, answer)
            }
        }
    }

    func stop() {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
        held.withLock { for connection in $0 { close(connection) } }
    }

    /// A loopback port on which nothing listens.
    static func unusedPort() throws -> UInt16 {
        let (descriptor, port) = try listen()
        close(descriptor)
        return port
    }

    static func answer(_ status: String, _ headers: [String] = [], _ body: String = "") -> Answer {
        let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)", "Connection: close"] + headers
        return .bytes(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    private func serve(_ connection: Int32, _ answer: Answer) {
        let request = Self.read(connection)
        received.withLock { $0.append(request) }
        switch answer {
        case .silence: held.withLock { $0.append(connection) }
        case .close: close(connection)
        case .bytes(let text):
            var text = text
            text.withUTF8 { _ = send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            close(connection)
        }
    }

    /// A whole request: its head and as much body as it announces.
    private static func read(_ connection: Int32) -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n") {
                let length = text[..<end.lowerBound].split(separator: "\r\n")
                    .first { $0.lowercased().hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) }
                if text[end.upperBound...].utf8.count >= length ?? 0 { return text }
            }
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return text }
            bytes += chunk[..<count]
        }
    }

    private static func listen() throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && Foundation.listen(descriptor, 16) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        guard descriptor >= 0, result else { throw POSIXError(.EADDRNOTAVAIL) }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }
}

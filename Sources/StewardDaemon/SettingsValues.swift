import StewardPolicy

/// Where the daemon listens.
package struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// An IPv4 or IPv6 address, or a host name; without brackets.
    package var host: String
    /// 0 lets the system choose.
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `127.0.0.1:8080`, `[::1]:8080` or `localhost:8080`; `nil` where the text is no address with a port.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard (1...5).contains(digits.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = UInt16(digits)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, !host.contains(where: { $0.isWhitespace || $0 == "[" || $0 == "]" || $0 == "/" }) else {
            return nil
        }
        self.init(host: String(host), port: Int(port))
    }

    /// Whether only this machine can reach it.
    package var isLoopback: Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

package enum LogLevel: String, Sendable, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
}

/// What an acknowledged event survives.
package enum Durability: String, Sendable, CaseIterable {
    /// The machine losing power: every commit reaches the disk first.
    case full
    /// The process being killed: commits reach the system, which writes them when it likes.
    case process
}

/// Sizes as people write them: a whole number with a unit such as `64MiB` or `500kB`, or plain bytes.
package enum ByteSizeText {
    private static let units: [(suffix: String, bytes: Int64)] = [
        ("", 1), ("B", 1), ("kB", 1000), ("KiB", 1 << 10), ("MB", 1_000_000), ("MiB", 1 << 20), ("GB", 1_000_000_000),
        ("GiB", 1 << 30),
    ]

    /// `nil` where the text is no whole number with one of these units, or does not fit.
    package static func parse(_ text: String) -> Int64? {
        let digits = text.prefix { "0" <= $0 && $0 <= "9" }
        let suffix = text[digits.endIndex...].drop { $0 == " " }
        guard let count = Int64(digits), let unit = units.first(where: { $0.suffix == suffix }) else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: unit.bytes)
        return overflow ? nil : bytes
    }

    /// In the largest binary unit that is exact.
    package static func format(_ bytes: Int64) -> String {
        for unit in units.reversed() where unit.suffix.hasSuffix("iB") && bytes != 0 && bytes % unit.bytes == 0 {
            return "\(bytes / unit.bytes)\(unit.suffix)"
        }
        return "\(bytes)B"
    }
}

extension FieldType where Value == ListenAddress {
    static let listenAddress = scalar(
        "an address with a port such as 127.0.0.1:8080, [::1]:8080, or 0.0.0.0:8080 for every network"
    ) { ListenAddress($0) }
}

extension FieldType where Value == Int64 {
    static func bytes(in range: ClosedRange<Int64>) -> FieldType {
        scalar("a size such as 64MiB", ByteSizeText.parse).checked { bytes in
            range.contains(bytes)
                ? nil
                : "must be from \(ByteSizeText.format(range.lowerBound)) to \(ByteSizeText.format(range.upperBound))"
        }
    }
}

extension FieldType where Value == String {
    /// The name of a log as signed notes (C2SP signed-note) allow it.
    static let origin = text.checked { origin in
        origin.contains { $0.isWhitespace || $0 == "+" }
            ? "must not contain spaces or +, such as steward.example.com/production" : nil
    }
}

extension FieldType where Value == Duration? {
    /// A span of time, or none.
    static func limit(in range: ClosedRange<Duration>) -> FieldType { .unlessUnlimited(.duration(in: range)) }
}

extension FieldType where Value == Int64? {
    /// A size, or none.
    static func sizeLimit(in range: ClosedRange<Int64>) -> FieldType { .unlessUnlimited(.bytes(in: range)) }
}

extension FieldType {
    fileprivate static func unlessUnlimited<Limit>(_ type: FieldType<Limit>) -> FieldType where Value == Limit? {
        FieldType { node throws(Mismatch) in
            if case .scalar(Settings.unlimited, _) = node.content { return nil }
            return try type.read(node)
        }
    }
}

import Foundation
import StewardModel

/// Where a verb writes, and what it may assume of its reader. Tests make their own.
struct Console {
    /// Results, for people and pipes.
    var output: (String) -> Void
    /// Progress, remarks and errors.
    var error: (String) -> Void
    var outputRenderer: TableRenderer
    var errorRenderer: TableRenderer
    /// Whether progress may be redrawn in place.
    var errorIsTerminal: Bool
    var environment: [String: String]
    var now: () -> Timestamp
    var sleep: (Duration) -> Void

    /// The process's own console. Colour only on a terminal, and never where NO_COLOR is set (no-color.org).
    static func live() -> Console {
        let environment = ProcessInfo.processInfo.environment
        let mayColour = environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
        return Console(
            output: { write($0, to: STDOUT_FILENO) }, error: { write($0, to: STDERR_FILENO) },
            outputRenderer: TableRenderer(colour: mayColour && isatty(STDOUT_FILENO) == 1),
            errorRenderer: TableRenderer(colour: mayColour && isatty(STDERR_FILENO) == 1),
            errorIsTerminal: isatty(STDERR_FILENO) == 1, environment: environment,
            now: { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) },
            sleep: { Thread.sleep(forTimeInterval: Double($0.wholeMicroseconds) / 1_000_000) })
    }

    /// Writes at once, without a buffer that an interrupt could lose. A reader that went away, as in `| head`, ends
    /// the program quietly.
    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
                if count > 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                } else if errno != EINTR {
                    exit(descriptor == STDOUT_FILENO && errno != EPIPE ? 1 : 0)
                }
            }
        }
    }
}

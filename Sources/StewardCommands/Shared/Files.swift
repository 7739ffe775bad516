import Foundation
import StewardModel

/// Reading and writing whole files, with errors that name the path and the reason.
enum Files {
    /// - Parameter maximumBytes: a longer file is refused before it is read.
    static func read(_ path: String, maximumBytes: Int = 1 << 20) throws -> [UInt8] {
        do {
            let url = URL(filePath: path)
            let size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
            guard size <= maximumBytes else {
                throw StewardError(
                    .tooLarge, "the file is larger than \(Humanize.bytes(Int64(maximumBytes)))", field: path)
            }
            return Array(try Data(contentsOf: url))
        } catch let error as StewardError {
            throw error
        } catch {
            throw failure("read", path, error)
        }
    }

    static func text(_ path: String) throws -> String {
        guard let text = String(validating: try read(path), as: UTF8.self) else {
            throw StewardError(.invalidInput, "the file is not UTF-8 text", field: path)
        }
        return text
    }

    /// Replaces a file in one step, so that a reader or a crash never meets half of it.
    static func write(_ bytes: [UInt8], to path: String) throws {
        do {
            try Data(bytes).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw failure("written", path, error)
        }
    }

    static func failure(_ verb: String, _ path: String, _ error: any Error) -> StewardError {
        let cause = ((error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError) ?? (error as NSError)
        let reason =
            switch (cause.domain, Int32(truncatingIfNeeded: cause.code)) {
            case (NSPOSIXErrorDomain, let code): String(cString: strerror(code)).lowercased()
            case (NSCocoaErrorDomain, 260), (NSCocoaErrorDomain, 4): "there is no such file"
            case (NSCocoaErrorDomain, 257), (NSCocoaErrorDomain, 513): "permission denied"
            default: cause.localizedDescription
            }
        return StewardError(.configuration, "cannot be \(verb): \(reason)", field: path)
    }
}

import Foundation

/// A headless Chromium that keeps to itself.
enum Browser {
    /// Opens a page, lets it work for ten seconds of its own time, and prints the document that came of it.
    static func document(
        at address: String, folder: URL, arguments: [String] = []
    ) async throws -> Program.Result {
        try await Program.run(
            try Program.find("chromium", package: "chromium"),
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-extensions", "--user-data-dir=\(folder.path)/profile", "--window-size=1400,1000",
                "--enable-logging=stderr", "--virtual-time-budget=10000", "--dump-dom",
            ] + arguments + [address], seconds: 90)
    }
}

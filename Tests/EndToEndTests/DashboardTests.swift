import Foundation
import StewardJSON
import Testing

@Suite struct DashboardTests {
    @Test func thePageMayLoadFromItsOwnHostOnly() async throws {
        try await Daemon.run { daemon in
            let page = try await Client(base: daemon.client.base).get("/")
            #expect(page.status == 200)
            #expect(page.headers["content-type"]?.hasPrefix("text/html") == true)
            let policy = try #require(page.headers["content-security-policy"])
            #expect(policy.contains("default-src 'self'") || policy.contains("default-src 'none'"), "\(policy)")
            #expect(!policy.contains("http:") && !policy.contains("https:") && !policy.contains("*"), "\(policy)")
            #expect(!policy.contains("'unsafe-inline'") && !policy.contains("'unsafe-eval'"), "\(policy)")
            for path in ["/../Package.swift", "/%2e%2e/Package.swift", "/js/../../Package.swift"] {
                #expect(try await Client(base: daemon.client.base).get(path).text.contains("swift-tools") == false)
            }
        }
    }

    @Test func aBrowserShowsTrafficWithoutErrorsOrForeignRequests() async throws {
        try await Daemon.run { daemon in
            let lines = (0..<60).map { Traffic.event(id: "d\($0)", failed: $0 % 6 == 0) }
            #expect(try await daemon.client.postEvents(lines).status == 202)
            try await withTemporaryFolder { folder in
                let network = folder.appendingPathComponent("network.json")
                let browser = try await Browser.document(
                    at: daemon.loginLink, folder: folder, arguments: ["--log-net-log=\(network.path)"])
                #expect(browser.status == 0, "\(browser)")
                #expect(browser.output.contains("support-bot"), "the page does not show the traffic")
                let console = browser.error.split(separator: "\n").filter { $0.contains("CONSOLE") }
                #expect(console.isEmpty, "the page writes to the console")

                let requests = try pageRequests(in: String(contentsOf: network, encoding: .utf8))
                let own = daemon.client.base.absoluteString + "/"
                #expect(requests.contains { $0.hasPrefix(own + "v1/") }, "no call of the API was seen")
                #expect(requests.filter { !$0.hasPrefix(own) } == [])
            }
        }
    }

    /// The addresses that a net log says a page asked for; what the browser does by itself has no initiator.
    private func pageRequests(in log: String) -> [String] {
        log.split(separator: "\n").compactMap { line in
            guard let initiator = line.firstMatch(of: /"initiator":"([^"]*)"/),
                initiator.1 != "not an origin", let url = line.firstMatch(of: /"url":"([^"]*)"/)
            else { return nil }
            return String(url.1)
        }
    }
}

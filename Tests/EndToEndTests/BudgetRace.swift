import Foundation
import FoundationNetworking
import StewardJSON
import Synchronization

/// Many connections that spend one budget, and go on after the daemon was killed under them.
final class BudgetRace: Sendable {
    struct Totals: Sendable {
        var settled = 0
        var refused = 0
        /// Refused while what was spent and held back did not reach the limit.
        var early = 0
        /// Requests sent again because the connection broke.
        var repeated = 0
    }

    /// What a request costs, in nanodollars: all of them would cost a quarter more than the dollar there is.
    let cost: Int64
    /// What is held back for each.
    var reserved: Int64 { cost * 3 }

    private let requests: Int
    private let next = Counter()
    private let client: Mutex<Client>
    private let counts = Mutex(Totals())

    init(_ client: Client, connections: Int, requests: Int) {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpMaximumConnectionsPerHost = connections
        var client = client
        client.session = URLSession(configuration: configuration)
        self.client = Mutex(client)
        self.requests = requests
        cost = 1_250_000_000 / Int64(requests)
    }

    var totals: Totals { counts.withLock { $0 } }

    /// The daemon is back, perhaps on another port.
    func `continue`(at base: URL) { client.withLock { $0.base = base } }

    /// One connection: takes requests until there are none left.
    func run() async throws {
        while true {
            let number = next.increment()
            guard number <= requests else { return }
            let id = "r\(number)"
            let answer = try await send(
                "reserve",
                "{\"id\":\"\(id)\",\"deployment\":\"bot\",\"version\":\"v1\",\"amount_nanodollars\":\(reserved)}")
            if answer.status == 402 {
                let details = try answer.json()
                let held = (details["spent_nanodollars"]?.int64 ?? 0) + (details["reserved_nanodollars"]?.int64 ?? 0)
                counts.withLock { counts in
                    counts.refused += 1
                    if held < 1_000_000_000 { counts.early += 1 }
                }
                continue
            }
            guard answer.status == 200 else { throw Failure("\(answer)") }
            let dollars = "0." + String(String(1_000_000_000 + cost).dropFirst())
            let settled = try await send("settle", "{\"reservation\":\"\(id)\",\"cost_usd\":\"\(dollars)\"}")
            // Settled just before the kill: its event is there, and its reservation is not any more.
            guard settled.status == 200 || settled.status == 404 else { throw Failure("\(settled)") }
            counts.withLock { $0.settled += 1 }
        }
    }

    /// Sends until there is an answer.
    private func send(_ verb: String, _ body: String) async throws -> Client.Answer {
        for _ in 0..<2000 {
            let client = client.withLock { $0 }
            do { return try await client.post("/v1/budgets/one-dollar/\(verb)", body) } catch is URLError {
                counts.withLock { $0.repeated += 1 }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        throw Failure("the daemon does not answer")
    }
}

import Foundation
import StewardCurl
import StewardJSON
import StewardModel
import StewardPolicy

/// Asks every request of a suite both ways, no faster than allowed and no more than paid for, and keeps each answer in
/// a file, so that a run that was stopped goes on where it was.
struct ProbeRun {
    let suite: ProbeSuite
    let url: String
    let model: String
    let key: String?
    /// Requests this run may send.
    let budget: Int
    let requestsPerSecond: Double
    let state: String

    /// A failed request is tried this often, later each time.
    private static let attempts = 4

    /// The answers by `PAIR first` and `PAIR second`.
    func answers(_ client: HTTPClient, _ console: Console) throws -> [String: String] {
        var answers = try load()
        let questions =
            suite.pairs.flatMap { [("\($0.id) first", $0.first), ("\($0.id) second", $0.second)] }
            + suite.asked.map { ($0.id, $0.text) }
        let open = questions.filter { answers[$0.0] == nil }
        var next = Date()
        for (index, (id, text)) in open.prefix(budget).enumerated() {
            if next > Date() { Thread.sleep(until: next) }
            next = max(next, Date()).addingTimeInterval(1 / requestsPerSecond)
            let answer = try ask(text, client)
            answers[id] = answer
            try keep(id, answer)
            console.error(progress(questions.count - open.count + index + 1, of: questions.count))
        }
        if !open.isEmpty { console.error("\n") }
        return answers
    }

    private func progress(_ done: Int, of all: Int) -> String {
        let filled = done * 24 / max(1, all)
        let left = Double(all - done) / requestsPerSecond
        return "\r▕" + String(repeating: "█", count: filled) + String(repeating: " ", count: 24 - filled)
            + "▏ \(done) of \(all) answers, \(Humanize.duration(seconds: Int64(left.rounded(.up)))) left   "
    }

    private func ask(_ text: String, _ client: HTTPClient) throws -> String {
        var messages: [JSONValue] = [["role": "user", "content": .string(text)]]
        if let system = suite.system { messages.insert(["role": "system", "content": .string(system)], at: 0) }
        let body: JSONValue = [
            "model": .string(model), "messages": .array(messages), "temperature": .integer(0),
            "max_tokens": .integer(suite.maximumTokens),
        ]
        var headers = [HTTPHeader("Content-Type", "application/json")]
        if let key { headers.append(HTTPHeader("Authorization", "Bearer \(key)")) }
        let request = HTTPRequest(
            "POST", url + "/chat/completions", headers: headers, body: body.text, timeoutMilliseconds: 120_000,
            maximumResponseBytes: 8 << 20)
        for attempt in 1... {
            let response = try client.send(request)
            if response.isSuccess {
                let json = try DaemonClient.json(response.body, from: url)
                let message = json["choices"]?.array?.first?["message"]
                return message?["content"]?.string ?? message?["refusal"]?.string ?? ""
            }
            let mayPass = response.status == 429 || response.status >= 500
            guard mayPass, attempt < Self.attempts else {
                throw StewardError(
                    .refused,
                    "the endpoint answered \(response.status); what was answered so far is in \(state), and "
                        + "the same command goes on from there", field: "--endpoint")
            }
            Thread.sleep(forTimeInterval: Double(min(response.retryAfterSeconds ?? 1 << attempt, 60)))
        }
        throw StewardError(.internal, "no attempt was made")
    }

    // MARK: - State

    /// Answers to another suite, model or endpoint must not be mixed in.
    private var heading: String {
        let text: JSONValue = [
            "suite": .string(suite.name), "model": .string(model), "endpoint": .string(url),
            "questions": .integer(Int64(suite.pairs.count + suite.asked.count)),
        ]
        return String(decoding: text.canonical, as: UTF8.self)
    }

    private func load() throws -> [String: String] {
        guard FileManager.default.fileExists(atPath: state) else {
            try Files.write(Array((heading + "\n").utf8), to: state)
            return [:]
        }
        let bytes = try Files.read(state, maximumBytes: 256 << 20)
        let lines = bytes.split(separator: 0x0A)
        guard let first = lines.first, String(decoding: first, as: UTF8.self) == heading else {
            throw StewardError(
                .invalidInput, "holds answers to another suite, model or endpoint; name another file",
                field: "--state \(state)")
        }
        var answers: [String: String] = [:]
        // The last line may be half written; then its question is asked again.
        for line in lines.dropFirst() {
            guard let json = try? JSONValue(parsing: Array(line)), let id = json["id"]?.string,
                let answer = json["answer"]?.string
            else { continue }
            answers[id] = answer
        }
        return answers
    }

    private func keep(_ id: String, _ answer: String) throws {
        let line: JSONValue = ["id": .string(id), "answer": .string(answer)]
        guard let file = FileHandle(forWritingAtPath: state) else {
            throw StewardError(.configuration, "cannot be written", field: state)
        }
        defer { try? file.close() }
        try file.seekToEnd()
        try file.write(contentsOf: Data([0x0A] + line.canonical + [0x0A]))
    }
}

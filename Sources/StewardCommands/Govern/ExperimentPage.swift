import StewardJSON
import StewardModel

/// An experiment as a page: the answer first, then whether it may be believed, then every number behind it.
struct ExperimentPage {
    let answer: JSONValue
    /// Light and as wide as paper, whatever the reader's screen likes.
    var isForPaper = false
    let now: Timestamp

    var html: String {
        let title = HTMLText.escape(design.text("name"))
        return """
            <!DOCTYPE html>
            <html lang="en"\(isForPaper ? " class=\"paper\"" : "")>
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Experiment \(title)</title>
            <style>
            \(FairnessPage.style)
            </style>
            </head>
            <body>
            <header>
            <p class="kind">Experiment</p>
            <h1>\(title)</h1>
            \(question)
            <div class="verdict \(state.style)">
            <p class="word">\(HTMLText.escape(state.word))</p>
            <p>\(HTMLText.escape(answer.text("sentence")))</p>
            \(outcome)
            </div>
            \(facts)
            </header>
            \([sampleRatio, primary, guardrails, segments, weights, looks, method].joined(separator: "\n"))
            </body>
            </html>

            """
    }

    var design: JSONValue { answer["design"] ?? .null }
    var control: String { design.rows("arms").first?.text("version") ?? Humanize.absent }
    var metric: String {
        let primary = design.text("primary")
        return design["threshold"]?.double.map { "share of requests with \(primary) beyond \(Humanize.number($0))" }
            ?? primary
    }

    private var question: String {
        design["question"]?.string.map { "<p>\(HTMLText.escape($0))</p>" } ?? ""
    }

    // MARK: - The answer first

    private var state: (word: String, style: String) {
        let version = answer["verdict"]?["version"]?.string ?? ""
        switch (answer["verdict"]?["kind"]?.string, answer.text("phase")) {
        case ("winner", _): return ("\(version) is better", "pass")
        case ("harm", _): return ("Stopped: \(version) does harm", "fail")
        case ("no_difference", _): return ("No difference found", "insufficient")
        case (_, "concluded"): return ("Ended without a verdict", "insufficient")
        case (_, "superseded"): return ("Ended from elsewhere, without a verdict", "insufficient")
        default:
            return answer["sample_ratio"]?["mismatch"]?.bool == true
                ? ("Not to be believed yet", "fail") : ("No verdict yet", "insufficient")
        }
    }

    /// What happened to the route.
    private var outcome: String {
        let words: String
        switch answer.text("phase") {
        case "harmed": words = "Everybody is back on what served before."
        case "concluded":
            words =
                answer["outcome"]?.string.map { "Everybody went to \($0)." }
                ?? "Everybody went back to what served before."
        case "superseded": words = "Somebody changed the route in another way."
        case "decided": words = "The split stays until somebody concludes it."
        default: words = "It is under way; this page shows \(Self.second(now.rfc3339))."
        }
        return "<p>\(HTMLText.escape(words))</p>"
    }

    private var facts: String {
        var facts: [(String, String)] = [
            ("Deployment", "\(answer.text("deployment")), \(answer.text("environment"))"),
            (
                "Versions",
                design.rows("arms").map { $0.text("version") }.joined(separator: ", ") + "; \(control) is the control"
            ),
            ("Unit", design["unit"]?.string ?? "the targeting key"),
            ("Better is", "\(design.text("better")) \(metric)"),
            ("Rule", rule),
            ("Began", step(answer.text("started"), answer.text("started_by"), answer["start_record"])),
        ]
        for (name, key) in [("Decided", "decided"), ("Ended", "concluded")] {
            guard let moment = answer[key], !moment.isNull else { continue }
            let by = moment["by"] ?? .null
            let isOwn = by.text("kind") == "policy" && by.text("name") == design.text("name")
            let actor = isOwn ? "its own rule" : by["owner"]?.string ?? by.text("name")
            facts.append((name, step(moment.text("time"), actor, moment["record"])))
        }
        if let reason = answer["reason"]?.string { facts.append(("Reason", reason)) }
        let rows = facts.map { "<dt>\(HTMLText.escape($0.0))</dt><dd>\(HTMLText.escape($0.1))</dd>" }
        return "<dl>\n\(rows.joined(separator: "\n"))\n</dl>"
    }

    private var rule: String {
        let alpha = Humanize.number(design["alpha"]?.double ?? 0)
        let least = ExperimentText.count(design["minimum_sample"])
        guard let most = design["maximum_sample"]?.int64 else {
            return "a confidence sequence at α = \(alpha), from \(least) observations on"
        }
        let spending =
            switch design.text("spending") {
            case "obrien_fleming": "O’Brien and Fleming’s"
            case "pocock": "Pocock’s"
            default: "the power"
            }
        let looks = Humanize.count(design["looks"]?.int64 ?? 1, "look")
        return "\(looks) up to \(Humanize.count(most)) observations at α = \(alpha), spent by \(spending) function"
    }

    private func step(_ time: String, _ who: String, _ record: JSONValue?) -> String {
        "\(Self.second(time)), by \(who), audit record \(record?.int64.map { String($0) } ?? Humanize.absent)"
    }

    static func second(_ text: String) -> String {
        Timestamp(rfc3339: text).map { Timestamp(seconds: $0.seconds).rfc3339 } ?? text
    }
}

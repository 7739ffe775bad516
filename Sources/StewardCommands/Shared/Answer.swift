import StewardJSON
import StewardModel

/// Reading an answer of the API into cells. What is absent, or of another kind than expected, is shown as `–`.
extension JSONValue {
    func rows(_ name: String) -> [JSONValue] { self[name]?.array ?? [] }

    func text(_ name: String) -> String { self[name]?.string ?? Humanize.absent }

    func cell(_ name: String, _ tone: Tone = .plain) -> Cell { Cell(text(name), tone) }

    func count(_ name: String) -> Cell {
        Cell(self[name]?.int64.map { Humanize.count($0) } ?? Humanize.absent)
    }

    func time(_ name: String) -> Timestamp? { self[name]?.string.flatMap { Timestamp(rfc3339: $0) } }

    func ago(_ name: String, _ page: Page) -> Cell {
        Cell(time(name).map { Humanize.ago($0, now: page.now) } ?? Humanize.absent)
    }

    func latency(_ name: String) -> Cell {
        Cell(self[name]?.double.map { Humanize.latency(seconds: $0) } ?? Humanize.absent)
    }

    /// The amount of `cost_nanodollars`; `nil` is no price, which is not $0.
    func cost(places: Int) -> Cell {
        guard let amount = self["cost_nanodollars"]?.int64 else { return Cell("no price", .warning) }
        return Cell(Humanize.dollars(Nanodollars(amount), places: places))
    }

    /// `v2 90% · v1 10%`, weights as shares of their sum.
    var targets: Cell {
        let targets = rows("targets")
        let total = targets.reduce(0.0) { $0 + ($1["weight"]?.double ?? 0) }
        guard total > 0 else { return Cell("no version", .warning) }
        if targets.count == 1, let only = targets.first { return only.cell("version") }
        return Cell(
            targets.map { target in
                let share = (target["weight"]?.double ?? 0) / total * 100
                return "\(target.text("version")) \(Humanize.number(share))%"
            }.joined(separator: " · "))
    }
}

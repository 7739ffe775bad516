import ArgumentParser
import StewardModel
import StewardWire

/// A provider's invoice: what was billed a day and model.
struct Invoice {
    struct Key: Hashable {
        var day: String
        var model: String
    }

    struct Sums {
        var cost = Nanodollars.zero
        /// `nil` where the invoice does not say.
        var inputTokens: Int64?
        var outputTokens: Int64?
    }

    private(set) var lines: [Key: Sums] = [:]

    private static let known: [String: [String]] = [
        "date": ["date", "day", "usage_date", "usage_date_utc", "chargeperiodstart", "timestamp", "start_time"],
        "model": ["model", "model_version", "skuid", "sku", "line_item", "snapshot_id", "servicename"],
        "cost": ["cost", "cost_usd", "amount", "amount_usd", "amount_value", "billedcost", "total", "price"],
        "input_tokens": ["input_tokens", "prompt_tokens", "n_context_tokens_total"],
        "output_tokens": ["output_tokens", "completion_tokens", "n_generated_tokens_total"],
    ]

    /// `date=…,model=…` as a mapping.
    static func columns(_ text: String?) throws -> [String: String] {
        var columns: [String: String] = [:]
        for pair in (text ?? "").split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, known[parts[0]] != nil else {
                throw ValidationError("--columns must be like date=NAME,model=NAME,cost=NAME.")
            }
            columns[parts[0]] = parts[1]
        }
        return columns
    }

    init(_ bytes: [UInt8], columns: [String: String]) throws {
        var reader = CSVReader()
        let rows = try reader.read(bytes) + reader.finish()
        let header = (reader.header ?? []).map { $0.lowercased() }
        func position(_ meaning: String) -> Int? {
            let names = columns[meaning].map { [$0.lowercased()] } ?? Self.known[meaning] ?? []
            return names.lazy.compactMap { header.firstIndex(of: $0) }.first
        }
        guard let date = position("date"), let model = position("model"), let cost = position("cost") else {
            throw StewardError(
                .invalidInput, "the invoice needs columns for date, model and cost; name them with --columns",
                field: "columns")
        }
        let (input, output) = (position("input_tokens"), position("output_tokens"))
        for row in rows {
            func field(_ index: Int) -> String { index < row.fields.count ? row.fields[index] : "" }
            let day = String(field(date).prefix(10))
            let text = field(cost).filter { $0 != "$" && $0 != "," }
            guard Timestamp(rfc3339: day + "T00:00:00Z") != nil else {
                throw StewardError(.invalidInput, "has no day such as 2026-11-21", field: "line \(row.line)")
            }
            guard let amount = Nanodollars.fixedPoint(text, places: 9) else {
                throw StewardError(
                    .invalidInput, "has no amount in dollars with at most nine decimals", field: "line \(row.line)")
            }
            var sums = lines[Key(day: day, model: field(model))] ?? Sums()
            sums.cost += Nanodollars(amount)
            if let tokens = input.flatMap({ Int64(field($0)) }) { sums.inputTokens = (sums.inputTokens ?? 0) + tokens }
            if let tokens = output.flatMap({ Int64(field($0)) }) {
                sums.outputTokens = (sums.outputTokens ?? 0) + tokens
            }
            lines[Key(day: day, model: field(model))] = sums
        }
    }
}

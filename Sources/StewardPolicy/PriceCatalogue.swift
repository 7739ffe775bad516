import StewardModel

/// Every price list, compiled for one dictionary look-up an event.
package struct PriceCatalogue: Sendable {
    /// One provider's offer of one model.
    private struct Offer: Sendable {
        var provider: String
        var providerAliases: [String]
        var file: String
        var dated: Bool
        var periods: [PriceList.Period]

        func isFrom(_ name: String) -> Bool { provider == name || providerAliases.contains(name) }
    }

    private var offers: [String: [Offer]] = [:]
    /// How many models are listed; aliases do not count.
    package private(set) var models = 0
    /// The latest version of the lists, such as `2026-11-21`; empty without lists.
    package private(set) var version = ""

    /// A catalogue without prices: every event stays unpriced.
    package static let empty = PriceCatalogue()

    private init() {}

    /// Reads all price lists, or says everything that is wrong with them.
    package static func load(files: [(path: String, text: String)]) -> Result<PriceCatalogue, Problems> {
        var catalogue = PriceCatalogue()
        var problems: [Problem] = []
        for file in files.sorted(by: { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }) {
            switch PolicyDocument.parse(file: file.path, text: file.text) {
            case .failure(let found): problems += found.all
            case .success(.prices(let list)): problems += catalogue.add(list, file: file.path)
            case .success(let other):
                let kind = other.kindName
                let message = "is a \(kind) policy; policies/prices is for price lists, so move it to policies/\(kind)"
                problems.append(Problem(file: file.path, message: message))
            }
        }
        return problems.isEmpty ? .success(catalogue) : .failure(Problems(problems))
    }

    /// What an event cost; `nil` when that cannot be known, which is never the same as nothing.
    ///
    /// - A `provider` must be one that lists the model, by name or alias; without one, just one provider may list it.
    /// - A `model` is found by its name or a listed alias. A name with a date behind it is found without its date only
    ///   where the list says `dated: true`; no other part of a name is ever guessed away.
    /// - `time` picks the period; before the first one there is no price.
    /// - ``Rates/cost(of:)`` says when usage has a price.
    package func price(provider: String?, model: String, usage: Usage?, at time: Timestamp) -> Nanodollars? {
        guard let usage, let offer = offer(provider: provider, model: model) else { return nil }
        let period = offer.periods.last { period in period.from.map { $0 <= time } ?? true }
        return period?.rates.cost(of: usage)
    }

    private func offer(provider: String?, model: String) -> Offer? {
        if let listed = offers[model] { return Self.choose(listed, provider: provider) { _ in true } }
        guard let base = Self.withoutDate(model), let listed = offers[base] else { return nil }
        return Self.choose(listed, provider: provider, where: \.dated)
    }

    private static func choose(
        _ offers: [Offer], provider: String?, where mayServe: (Offer) -> Bool
    ) -> Offer? {
        if let provider { return offers.first { $0.isFrom(provider) && mayServe($0) } }
        guard offers.count == 1, let only = offers.first, mayServe(only) else { return nil }
        return only
    }

    /// The name without `-2026-11-21` or `-20261121` at its end; `nil` where no such date stands there.
    private static func withoutDate(_ model: String) -> String? {
        let bytes = model.utf8
        for length in [11, 9] where bytes.count > length {
            let start = bytes.index(bytes.endIndex, offsetBy: -length)
            if isDate(bytes[start...], separated: length == 11) { return String(model[..<start]) }
        }
        return nil
    }

    /// Whether bytes are a dash, a year, a month from 1 to 12 and a day from 1 to 31.
    private static func isDate(_ bytes: Substring.UTF8View, separated: Bool) -> Bool {
        var number = 0
        for (position, byte) in bytes.enumerated() {
            if position == 0 || separated && (position == 5 || position == 8) {
                guard byte == UInt8(ascii: "-") else { return false }
            } else {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return false }
                number = number * 10 + Int(byte - UInt8(ascii: "0"))
            }
        }
        return (1...12).contains(number / 100 % 100) && (1...31).contains(number % 100)
    }

    private mutating func add(_ list: PriceList, file: String) -> [Problem] {
        var problems: [Problem] = []
        for model in list.models {
            let offer = Offer(
                provider: list.provider, providerAliases: list.providerAliases, file: file, dated: model.dated,
                periods: model.periods)
            for name in [model.name] + model.aliases {
                let names = [list.provider] + list.providerAliases
                if let owner = offers[name]?.first(where: { names.contains(where: $0.isFrom) }) {
                    let message =
                        "the model name \(name) is listed twice for \(list.provider)"
                        + (owner.file == file ? "" : ", also in \(owner.file)") + "; keep one"
                    problems.append(Problem(file: file, line: model.line, column: model.column, message: message))
                } else {
                    offers[name, default: []].append(offer)
                }
            }
            models += 1
        }
        version = max(version, list.version)
        return problems
    }
}

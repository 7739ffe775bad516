import StewardModel

/// What a price is asked for.
package struct PriceQuestion: Sendable {
    package var provider: String?
    package var model: String
    package var usage: Usage?
    package var tier = ServiceTier.standard
    package var time: Timestamp
    /// Whose event it is, for agreements.
    package var series: SeriesKey?
    package var team: String?

    package init(provider: String?, model: String, usage: Usage?, time: Timestamp) {
        self.provider = provider
        self.model = model
        self.usage = usage
        self.time = time
    }
}

/// Every price list, compiled for two dictionary look-ups an event.
package struct PriceCatalogue: Sendable {
    private var general = PriceTable()
    /// In the order of their files; the first that lists the model and applies decides.
    private var agreements: [(terms: PriceList.Agreement, table: PriceTable)] = []
    /// How many models are listed; aliases do not count.
    package private(set) var models = 0
    /// The latest version of the lists, such as `2026-11-21`; empty without lists.
    package private(set) var version = ""
    /// Of one line `<digest>  <path>` for each file, sorted by path.
    package private(set) var digest = ""

    /// A catalogue without prices: every event stays unpriced.
    package static let empty = PriceCatalogue()

    private init() {}

    /// Reads all price lists, or says everything that is wrong with them.
    ///
    /// `digest` is the digest function, such as SHA-256 in hexadecimal.
    package static func load(
        files: [(path: String, text: String)], digest: ([UInt8]) -> String = { _ in "" }
    ) -> Result<PriceCatalogue, Problems> {
        var catalogue = PriceCatalogue()
        var problems: [Problem] = []
        var listing = ""
        for file in files.sorted(by: { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }) {
            switch PolicyDocument.parse(file: file.path, text: file.text) {
            case .failure(let found): problems += found.all
            case .success(.prices(let list)): problems += catalogue.add(list, file: file.path)
            case .success(let other):
                let kind = other.kindName
                let message = "is a \(kind) policy; policies/prices is for price lists, so move it to policies/\(kind)"
                problems.append(Problem(file: file.path, message: message))
            }
            listing += "\(digest(Array(file.text.utf8)))  \(file.path)\n"
        }
        catalogue.digest = digest(Array(listing.utf8))
        return problems.isEmpty ? .success(catalogue) : .failure(Problems(problems))
    }

    private mutating func add(_ list: PriceList, file: String) -> [Problem] {
        models += list.models.count
        version = max(version, list.version)
        guard let terms = list.agreement else { return general.add(list, file: file) }
        var table = PriceTable()
        let problems = table.add(list, file: file)
        agreements.append((terms, table))
        return problems
    }

    /// What an event cost; `nil` when that cannot be known, which is never the same as nothing.
    ///
    /// - A `provider` must be one that lists the model, by name or alias. Without one, the model's maker is meant, or
    ///   the one provider that lists it.
    /// - A `model` is found by its name or a listed alias. A name with a date behind it is found without its date only
    ///   where the list says `dated: true`; no other part of a name is ever guessed away.
    /// - `time` picks the period; before the first one there is no price. A tier that is not listed has none either.
    /// - ``UsageBuckets`` and ``Rates/cost(of:)`` say when usage has a price.
    package func price(_ question: PriceQuestion) -> Nanodollars? {
        guard let usage = question.usage, let buckets = UsageBuckets(usage) else { return nil }
        return rates(question, inputTokens: buckets.inputTokens)?.cost(of: buckets)
    }

    /// The rates that hold for a question, for an input of that length.
    package func rates(_ question: PriceQuestion, inputTokens: Int64) -> Rates? {
        guard let offer = offer(question) else { return nil }
        let period = offer.periods.last { period in period.from.map { $0 <= question.time } ?? true }
        return period?.rates.schedule(question.tier, at: question.time)?.rates(inputTokens: inputTokens)
    }

    private func offer(_ question: PriceQuestion) -> PriceTable.Offer? {
        for agreement in agreements {
            guard let series = question.series, agreement.terms.applies(to: series, team: question.team),
                let offer = agreement.table.offer(provider: question.provider, model: question.model)
            else { continue }
            return offer
        }
        return general.offer(provider: question.provider, model: question.model)
    }
}

import StewardJSON
import StewardModel

/// One file of `policies/prices`: what one provider charges for its models, and since when.
package struct PriceList: Sendable, Equatable {
    package var provider: String
    /// Other names under which events may state the provider.
    package var providerAliases: [String]
    /// The day the figures were checked, as `2026-11-21`.
    package var version: String
    /// Where the figures come from, in plain words.
    package var source: String
    /// Whether this provider makes its models: its prices hold for events that name no provider.
    package var isMaker: Bool
    /// When set, the list is an agreement that goes before the general lists for what it applies to.
    package var agreement: Agreement?
    package var models: [Model]

    /// Whose events an agreement is about.
    package struct Agreement: Sendable, Equatable {
        package var deployments: [Glob]
        package var versions: [Glob]
        package var teams: [Glob]

        package func applies(to series: SeriesKey, team: String?) -> Bool {
            deployments.contains { $0.matches(series.deployment) } && versions.contains { $0.matches(series.version) }
                && (teams.isEmpty || team.map { team in teams.contains { $0.matches(team) } } ?? false)
        }
    }

    package struct Model: Sendable, Equatable {
        package var name: String
        package var aliases: [String]
        /// Whether a name with a date behind it (`-2026-11-21` or `-20261121`) has these prices too.
        package var dated: Bool
        /// In the order of time; each ends where the next begins.
        package var periods: [Period]
        /// Where the model stands, for problems that only show when files meet.
        package var line: Int
        package var column: Int
    }

    package struct Period: Sendable, Equatable {
        /// `nil`: since ever.
        package var from: Timestamp?
        package var rates: TierRates
    }

    init?(reading reader: inout MappingReader, file: String) {
        let provider = reader.required("provider", .name)
        let providerAliases = reader.optional("provider_aliases", .list(of: .name)) ?? []
        let version = reader.required("version", Self.day)
        let source = reader.required("source", .text)
        let isMaker = reader.optional("maker", .bool, default: false)
        let agreement = reader.mapping("agreement", Self.agreement)
        let models = reader.mappings("models") { name, reader in Self.model(name, &reader) }
        guard let provider, let version, let source else { return nil }
        self.provider = provider
        self.providerAliases = providerAliases
        self.version = version
        self.source = source
        self.isMaker = isMaker
        self.agreement = agreement
        self.models = models
    }

    private static let day = FieldType<String>.scalar("a day such as 2026-11-21", schema: ["type": "string"]) { text in
        text.utf8.count == 10 && Timestamp(rfc3339: text + "T00:00:00Z") != nil ? text : nil
    }

    private static let instant = FieldType<Timestamp>.scalar(
        "a day such as 2026-11-21, or an RFC 3339 time", schema: ["type": "string"]
    ) { text in
        Timestamp(rfc3339: text.utf8.count == 10 ? text + "T00:00:00Z" : text)
    }

    private static func agreement(_ reader: inout MappingReader) -> Agreement? {
        let any = [Glob("*")]
        return Agreement(
            deployments: reader.optional("deployments", .list(of: .glob), default: any),
            versions: reader.optional("versions", .list(of: .glob), default: any),
            teams: reader.optional("teams", .list(of: .glob)) ?? [])
    }

    private static func model(_ name: String, _ reader: inout MappingReader) -> Model? {
        let aliases = reader.optional("aliases", .list(of: .text)) ?? []
        let dated = reader.optional("dated", .bool, default: false)
        var latest: Timestamp?
        var isFirst = true
        let periods = reader.list("periods") { reader -> Period? in
            let from = reader.optional("from", instant)
            if !isFirst, !reader.contains("from") {
                reader.report(reader.place, "`from` is missing; only the first period may begin with time itself")
            }
            if let from, let latest, from <= latest {
                reader.report(reader.place(of: "from"), "`from` must be later than that of the period before")
            }
            isFirst = false
            latest = from ?? latest
            return TierRates(reading: &reader).map { Period(from: from, rates: $0) }
        }
        let place = reader.place
        return Model(
            name: name, aliases: aliases, dated: dated, periods: periods, line: place.line, column: place.column)
    }
}

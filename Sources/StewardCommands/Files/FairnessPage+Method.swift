import StewardStatistics

extension FairnessPage {
    /// The tables that Local Law 144 wants published.
    var localLaw144Section: String {
        guard !localLaw144.isEmpty else { return "" }
        let excluded =
            excludedBelowShare.map {
                "Categories below \(FairnessReport.percent($0)) of the data are left out of the impact ratios, because "
                    + "a rate of so few people would set the mark for all; their numbers are shown all the same."
            } ?? "No category is left out for being small."
        let tables = localLaw144.map { table in
            Self.table(
                caption: Self.sentenceCase(FairnessReport.basisWords(table.basis))
                    + " by \(FairnessReport.name(table.attributes)). "
                    + "Applicants of unknown category, not included: \(Humanize.count(table.unknown)).",
                ["Category", "Applicants", "Share", "Rate", "Impact ratio"],
                table.categories.prefix(Self.maximumGroups).map { category in
                    [
                        GroupTable.label(category.category), Humanize.count(category.applicants),
                        Humanize.share(category.share), Self.decimal(category.rate.rate),
                        category.impactRatio.map { Humanize.decimal($0, places: 2) }
                            ?? (category.isExcluded ? "left out" : Humanize.absent),
                    ]
                })
        }
        return """
            <section>
            <h2>New York City Local Law 144</h2>
            <p>The impact ratio is a category’s rate over that of the category with the highest rate. The scoring rate \
            is the share that scored above the median of the whole sample. The law asks for these numbers to be \
            published and names no threshold. \(excluded)</p>
            \(tables.joined(separator: "\n"))
            </section>
            """
    }

    /// What the audit cannot know.
    private var reach: String {
        switch source {
        case .file:
            "The audit knows what the file says. Who is not in the file, and which groups were not asked about, it "
                + "cannot know."
        case .counts:
            "The audit knows the events that were sent and the groups they named. Decisions that nobody sent, "
                + "attributes that no policy declared when a decision arrived, and truths that were never told, it "
                + "cannot know."
        }
    }

    private var looks: String {
        rules.contains(where: \.isContinuous)
            ? "Rules that are watched use intervals that hold at every moment together, however often one looks; the "
                + "others are for one look at the data."
            : "They are for one look at the data."
    }

    var method: String {
        let rule = rules.first
        let correction = rule?.correction.words ?? "no correction"
        let interval = FairnessReport.percent(confidence)
        return """
            <section class="method">
            <h2>Method</h2>
            <ul>
            <li>Intervals are two-sided at \(interval): Wilson’s for a rate, Newcombe’s for a difference, and for a \
            ratio the one that follows from the two Wilson intervals in the same way. \(looks)</li>
            <li><strong>Fail</strong> means that the interval of a group, widened by \(correction) for the number of \
            comparisons, lies wholly beyond the bound. An impact ratio fails where a \
            group is shown to lie below the bound beside any other, and all pairs count as compared.</li>
            <li><strong>Pass</strong> means that the intervals of all groups lie wholly within the bound. Everything \
            else is <strong>insufficient evidence</strong>; so is a group with a denominator below \
            \(Humanize.count(rule?.minimumTrials ?? 0)) or, for a ratio, a numerator below \
            \(Humanize.count(rule?.minimumSuccesses ?? 0)).</li>
            <li>A rate without a denominator is shown as \(Humanize.absent), never as 0.</li>
            <li>Shrunken rates are means of a beta law fitted to all groups and updated with each group’s own count; \
            no verdict rests on them.</li>
            </ul>
            <h2>Limits</h2>
            <ul>
            <li>Decisions are taken to be independent of each other. Several decisions about one person, or about one \
            household, make the intervals too narrow.</li>
            <li>A difference between groups is a fact about outcomes; it does not say why. Groups may differ in what \
            the decision rightly depends on, and equal rates may hide unequal treatment.</li>
            <li>Measures can contradict each other: where base rates differ, no imperfect model has equal error rates \
            and equal predictive values at once.</li>
            <li>\(reach) Whether the law is kept is for a lawyer to say.</li>
            </ul>
            </section>
            """
    }

    static let style = """
        :root { color-scheme: light dark;
          --ink: #1b1f24; --faint: #59636e; --line: #d1d9e0; --paper: #ffffff; --band: #f6f8fa;
          --pass: #1a7f37; --fail: #c2242e; --insufficient: #8a5a00; --mark: #0b5cad; }
        @media (prefers-color-scheme: dark) {
          :root:not(.paper) { --ink: #e6edf3; --faint: #9198a1; --line: #3d444d; --paper: #0d1117; --band: #151b23;
            --pass: #4ac26b; --fail: #ff7b72; --insufficient: #e3b341; --mark: #79b8ff; }
        }
        * { box-sizing: border-box; }
        body { margin: 2.5rem auto; max-width: 62rem; padding: 0 1.25rem; color: var(--ink); background: var(--paper);
          font: 16px/1.55 system-ui, sans-serif; }
        .paper body { max-width: 180mm; }
        h1 { margin: 0 0 1rem; font-size: 1.9rem; line-height: 1.2; overflow-wrap: anywhere; }
        h2 { margin: 2.75rem 0 0.75rem; font-size: 1.35rem; overflow-wrap: anywhere; }
        h3 { margin: 1.75rem 0 0.5rem; font-size: 1.05rem; }
        p { margin: 0.4rem 0; }
        .kind { margin: 0; color: var(--faint); font-size: 0.85rem; letter-spacing: 0.06em; text-transform: uppercase; }
        .verdict, .rule { border-left: 0.3rem solid var(--state); background: var(--band); }
        .verdict { padding: 0.9rem 1.2rem; }
        .rule { margin: 0.6rem 0; padding: 0.35rem 1rem; }
        .word { color: var(--state); font-size: 1.5rem; font-weight: 650; line-height: 1.2; }
        .tag { display: inline-block; margin-right: 0.4rem; padding: 0 0.5rem; border: 1px solid var(--state);
          border-radius: 1rem; color: var(--state); font-size: 0.85rem; font-weight: 600; }
        .pass { --state: var(--pass); } .fail { --state: var(--fail); } .insufficient { --state: var(--insufficient); }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1.5rem; margin: 1.25rem 0 0; }
        dt { color: var(--faint); }
        dd { margin: 0; overflow-wrap: anywhere; }
        .note { color: var(--faint); font-size: 0.9rem; }
        .scroll { overflow-x: auto; }
        table { width: 100%; margin: 1rem 0 0.5rem; border-collapse: collapse; font-size: 0.88rem;
          font-variant-numeric: tabular-nums; }
        caption { padding-bottom: 0.5rem; color: var(--faint); text-align: left; }
        th, td { padding: 0.35rem 0.55rem; border-bottom: 1px solid var(--line); text-align: right;
          vertical-align: baseline; }
        thead th { color: var(--faint); font-weight: 600; vertical-align: bottom; border-bottom-color: var(--faint); }
        th:first-child { text-align: left; overflow-wrap: break-word; unicode-bidi: isolate; }
        td small { color: var(--faint); white-space: nowrap; }
        .verdict ul { margin: 0.5rem 0 0; padding-left: 1.2rem; }
        figure { margin: 1rem 0; }
        figcaption { color: var(--faint); font-size: 0.9rem; }
        svg { display: block; width: 100%; height: auto; font: 13px system-ui, sans-serif; }
        svg text { fill: var(--ink); } svg .tick { fill: var(--faint); font-size: 11px; }
        svg .grid { stroke: var(--line); } svg .bound { stroke: var(--fail); stroke-dasharray: 5 4; stroke-width: 1.5; }
        svg .allowed { fill: var(--pass); opacity: 0.09; }
        svg .mark { stroke: var(--mark); fill: var(--mark); }
        svg .pass { stroke: var(--pass); fill: var(--pass); } svg .fail { stroke: var(--fail); fill: var(--fail); }
        svg .insufficient { stroke: var(--insufficient); fill: var(--insufficient); }
        svg line { stroke-width: 2; } svg line.grid { stroke-width: 1; }
        .method { font-size: 0.93rem; } .method li { margin: 0.3rem 0; }
        @page { size: A4; margin: 16mm 15mm; }
        @media print {
          :root { color-scheme: light; --ink: #000000; --faint: #444444; --line: #bbbbbb; --paper: #ffffff;
            --band: #f4f4f4; --pass: #116329; --fail: #a40e26; --insufficient: #7a4e00; --mark: #0b5cad; }
          html { font-size: 9pt; }
          body { margin: 0; max-width: none; padding: 0; font-size: 1rem; line-height: 1.4; }
          h2 { margin-top: 1.75rem; } h3 { margin-top: 1rem; } figure { margin: 0.5rem 0; }
          th, td { padding: 0.16rem 0.45rem; line-height: 1.25; }
          .verdict, .rule, .tag, svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          thead { display: table-header-group; }
          tr, figure, .rule, .verdict, .short, li { break-inside: avoid; }
          tbody tr:first-child, tbody tr:last-child { break-before: avoid; }
          h2, h3, caption { break-after: avoid; }
          table { font-size: 7.5pt; } .scroll { overflow: visible; }
        }
        """
}

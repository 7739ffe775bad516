extension DriftPage {
    /// Light, dark and paper.
    static let style = """
        :root { color-scheme: light dark;
          --ink: #1b1f24; --faint: #59636e; --line: #d1d9e0; --paper: #ffffff; --band: #f6f8fa;
          --ref: #8296ab; --cur: #c2410c; --bad: #b42318; --good: #1a7f37; --unsure: #8a5a00; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e6edf3; --faint: #9198a1; --line: #3d444d; --paper: #0d1117; --band: #151b23;
            --ref: #6b7f94; --cur: #fb923c; --bad: #ff8a80; --good: #56d364; --unsure: #e3b341; }
        }
        body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: var(--ink); background: var(--paper);
          font: 15px/1.5 system-ui, sans-serif; }
        h1 { font-size: 1.6rem; line-height: 1.25; text-wrap: balance; }
        h2 { font-size: 1.15rem; margin: 0 0 0.25rem; overflow-wrap: anywhere; }
        header p { color: var(--faint); max-width: 48rem; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.15rem 1rem; margin: 0; }
        dt { color: var(--faint); }
        dd { margin: 0; overflow-wrap: anywhere; }
        a { color: inherit; text-underline-offset: 0.2em; }
        section { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: 1.25rem; break-inside: avoid; }
        section p { margin: 0 0 0.5rem; }
        table { border-collapse: collapse; font-size: 0.9rem; }
        .overview { width: 100%; margin-top: 1.5rem; }
        th, td { padding: 0.35rem 0.75rem 0.35rem 0; border-bottom: 1px solid var(--line); text-align: left;
          vertical-align: top; overflow-wrap: anywhere; unicode-bidi: isolate; font-weight: normal; }
        tbody th { font-weight: 600; }
        thead th { color: var(--faint); }
        .overview th { overflow-wrap: break-word; max-width: 16rem; }
        .overview td:nth-child(2) { white-space: nowrap; }
        .wide { overflow-x: auto; }
        .numbers { margin: 0.5rem 0 1rem; }
        .numbers td, .numbers thead th { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        .numbers tbody th { font-weight: normal; color: var(--faint); }
        .note { color: var(--faint); font-size: 0.85rem; }
        .badge { font-size: 0.8rem; font-weight: 600; white-space: nowrap; border: 1px solid currentColor;
          border-radius: 1em; padding: 0.05em 0.6em; }
        .drift { color: var(--bad); } .no_drift { color: var(--good); } .insufficient_evidence { color: var(--unsure); }
        figure { margin: 0.5rem 0 0; }
        figcaption { color: var(--faint); font-size: 0.85rem; }
        .key { display: inline-block; width: 0.9em; height: 0.7em; margin-right: 0.45em; }
        figcaption .key.cur { margin-left: 1.25em; }
        .key.ref { background: var(--ref); } .key.cur { background: var(--cur); }
        svg { display: block; width: 100%; height: auto; overflow: visible; }
        svg text { fill: var(--faint); font-size: 11px; font-variant-numeric: tabular-nums; }
        svg .name { fill: var(--ink); font-size: 12px; }
        svg .grid { stroke: var(--line); stroke-width: 1; }
        svg .tick { stroke: var(--faint); stroke-width: 1; }
        svg path.ref { fill: var(--ref); fill-opacity: 0.45; stroke: none; }
        svg path.cur { fill: none; stroke: var(--cur); stroke-width: 2; stroke-linejoin: round; }
        svg rect.ref { fill: var(--ref); } svg rect.cur { fill: var(--cur); }
        summary { cursor: pointer; color: var(--faint); }
        @media (max-width: 42rem) {
          .overview thead { display: none; }
          .overview tr { display: block; border-bottom: 1px solid var(--line); padding: 0.5rem 0; }
          .overview th, .overview td { display: block; border: none; padding: 0.1rem 0; max-width: none; }
        }
        @media print {
          :root { --ink: #000000; --faint: #444444; --line: #999999; --paper: #ffffff; --band: #ffffff; }
          body { margin: 0; max-width: none; font-size: 9pt; }
        }
        """
}

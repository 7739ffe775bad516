/// The page behind `/metrics`.
package enum MetricsPage {
    /// Writes a snapshot as UTF-8 text in one of the two formats.
    ///
    /// Money and durations are written digit by digit from the ledger's integers, never through floating point.
    /// Families without a value are left out: absent is not zero.
    ///
    /// - Parameter seriesLimit: how many combinations of client-chosen label values a metric shows, from 0; each with
    ///   all values of the labels that have a known list. The rest are added up under the label value `other` and
    ///   counted in `steward_series_dropped_total`; values of policies, which do not add up, are left out and counted.
    package static func render(_ snapshot: MetricsSnapshot, format: MetricsFormat, seriesLimit: Int) -> [UInt8] {
        var writer = ExpositionWriter(format: format)
        var dropped: [MetricPoint] = []
        for family in snapshot.families() {
            let (family, count) = family.limited(to: seriesLimit)
            writer.write(family)
            if family.declaration.hasOpenLabels {
                dropped.append(MetricPoint(labels: [family.declaration.name], value: .integer(Int64(count))))
            }
        }
        writer.write(MetricFamily(declaration: MetricCatalogue.seriesDropped, points: dropped))
        for family in snapshot.processFamilies() { writer.write(family) }
        return writer.finish()
    }
}

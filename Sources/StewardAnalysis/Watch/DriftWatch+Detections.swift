import StewardModel
import StewardStatistics

extension DriftWatch {
    /// What follows from standings that are drift: one detection for each signal, and one for all of an embedding.
    func detections(_ standings: [DriftStanding]) -> [Detection] {
        let ofEmbedding = Set(descriptions.filter { $0.signal.isOfEmbedding }.map(\.name))
        let others = standings.filter { !ofEmbedding.contains($0.signal) }.compactMap(detection)
        let shifted = standings.filter { ofEmbedding.contains($0.signal) && $0.verdict == .drift }
        guard let clearest = shifted.min(by: { ($0.pValue ?? 1) < ($1.pValue ?? 1) }),
            var detection = detection(clearest)
        else { return others }
        let projections = Set(Signal.embeddingProjections.compactMap { $0.description?.name })
        let directions = standings.filter { projections.contains($0.signal) }.compactMap(\.progress)
        detection.key.signal = Detection.embeddingSignal
        detection.discrepancy = ProjectedDiscrepancy.value(directions)
        // The mean place on one direction says nothing to anybody.
        (detection.before, detection.after) = (nil, nil)
        let size = detection.discrepancy.map { "maximum mean discrepancy \(Wording.number($0)), " } ?? ""
        detection.title = title(Detection.embeddingSignal, clearest, prefix: size) ?? detection.title
        return others + [detection]
    }

    private func title(_ signal: String, _ standing: DriftStanding, prefix: String = "") -> String? {
        guard let numbers = standing.progress, let pValue = standing.pValue else { return nil }
        var effect = "\(prefix)\(Wording.share(numbers.shareMoved)) of the events moved"
        if let ratio = numbers.tailRatio, numbers.shareMoved < rule.leastShareMoved {
            effect += ", \(Wording.number(ratio)) times as many lie beyond the baseline's 95 % quantile"
        }
        return "\(signal) of \(series.version) differs from \(baseline.label): \(effect) "
            + "(\(Wording.share(rule.leastShareMoved)) count as drift); "
            + "p ≤ \(Wording.number(pValue)); \(Wording.count(numbers.currentCount, "event")) since "
            + "\(Wording.clock(Timestamp(minute: numbers.sinceMinute))) UTC against "
            + Wording.count(numbers.referenceCount, "event")
    }

    private func detection(_ standing: DriftStanding) -> Detection? {
        guard standing.verdict == .drift, let numbers = standing.progress, let pValue = standing.pValue,
            let title = title(standing.signal, standing)
        else { return nil }
        var detection = Detection(
            key: .init(kind: .drift, series: series, signal: standing.signal), severity: .warning, title: title,
            since: Timestamp(minute: numbers.sinceMinute),
            method: baseline.kind == .sameHoursLastWeek
                ? "e-process over paired spans of \(Self.spanMinutes) minutes"
                : "e-process over quantiles and categories",
            guarantee: "error at most \(Wording.number(rule.alpha)) for all looks and, by Holm, all \(family) signals",
            sampleSize: numbers.currentCount)
        detection.pValue = pValue
        detection.effect = numbers.shareMoved
        detection.leastEffect = rule.leastShareMoved
        detection.referenceCount = numbers.referenceCount
        if let description = descriptions.first(where: { $0.name == standing.signal }), description.kind == .numeric {
            detection.before = Self.estimate(numbers.reference, description)
            detection.after = Self.estimate(numbers.current, description)
        }
        detection.baseline = baseline
        return detection
    }

    /// The mean in the unit that people see.
    private static func estimate(_ moments: RunningMoments, _ description: Signal.Description) -> Detection.Estimate? {
        moments.interval().map {
            Detection.Estimate(
                value: moments.mean / description.scale, lower: $0.lower / description.scale,
                upper: $0.upper / description.scale)
        }
    }
}

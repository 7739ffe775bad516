#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Evidence on several questions since several starts, mixed into one e-process.
///
/// The mean of all e-values, over the questions and over a few starts (the first, and one a day), is one e-process,
/// however the questions depend on each other; the starts keep a long quiet past from outweighing what changed today.
///
/// - Range: ``mostStarts`` records of memory.
/// - Reference: J. Shin, A. Ramdas, A. Rinaldo, "E-detectors: a nonparametric framework for sequential change
///   detection", New England J. Statistics in Data Science 2(2), 2024, for sums over starts; V. Vovk, R. Wang,
///   "E-values: Calibration, combination and applications", Ann. Statist. 49(3), 2021, for means of e-values.
struct StartMixture<Record: Sendable>: Sendable {
    struct Start: Sendable {
        fileprivate var number: Int
        var minute: Int64
        /// What was seen since then.
        var record: Record
        /// The largest weighted log e-value of its questions, and which question that is.
        fileprivate(set) var strongest = (log: -Double.infinity, question: 0)
    }

    private let questions: Int
    private let fresh: Record
    private var starts: [Start] = []
    private var startCount = 0
    private var largestLogEValue = 0.0

    static var mostStarts: Int { 8 }
    private static var startEveryMinutes: Int64 { 1440 }

    init(questions: Int, fresh: Record) {
        self.questions = questions
        self.fresh = fresh
    }

    /// Takes what the next minute brings; minutes come in order.
    ///
    /// - Parameters:
    ///   - take: adds it to a record.
    ///   - logEValue: of a record on a question.
    mutating func add(
        minute: Int64, _ take: (inout Record) -> Void, logEValue: (Record, _ question: Int) -> Double
    ) {
        if starts.last.map({ minute >= $0.minute + Self.startEveryMinutes }) ?? true {
            if starts.count == Self.mostStarts { starts.remove(at: 1) }
            starts.append(Start(number: startCount, minute: minute, record: fresh))
            startCount += 1
        }
        // A start to come holds its weight at 1; one that was let go counts nothing.
        var terms = [-log(Double(startCount + 1))]
        terms.reserveCapacity(1 + starts.count * questions)
        for index in starts.indices {
            take(&starts[index].record)
            starts[index].strongest.log = -.infinity
            let weight = logWeight(starts[index])
            for question in 0..<questions {
                let term = weight + logEValue(starts[index].record, question)
                terms.append(term)
                if term > starts[index].strongest.log { starts[index].strongest = (term, question) }
            }
        }
        let largest = terms.max() ?? 0
        largestLogEValue = max(largestLogEValue, largest + log(terms.reduce(0) { $0 + exp($1 - largest) }))
    }

    /// Weights 1 / ((k + 1)(k + 2)) of the starts add up to 1.
    func logWeight(_ start: Start) -> Double {
        -log(Double((start.number + 1) * (start.number + 2) * questions))
    }

    /// The start for which the evidence is strongest; `nil` before anything was seen.
    var strongest: Start? { starts.max { $0.strongest.log < $1.strongest.log } }

    /// One over the largest mean of e-values so far, at most 1: holds over all looks.
    var pValue: Double { min(1, exp(-largestLogEValue)) }
}

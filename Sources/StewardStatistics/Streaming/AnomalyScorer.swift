#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Scores every value of one metric's stream between 0 and 1, from the values before it alone.
///
/// The surprise of a value is the mean over ten ``ContextGrid``s, fine and coarse, a fifth of a cell apart, smoothed
/// over about two rows so that what lasts outweighs what flickers. The score is 1 − 2^(−bits): 0.99 means that the
/// rows just seen had one chance in a hundred by all that went before; n rows support at most n / (n + 1). Then comes
/// the alarm hold: a row scores only where its surprise exceeds, by a tenth, that of every row which scored within the
/// hold before it; all others score 0. So one disturbance is said once, and said again only when it grows.
///
/// - Assumption: rows come in order and at roughly equal steps; the past is mostly normal. One setting serves all
///   series: the grids find the unit, the range and the noise by themselves.
/// - Range: finite values; others are not scored and change nothing. About 16 kB a series and constant time a row. The
///   model forgets in generations, so it rests on the latest 43,200 to 86,400 rows: 30 to 60 days of minutes. The
///   first rounds of a season are news to it: disregard them, as the benchmark does with the first 15 % of a file.
/// - When not to use: for a decision that needs a false-alarm rate (``ChangeMonitor``, ``RateEProcess``); for drifts
///   slower than a day.
/// - Reference: J. Rissanen, "Universal coding, information, prediction, and estimation", IEEE Trans. Information
///   Theory 30(4), 1984, for surprise as code length; A. Lavin, S. Ahmad, "Evaluating Real-time Anomaly Detection
///   Algorithms: the Numenta Anomaly Benchmark", 2015 (arXiv 1510.03336), for the task.
package struct AnomalyScorer: Sendable {
    package struct Score: Sendable, Equatable {
        /// 0…1; 0 while an alarm is held.
        package var value: Double
        /// The smoothed surprise in bits, whether held or not.
        package var surpriseBits: Double
    }

    private static let smoothing = 0.5
    private static let holdMargin = 1.1
    /// The hold is a tenth of the history, at most this many rows: two hours of minutes, half a day of five-minutes.
    private static let maximumHoldRows = 128

    private var grids = Self.freshGrids()
    private var successor: [ContextGrid]?
    private var generationAge = 0
    private var surpriseBits = 0.0
    private var row = 0
    private var heldRow = 0
    private var heldBits = 0.0
    private let generationRows: Int

    /// - Parameter generationRows: rows after which a new generation starts to learn; 30 days of minutes.
    package init(generationRows: Int = 43_200) { self.generationRows = max(1, generationRows) }

    /// Takes the next value of the stream.
    ///
    /// - Returns: `nil` for NaN and infinities, which leave the scorer as it was.
    package mutating func score(_ value: Double) -> Score? {
        guard value.isFinite else { return nil }
        turnGeneration()
        var bits = 0.0
        for index in grids.indices { bits += grids[index].surprise(value) }
        if var next = successor {
            successor = nil
            for index in next.indices { _ = next[index].surprise(value) }
            successor = next
        }
        surpriseBits += Self.smoothing * (bits / Double(grids.count) - surpriseBits)
        defer { row += 1 }
        if row - heldRow > min(Self.maximumHoldRows, row / 10) { heldBits = 0 }
        // What n rows have not shown may still have a chance of one in n + 1.
        let supported = min(surpriseBits, log2(Double(row + 1)))
        guard supported > heldBits * Self.holdMargin else { return Score(value: 0, surpriseBits: surpriseBits) }
        (heldBits, heldRow) = (supported, row)
        return Score(value: 1 - exp2(-supported), surpriseBits: surpriseBits)
    }

    /// A generation that has seen enough takes over from the one before it, and the next begins.
    private mutating func turnGeneration() {
        if generationAge == generationRows {
            if let successor { grids = successor }
            successor = Self.freshGrids()
            generationAge = 0
        }
        generationAge += 1
    }

    private static func freshGrids() -> [ContextGrid] {
        [8, 16].flatMap { cells in
            (0..<ContextGrid.phases).map { ContextGrid(cellsPerRange: cells, phase: $0) }
        }
    }
}

import Foundation
import StewardModel

/// Shows how an import goes: a bar on a terminal, else a line every few seconds, and the rows that were not taken.
struct ImportReporter {
    static let maximumShownRejects = 20

    var progress: ImportProgress
    private let console: Console
    /// Gets every rejected row; `nil` when nobody asked.
    private let writeReject: ((String) throws -> Void)?
    private var throttle: Throttle
    private var shownRejects = 0
    private var drawsBar = false

    init(progress: ImportProgress, console: Console, writeReject: ((String) throws -> Void)?) {
        self.progress = progress
        self.console = console
        self.writeReject = writeReject
        throttle = Throttle(every: console.errorIsTerminal ? .milliseconds(100) : .seconds(5))
        // A short import without a terminal prints no progress at all.
        if !console.errorIsTerminal { _ = throttle.isDue(progress.started) }
    }

    mutating func restartClock() { progress.restartClock(console.now()) }

    mutating func tick() {
        let now = console.now()
        guard throttle.isDue(now) else { return }
        if console.errorIsTerminal {
            console.error("\r" + progress.bar(now) + "\u{1B}[K")
            drawsBar = true
        } else {
            console.error(progress.line(now) + "\n")
        }
    }

    /// Prints a line of its own, above the bar where there is one.
    mutating func note(_ text: String) {
        clear()
        console.error(text + "\n")
    }

    mutating func reject(file: String, line: Int64, reason: String) throws {
        let text = Cell.printable("\(file):\(line): \(reason)")
        try writeReject?(text + "\n")
        shownRejects += 1
        if shownRejects <= Self.maximumShownRejects {
            note(text)
        } else if shownRejects == Self.maximumShownRejects + 1 {
            note("… more rows are rejected; --rejects FILE keeps them all")
        }
    }

    /// Takes the bar away, so that what follows stands alone.
    mutating func clear() {
        if drawsBar { console.error("\r\u{1B}[K") }
        drawsBar = false
    }
}

/// One cell of a table: text, and how it is shown on a terminal with colour.
struct Cell: Equatable, ExpressibleByStringInterpolation {
    var text: String
    var tone: Tone

    init(_ text: String, _ tone: Tone = .plain) {
        self.text = Self.printable(text)
        self.tone = tone
    }

    init(stringLiteral text: String) { self.init(text) }

    /// Names and messages come from outside: a control character among them could move the cursor or recolour the
    /// terminal, so each is shown as `·`.
    static func printable(_ text: String) -> String {
        func isControl(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .format: true
            default: false
            }
        }
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "·" : $0 }))
    }
}

/// What a colour says; nothing is said by colour alone.
enum Tone: Sendable { case plain, strong, faint, good, warning, bad }

struct Column {
    enum Alignment { case left, right }
    var title: String
    var alignment: Alignment

    static func left(_ title: String) -> Column { Column(title: title, alignment: .left) }
    static func right(_ title: String) -> Column { Column(title: title, alignment: .right) }
}

/// Lays out what the verbs print for people. The one place that knows about columns and colour.
struct TableRenderer: Sendable {
    var colour: Bool

    /// Rows below their titles, columns two spaces apart, no space at the end of a line.
    func table(_ columns: [Column], _ rows: [[Cell]]) -> String {
        let titles = columns.map { Cell($0.title, .faint) }
        let widths = columns.indices.map { index in
            ([titles] + rows).map { $0[index].text.count }.max() ?? 0
        }
        return ([titles] + rows).map { line($0, columns, widths) }.joined(separator: "\n") + "\n"
    }

    /// One line a fact: its label, then its value, aligned.
    func facts(_ facts: [(label: String, value: Cell)]) -> String {
        let width = facts.map(\.label.count).max() ?? 0
        return facts.map { label, value in
            let padding = String(repeating: " ", count: width - label.count + 2)
            return paint(Cell(label, .faint)) + padding + paint(value) + "\n"
        }.joined()
    }

    /// One row without titles, for output that goes on: `widths` are the least ones, and a longer cell pushes on.
    func line(_ cells: [Cell], _ columns: [Column], _ widths: [Int]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let padding = String(repeating: " ", count: max(0, widths[index] - cell.text.count))
            let isLast = index == cells.count - 1
            switch columns[index].alignment {
            case .left: line += paint(cell) + (isLast ? "" : padding)
            case .right: line += padding + paint(cell)
            }
            if !isLast { line += "  " }
        }
        while line.last == " " { line.removeLast() }
        return line
    }

    /// Text with the escape sequences of its tone (ECMA-48, SGR), where the terminal shows colour.
    func paint(_ cell: Cell) -> String {
        guard colour, !cell.text.isEmpty else { return cell.text }
        let code: String? =
            switch cell.tone {
            case .plain: nil
            case .strong: "1"
            case .faint: "2"
            case .good: "32"
            case .warning: "33"
            case .bad: "31"
            }
        return code.map { "\u{1B}[\($0)m\(cell.text)\u{1B}[0m" } ?? cell.text
    }

    func paint(_ text: String, _ tone: Tone) -> String { paint(Cell(text, tone)) }
}

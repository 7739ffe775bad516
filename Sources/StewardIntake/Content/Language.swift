/// The language of a text, guessed from its script and, for Latin script, from its most frequent small words.
///
/// Good enough to notice that a version began to answer in another language, which is what it is for; too little to
/// route a customer by. Texts of fewer than a dozen letters are not guessed.
enum Language {
    private static let examinedBytes = 768

    /// An ISO 639-1 code, `und` where nothing fits, or `nil` where the text is too short.
    static func guess(_ text: [UInt8]) -> String? {
        let examined = text.prefix(examinedBytes)
        return examined.withUnsafeBufferPointer { bytes in
            if bytes.allSatisfy({ $0 < 0x80 }) {
                // The usual case by far needs no scalars.
                let letters = bytes.reduce(0) { $0 + ($1 | 0x20 >= 0x61 && $1 | 0x20 <= 0x7A ? 1 : 0) }
                return letters >= 12 ? latin(bytes) : nil
            }
            var counts = Counts()
            for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars { counts.add(scalar.value) }
            guard counts.letters >= 12 else { return counts.wide >= 4 ? counts.script : nil }
            return counts.latin * 2 < counts.letters ? counts.script : latin(bytes)
        }
    }

    private struct Counts {
        var latin = 0, cyrillic = 0, ukrainian = 0, greek = 0, hebrew = 0, arabic = 0, persian = 0
        var devanagari = 0, thai = 0, han = 0, kana = 0, hangul = 0

        var wide: Int { han + kana + hangul + thai }
        var letters: Int { latin + cyrillic + greek + hebrew + arabic + devanagari + wide }

        mutating func add(_ scalar: UInt32) {
            switch scalar {
            case 0x41...0x5A, 0x61...0x7A, 0xC0...0x24F: latin += 1
            case 0x370...0x3FF: greek += 1
            case 0x404, 0x406, 0x407, 0x454, 0x456, 0x457, 0x490, 0x491:
                cyrillic += 1
                ukrainian += 1
            case 0x400...0x52F: cyrillic += 1
            case 0x590...0x5FF: hebrew += 1
            case 0x67E, 0x686, 0x698, 0x6AF, 0x6CC:
                arabic += 1
                persian += 1
            case 0x600...0x6FF: arabic += 1
            case 0x900...0x97F: devanagari += 1
            case 0xE00...0xE7F: thai += 1
            case 0x3040...0x30FF: kana += 1
            case 0x3400...0x4DBF, 0x4E00...0x9FFF: han += 1
            case 0xAC00...0xD7AF, 0x1100...0x11FF: hangul += 1
            default: break
            }
        }

        /// The language that the most frequent script stands for.
        var script: String {
            let scripts = [
                (cyrillic, ukrainian > 0 ? "uk" : "ru"), (greek, "el"), (hebrew, "he"),
                (arabic, persian > 0 ? "fa" : "ar"), (devanagari, "hi"), (thai, "th"),
                // Japanese mixes kana with Han; Chinese has no kana.
                (han + kana, kana > 0 ? "ja" : "zh"), (hangul, "ko"),
            ]
            return scripts.max { $0.0 < $1.0 }.flatMap { $0.0 > 0 ? $0.1 : nil } ?? "und"
        }
    }

    /// Small words of which each language has many and its neighbours few.
    private static let words: [(language: String, words: String)] = [
        ("en", "the and of to is in that it you for with are this be on as not have your can was or"),
        ("de", "der die und das ist nicht ein eine zu den mit sie ich auf für von dem es sich auch wie wird"),
        ("fr", "le la les et des est une un que dans pour vous pas sur du avec ce qui plus au par nous"),
        ("es", "el la los las y que es una un por para con no se su del como más está usted lo al"),
        ("it", "il di che è e la un una per non con sono del della le gli si come anche più nel"),
        ("pt", "o os que é e uma um para com não se do da em por como mais você está dos das"),
        ("nl", "de het een en van is dat niet met voor zijn op te je u aan ook als er maar"),
        ("sv", "och att det är en som på för av med inte den till har du jag kan om ett"),
        ("pl", "i w nie na się że jest to z do jak dla o po są może być przez od"),
        ("tr", "ve bir bu için ile de da ne gibi daha çok olarak olan var değil mi"),
    ]

    /// Words of up to eight bytes as one number each, and a bit for each language that has the word. Open addressing;
    /// an empty slot has the number 0.
    private struct WordTable {
        private static let mask = 511
        private var slots = [(word: UInt64, languages: UInt16)](repeating: (0, 0), count: mask + 1)

        init() {
            for (index, entry) in words.enumerated() {
                for word in entry.words.utf8.split(separator: UInt8(ascii: " ")) {
                    let number = word.reduce(0) { $0 << 8 | UInt64($1) }
                    let slot = slot(of: number)
                    slots[slot].word = number
                    slots[slot].languages |= 1 << index
                }
            }
        }

        func languages(of word: UInt64) -> UInt16 { slots[slot(of: word)].languages }

        private func slot(of word: UInt64) -> Int {
            var slot = Int(truncatingIfNeeded: (word &* 0x9E37_79B9_7F4A_7C15) >> 50) & Self.mask
            while slots[slot].word != 0, slots[slot].word != word { slot = (slot + 1) & Self.mask }
            return slot
        }
    }

    private static let table = WordTable()

    private static func latin(_ text: UnsafeBufferPointer<UInt8>) -> String {
        let table = table
        return withUnsafeTemporaryAllocation(of: Int.self, capacity: words.count) { hits in
            hits.initialize(repeating: 0)
            var word: UInt64 = 0
            var length = 0
            func endWord() {
                if (1...8).contains(length) {
                    var languages = table.languages(of: word)
                    while languages != 0 {
                        hits[languages.trailingZeroBitCount] += 1
                        languages &= languages - 1
                    }
                }
                (word, length) = (0, 0)
            }
            for byte in text {
                switch byte {
                case 0x41...0x5A: (word, length) = (word << 8 | UInt64(byte | 0x20), length + 1)
                case 0x61...0x7A, 0x80...: (word, length) = (word << 8 | UInt64(byte), length + 1)
                default: endWord()
                }
            }
            endWord()
            guard let best = hits.indices.max(by: { hits[$0] < hits[$1] }), hits[best] >= 2 else { return "und" }
            return words[best].language
        }
    }
}

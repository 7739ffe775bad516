import Foundation

/// Base 64 of RFC 4648, section 4, in its one canonical spelling.
enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    /// `nil` for anything but the text that ``encode(_:)`` would write: spellings with stray bits or characters would
    /// let one signed value have several texts.
    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        guard let data = Data(base64Encoded: String(text)) else { return nil }
        guard data.base64EncodedString().utf8.elementsEqual(text.utf8) else { return nil }
        return [UInt8](data)
    }
}

/// Lower-case hexadecimal.
enum Hex {
    private static let digits = Array("0123456789abcdef".utf8)

    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Exactly eight lower-case digits.
    static func encode(_ word: UInt32) -> String {
        encode(withUnsafeBytes(of: word.bigEndian) { Array($0) })
    }
}

/// Whole numbers as the text formats write them: ASCII digits, no sign, no leading zeros, at most `Int64.max`.
enum Decimal {
    static func parse(_ text: some StringProtocol) -> Int64? {
        let digits = text.utf8
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        guard digits.count == 1 || digits.first != 0x30 else { return nil }
        return Int64(text)
    }
}

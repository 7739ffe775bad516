import Foundation
import StewardJSON

/// The JSON scanner against `JSONSerialization`: what one accepts the other accepts with the same content, but for what
/// the scanner refuses beyond the grammar (see `JSONScanner`), and what `JSONSerialization` is known to get wrong.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let input = bytes(data, size)
    let whole = parse(input)
    compareSkipping(input, whole)
    if case .success(let value) = whole {
        checkWriting(value)
        checkNumber(value, input)
    }
    // UTF-16 and UTF-32, which RFC 8259 does not allow between systems, are guessed by `JSONSerialization`.
    if input.contains(0) || input.starts(with: [0xEF, 0xBB, 0xBF]) || input.starts(with: [0xFE, 0xFF])
        || input.starts(with: [0xFF, 0xFE])
    {
        return 0
    }
    let reference = try? JSONSerialization.jsonObject(with: Data(input), options: .fragmentsAllowed)
    switch (whole, reference) {
    case (.success(let value), let reference?): require(agree(value, reference), "another value: \(value)")
    case (.success(let value), nil): require(false, "accepted, refused by JSONSerialization: \(value)")
    case (.failure(let error), .some):
        let isKnown = (stricter + lenient).contains { error.reason.contains($0) }
        require(isKnown, "refused, accepted by JSONSerialization: \(error)")
    case (.failure, nil): break
    }
    return 0
}

/// Reasons of the scanner to refuse what the grammar allows.
private let stricter = [
    "is out of range", "nested deeper", "two members with the name", "lone surrogate", "is not valid UTF-8",
]

/// What `JSONSerialization` takes although the grammar does not: a comma after the last member or element.
private let lenient = ["expected a member name in double quotes, found '}'", "expected a value, found ']'"]

private func parse(_ input: [UInt8]) -> Result<JSONValue, JSONError> {
    do throws(JSONError) { return .success(try JSONValue(parsing: input)) } catch { return .failure(error) }
}

/// Skipping a value checks it as reading it does, but for names that occur twice.
private func compareSkipping(_ input: [UInt8], _ whole: Result<JSONValue, JSONError>) {
    var scanner = JSONScanner(input)
    var skipped = true
    do throws(JSONError) {
        try scanner.skipValue()
        try scanner.finish()
    } catch {
        skipped = false
        require((0...input.count).contains(error.offset), "an error beyond the text: \(error.offset)")
    }
    switch whole {
    case .success: require(skipped, "read, but not skipped")
    case .failure(let error):
        require(!skipped || error.reason.contains("two members"), "skipped, but not read: \(error)")
    }
}

private func checkWriting(_ value: JSONValue) {
    for text in [value.text, value.pretty] {
        // Not the values: 1.0 is written as 1, which is an integer when it is read.
        guard case .success(let again) = parse(text), again.text == value.text else {
            return require(false, "written and read again, it is another: \(String(decoding: text, as: UTF8.self))")
        }
    }
    guard case .success(let canonical) = parse(value.canonical) else { return require(false, "canonical is no JSON") }
    require(canonical.canonical == value.canonical, "canonical is not stable")
}

/// A number on its own, exactly, against the C library.
private func checkNumber(_ value: JSONValue, _ input: [UInt8]) {
    guard let number = value.double else { return }
    let expected = strtod(String(decoding: input, as: UTF8.self), nil)
    require(number == expected, "\(number) is not the nearest to what was written, \(expected)")
}

private func agree(_ value: JSONValue, _ reference: Any) -> Bool {
    switch value {
    case .null: reference is NSNull
    case .bool(let value): (reference as? Bool) == value
    case .integer(let value): (reference as? NSNumber)?.int64Value == value
    case .number(let value): (reference as? NSNumber).map { isNear($0.doubleValue, value) } ?? false
    case .string(let value): (reference as? String)?.utf8.elementsEqual(value.utf8) ?? false
    case .array(let values):
        (reference as? [Any]).map { $0.count == values.count && zip(values, $0).allSatisfy(agree) } ?? false
    case .object(let members): (reference as? [String: Any]).map { agree(members, $0) } ?? false
    }
}

/// `JSONSerialization` reads long numbers by way of `Decimal`, which loses their last bits.
private func isNear(_ reference: Double, _ value: Double) -> Bool {
    reference == value || abs(reference - value) <= abs(value) * 1e-12
}

private func agree(_ members: [JSONValue.Member], _ reference: [String: Any]) -> Bool {
    // A dictionary takes names for equal that Unicode holds to be equal; then the last member wins.
    let names = Set(members.map(\.name))
    guard names.count == members.count else { return reference.count == names.count }
    return members.count == reference.count
        && members.allSatisfy { member in reference[member.name].map { agree(member.value, $0) } ?? false }
}

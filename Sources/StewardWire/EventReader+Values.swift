import StewardJSON
import StewardModel

/// One member's value each: `nil` where it is `null`, or where it is wrong and the problem has been noted.
extension EventReader {
    /// True when the next value is of the expected kind; otherwise passes over it.
    private mutating func next(_ kind: JSONScanner.Kind, _ path: String) throws(JSONError) -> Bool {
        let found = try scanner.kind()
        if found == kind { return true }
        try scanner.skipValue()
        if found != .null { reject(path, "expected \(kind.description), found \(found.description)") }
        return false
    }

    mutating func text(
        _ path: String, maximumBytes: Int = EventReader.maximumTextBytes, mayBeEmpty: Bool = true
    ) throws(JSONError) -> String? {
        guard try next(.string, path) else { return nil }
        let value = scanner.value(of: try scanner.string())
        let size = value.utf8.count
        if size > maximumBytes { reject(path, "is \(size) bytes long, the limit is \(maximumBytes)") }
        if size == 0, !mayBeEmpty { reject(path, "must not be empty") }
        return size == 0 ? nil : value
    }

    mutating func name(_ path: String) throws(JSONError) -> String? {
        guard try next(.string, path) else { return nil }
        let text = try scanner.string()
        let value = scanner.value(of: text)
        if !isPlainName(text), let problem = Name.problem(value) { reject(path, problem) }
        return value
    }

    /// Whether a name is good beyond doubt: saves the exact rule's walk over characters for nearly every event.
    private func isPlainName(_ text: JSONScanner.Text) -> Bool {
        guard 1...Name.maximumBytes ~= text.range.count else { return false }
        for index in text.range {
            let byte = scanner.bytes[index]
            if byte <= 0x20 || byte >= 0x7F || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\") { return false }
        }
        return true
    }

    mutating func bool(_ path: String) throws(JSONError) -> Bool? {
        try next(.bool, path) ? try scanner.bool() : nil
    }

    mutating func number(_ path: String) throws(JSONError) -> Double? {
        try next(.number, path) ? scanner.double(try scanner.number()) : nil
    }

    /// A list of numbers with a direction; 64-bit numbers are kept as 32-bit ones, which is what models make.
    mutating func embedding(_ path: String) throws(JSONError) -> [Float]? {
        guard try next(.array, path) else { return nil }
        var numbers: [Float] = []
        var (isGood, hasDirection) = (true, false)
        var more = try scanner.enterArray()
        while more {
            if try scanner.kind() == .number, numbers.count < Self.maximumDimensions {
                let number = Float(scanner.double(try scanner.number()))
                isGood = isGood && number.isFinite
                hasDirection = hasDirection || number != 0
                numbers.append(number)
            } else {
                isGood = false
                try scanner.skipValue()
            }
            more = try scanner.nextElement()
        }
        guard isGood, hasDirection, numbers.count >= 2 else {
            reject(path, "must be 2 to \(Self.maximumDimensions) finite numbers, not all 0")
            return nil
        }
        return numbers
    }

    mutating func status(_ path: String) throws(JSONError) -> Event.Status? {
        switch try text(path, mayBeEmpty: false) {
        case nil: return nil
        case "ok": return .ok
        case "error": return .error
        default:
            reject(path, "must be 'ok' or 'error'")
            return nil
        }
    }

    mutating func microseconds(_ path: String) throws(JSONError) -> Int64? {
        guard let milliseconds = try number(path) else { return nil }
        guard milliseconds >= 0, milliseconds <= Self.maximumMilliseconds else {
            reject(path, "must be at least 0 and at most \(Int(Self.maximumMilliseconds)) milliseconds (7 days)")
            return nil
        }
        return Int64((milliseconds * 1000).rounded())
    }

    // MARK: - Time

    mutating func time(_ path: String) throws(JSONError) -> Timestamp? {
        let found = try scanner.kind()
        let time: Timestamp?
        switch found {
        case .string:
            let text = try scanner.string()
            time =
                text.escaped
                ? Timestamp(rfc3339: scanner.value(of: text))
                : scanner.bytes.withUnsafeBufferPointer { Timestamp.parse(.init(rebasing: $0[text.range])) }
            if time == nil { reject(path, "expected an RFC 3339 time such as 2026-03-03T14:03:00Z") }
        case .number:
            let number = try scanner.number()
            time = unixTime(number)
            if time == nil {
                reject(path, "expected Unix seconds (below 1e11) or milliseconds (below 1e14), or an RFC 3339 time")
            }
        default:
            try scanner.skipValue()
            if found != .null {
                reject(path, "expected an RFC 3339 string or Unix seconds or milliseconds, found \(found.description)")
            }
            return nil
        }
        guard let time else { return nil }
        if let problem = limits.problem(of: time, now: now) { reject(path, problem) }
        return time
    }

    /// Seconds or milliseconds since 1970, told apart by magnitude: 10¹¹ seconds are the year 5138, 10¹¹ milliseconds
    /// are March 1973.
    private func unixTime(_ number: JSONScanner.Number) -> Timestamp? {
        if let value = scanner.int64(number) {
            switch value {
            case -100_000_000_000 + 1..<100_000_000_000: return Timestamp(microseconds: value * 1_000_000)
            case 0..<100_000_000_000_000: return Timestamp(microseconds: value * 1000)
            default: return nil
            }
        }
        let value = scanner.double(number)
        guard value.magnitude < 1e14 else { return nil }
        return Timestamp(microseconds: Int64((value * (value.magnitude < 1e11 ? 1e6 : 1e3)).rounded()))
    }

    // MARK: - Objects

    mutating func usage(_ path: String) throws(JSONError) -> Usage? {
        guard try next(.object, path) else { return nil }
        var usage = Usage()
        try members(of: path) { (reader, name) throws(JSONError) in
            guard let index = reader.scanner.index(of: name, in: UsageField.table) else { return nil }
            let field = UsageField.all[index]
            let count = try reader.tokens(field.rawValue)
            switch field {
            case .input: usage.inputTokens = count
            case .output: usage.outputTokens = count
            case .cachedInput: usage.cachedInputTokens = count
            case .cacheWrite: usage.cacheWriteTokens = count
            case .cacheWrite1h: usage.cacheWrite1hTokens = count
            case .reasoning: usage.reasoningTokens = count
            case .audioInput: usage.audioInputTokens = count
            case .audioOutput: usage.audioOutputTokens = count
            case .cachedAudioInput: usage.cachedAudioInputTokens = count
            case .imageInput: usage.imageInputTokens = count
            case .imageOutput: usage.imageOutputTokens = count
            case .images: usage.images = count
            case .webSearches: usage.webSearches = count
            }
            return index
        }
        if let input = usage.inputTokens {
            if let cached = usage.cachedInputTokens, cached > input {
                reject("usage.cached_input_tokens", "is more than usage.input_tokens, which includes it")
            } else if (usage.cachedInputTokens ?? 0) + (usage.cacheWriteTokens ?? 0) > input {
                reject(
                    "usage.cache_write_tokens",
                    "and cached_input_tokens together are more than usage.input_tokens, which includes both")
            }
        }
        if let output = usage.outputTokens, let reasoning = usage.reasoningTokens, reasoning > output {
            reject("usage.reasoning_tokens", "is more than usage.output_tokens, which includes it")
        }
        return usage
    }

    mutating func dollars(_ path: String) throws(JSONError) -> Nanodollars? {
        guard let text = try text(path) else { return nil }
        guard let amount = Nanodollars.fixedPoint(text, places: 9), amount >= 0 else {
            reject(path, "must be US dollars as text, such as \"0.0125\", with at most nine decimals")
            return nil
        }
        return Nanodollars(amount)
    }

    /// What the provider said itself; a shape that is not known says nothing.
    mutating func rawUsage() throws(JSONError) -> RawUsage? {
        _ = try scanner.kind()
        let start = scanner.offset
        try scanner.skipValue()
        return (try? JSONValue(parsing: Array(scanner.bytes[start..<scanner.offset]))).flatMap(RawUsage.init)
    }

    private mutating func tokens(_ path: String) throws(JSONError) -> Int64? {
        guard try next(.number, path) else { return nil }
        let number = try scanner.number()
        let value = scanner.int64(number) ?? Int64(exactly: scanner.double(number))
        guard let value, 0...Usage.maximumTokens ~= value else {
            reject(path, "must be a whole number from 0 to \(Usage.maximumTokens)")
            return nil
        }
        return value
    }

    mutating func failure(_ path: String) throws(JSONError) -> Event.Failure? {
        guard try next(.object, path) else { return nil }
        var failure = Event.Failure()
        try members(of: path) { (reader, name) throws(JSONError) in
            guard let index = reader.scanner.index(of: name, in: ErrorField.table) else { return nil }
            let field = ErrorField.all[index]
            switch field {
            case .type: failure.type = try reader.text(field.rawValue)
            case .code: failure.code = try reader.code(field.rawValue)
            case .message:
                failure.message = try reader.text(field.rawValue, maximumBytes: Self.maximumMessageBytes)
            }
            return index
        }
        return failure
    }

    /// An error code: text, or a whole number as HTTP has them.
    private mutating func code(_ path: String) throws(JSONError) -> String? {
        guard try scanner.kind() == .number else { return try text(path) }
        let code = scanner.int64(try scanner.number())
        if code == nil { reject(path, "must be a string or a whole number") }
        return code.map { String($0) }
    }

    mutating func texts(_ path: String) throws(JSONError) -> [String: String] {
        var texts = [String: String](minimumCapacity: 4)
        try entries(path) { (reader, key) throws(JSONError) in
            guard let value = try reader.text(key) else { return true }
            return texts.updateValue(value, forKey: key) == nil
        }
        return texts
    }

    mutating func scores(_ path: String) throws(JSONError) -> [String: Double] {
        var scores = [String: Double](minimumCapacity: 4)
        try entries(path) { (reader, key) throws(JSONError) in
            guard let value = try reader.number(key) else { return true }
            return scores.updateValue(value, forKey: key) == nil
        }
        return scores
    }

    /// Reads a map from names to values. `read` takes a key's value and returns false when the key was there before:
    /// keys that Unicode holds to be equal are one key, although their bytes differ.
    private mutating func entries(
        _ path: String, _ read: (inout EventReader, _ key: String) throws(JSONError) -> Bool
    ) throws(JSONError) {
        guard try next(.object, path) else { return }
        let outer = problem
        problem = nil
        var names = JSONUniqueNames()
        var count = 0
        var more = try scanner.enterObject()
        while more {
            let name = try scanner.memberName()
            let key = scanner.value(of: name)
            if !isPlainName(name), let problem = Name.problem(key) { reject(nil, "has a key that \(problem)") }
            let isNew = names.insert(name, in: scanner)
            if try !read(&self, key) || !isNew { reject(Self.shortened(key), "appears twice") }
            count += 1
            more = try scanner.nextMember()
        }
        nameProblem(in: path, outer)
        if count > limits.maximumMapEntries {
            reject(path, "has \(count) entries, the limit is \(limits.maximumMapEntries)")
        }
    }

    /// Reads the members of an object. `read` takes the value of a member it knows and returns its index, or returns
    /// `nil` to have it passed over; the problems it notes are named relative to the object.
    private mutating func members(
        of path: String, _ read: (inout EventReader, JSONScanner.Text) throws(JSONError) -> Int?
    ) throws(JSONError) {
        let outer = problem
        problem = nil
        var seen: UInt64 = 0
        var others = JSONUniqueNames()
        var more = try scanner.enterObject()
        while more {
            let name = try scanner.memberName()
            let isNew: Bool
            if let index = try read(&self, name) {
                isNew = seen & 1 << index == 0
                seen |= 1 << index
            } else {
                isNew = others.insert(name, in: scanner)
                try scanner.skipValue()
            }
            if !isNew { reject(Self.shortened(scanner.value(of: name)), "appears twice") }
            more = try scanner.nextMember()
        }
        nameProblem(in: path, outer)
    }

    /// Puts an object's path before the problem found inside it, and back in place the problem from before.
    private mutating func nameProblem(in path: String, _ outer: Problem?) {
        if let inner = problem {
            problem = Problem(field: inner.field.map { "\(path).\($0)" } ?? path, reason: inner.reason)
        }
        problem = outer ?? problem
    }
}

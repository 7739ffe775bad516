import StewardModel

/// Models by every name they are listed under.
struct PriceTable: Sendable {
    /// One provider's offer of one model.
    final class Offer: Sendable {
        let provider: Int
        let file: String
        let isMaker: Bool
        let dated: Bool
        let periods: [PriceList.Period]

        init(provider: Int, file: String, isMaker: Bool, model: PriceList.Model) {
            self.provider = provider
            self.file = file
            self.isMaker = isMaker
            dated = model.dated
            periods = model.periods
        }
    }

    private var offers: [String: [Offer]] = [:]
    /// Names and aliases of providers; the same number is the same provider.
    private var providers: [String: Int] = [:]

    func offer(provider: String?, model: String) -> Offer? {
        if let listed = offers[model], let found = choose(listed, provider) { return found }
        guard let base = Self.withoutDate(model), let listed = offers[base], let found = choose(listed, provider),
            found.dated
        else { return nil }
        return found
    }

    private func choose(_ listed: [Offer], _ provider: String?) -> Offer? {
        if let provider {
            guard let number = providers[provider] else { return nil }
            return listed.first { $0.provider == number }
        }
        if listed.count == 1 { return listed.first }
        var makers = listed.makeIterator()
        guard let maker = makers.next(where: \.isMaker), makers.next(where: \.isMaker) == nil else { return nil }
        return maker
    }

    /// The name without `-2026-11-21` or `-20261121` at its end; `nil` where no such date stands there.
    private static func withoutDate(_ model: String) -> String? {
        let bytes = model.utf8
        for length in [11, 9] where bytes.count > length {
            let start = bytes.index(bytes.endIndex, offsetBy: -length)
            if isDate(bytes[start...], separated: length == 11) { return String(model[..<start]) }
        }
        return nil
    }

    /// Whether bytes are a dash, a year, a month from 1 to 12 and a day from 1 to 31.
    private static func isDate(_ bytes: Substring.UTF8View, separated: Bool) -> Bool {
        var number = 0
        for (position, byte) in bytes.enumerated() {
            if position == 0 || separated && (position == 5 || position == 8) {
                guard byte == UInt8(ascii: "-") else { return false }
            } else {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return false }
                number = number * 10 + Int(byte - UInt8(ascii: "0"))
            }
        }
        return (1...12).contains(number / 100 % 100) && (1...31).contains(number % 100)
    }

    mutating func add(_ list: PriceList, file: String) -> [Problem] {
        var problems: [Problem] = []
        let names = [list.provider] + list.providerAliases
        let known = Set(names.compactMap { providers[$0] })
        if known.count > 1 {
            let message = "the names of the provider \(list.provider) belong to several providers of other files"
            problems.append(Problem(file: file, message: message))
        }
        let number = known.first ?? providers.values.max().map { $0 + 1 } ?? 0
        for name in names { providers[name] = number }
        for model in list.models {
            let offer = Offer(provider: number, file: file, isMaker: list.isMaker, model: model)
            for name in [model.name] + model.aliases {
                if let owner = offers[name]?.first(where: { $0.provider == number }) {
                    let message =
                        "the model name \(name) is listed twice for \(list.provider)"
                        + (owner.file == file ? "" : ", also in \(owner.file)") + "; keep one"
                    problems.append(Problem(file: file, line: model.line, column: model.column, message: message))
                } else {
                    offers[name, default: []].append(offer)
                }
            }
        }
        return problems
    }
}

extension IteratorProtocol {
    fileprivate mutating func next(where condition: (Element) -> Bool) -> Element? {
        while let element = next() { if condition(element) { return element } }
        return nil
    }
}

import StewardJSON
import StewardModel

extension Finding.Basis {
    var members: [JSONValue.Member] {
        switch self {
        case .policy(let decision): [.init(name: "decision", value: decision.json)]
        case .detector(let detection): [.init(name: "detection", value: detection.json)]
        case .audit(let disparity): [.init(name: "disparity", value: .object(disparity.members))]
        }
    }

    init(_ data: RecordFields, _ deployment: String, _ environment: String) throws {
        if let decision = data.optionalObject("decision") {
            self = .policy(try Decision(decision))
        } else if let disparity = data.optionalObject("disparity") {
            self = .audit(try Disparity(disparity))
        } else {
            let version = try data.string("version")
            self = .detector(
                try Detection(
                    try data.object("detection"),
                    SeriesKey(deployment: deployment, environment: environment, version: version),
                    severity: Severity(rawValue: try data.string("severity")), title: try data.string("title")))
        }
    }
}

extension Detection {
    /// What a record and the API say of it; series, severity and title stand beside it.
    package var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init(name: "kind", value: .string(key.kind.rawValue)),
            .init(name: "signal", value: .string(key.signal)),
            .init(name: "since", value: .string(since.rfc3339)),
            .init(name: "method", value: .string(method)),
            .init(name: "guarantee", value: .string(guarantee)),
            .init(name: "sample_size", value: .integer(sampleSize)),
        ]
        func add(_ name: String, _ value: Double?) {
            if let value, value.isFinite { members.append(.init(name: name, value: .number(value))) }
        }
        if let before { members.append(.init(name: "before", value: before.json)) }
        if let after { members.append(.init(name: "after", value: after.json)) }
        add("expected_lower", expectedLower)
        add("expected_upper", expectedUpper)
        add("p_value", pValue)
        add("effect", effect)
        add("least_effect", leastEffect)
        add("discrepancy", discrepancy)
        if let referenceCount { members.append(.init(name: "reference_size", value: .integer(referenceCount))) }
        if let baseline { members.append(.init(name: "baseline", value: baseline.json)) }
        return .object(members)
    }

    init(_ fields: RecordFields, _ series: SeriesKey, severity: Severity?, title: String) throws {
        guard let kind = Kind(rawValue: try fields.string("kind")) else { throw fields.problem("kind") }
        guard let severity else { throw fields.problem("severity") }
        self.init(
            key: Key(kind: kind, series: series, signal: try fields.string("signal")), severity: severity,
            title: title, since: try fields.time("since"), method: try fields.string("method"),
            guarantee: try fields.string("guarantee"), sampleSize: try fields.integer("sample_size"))
        before = try fields.optionalObject("before").map(Estimate.init)
        after = try fields.optionalObject("after").map(Estimate.init)
        expectedLower = fields.optionalDouble("expected_lower")
        expectedUpper = fields.optionalDouble("expected_upper")
        pValue = fields.optionalDouble("p_value")
        effect = fields.optionalDouble("effect")
        leastEffect = fields.optionalDouble("least_effect")
        discrepancy = fields.optionalDouble("discrepancy")
        referenceCount = fields.optionalInteger("reference_size")
        baseline = try fields.optionalObject("baseline").map {
            try Baseline($0, series.deployment, series.environment)
        }
    }
}

extension Detection.Estimate {
    var json: JSONValue { ["value": .number(value), "lower": .number(lower), "upper": .number(upper)] }

    init(_ fields: RecordFields) throws {
        func number(_ name: String) throws -> Double {
            guard let value = fields.optionalDouble(name) else { throw fields.problem(name) }
            return value
        }
        self.init(value: try number("value"), lower: try number("lower"), upper: try number("upper"))
    }
}

extension Baseline {
    package var json: JSONValue {
        [
            "kind": .string(kind.rawValue), "name": .string(name), "number": .integer(number),
            "version": .string(series.version), "from": .string(from.rfc3339), "until": .string(until.rfc3339),
        ]
    }

    init(_ fields: RecordFields, _ deployment: String, _ environment: String) throws {
        guard let kind = Kind(rawValue: try fields.string("kind")) else { throw fields.problem("kind") }
        self.init(
            kind: kind, name: try fields.string("name"), number: try fields.integer("number"),
            series: SeriesKey(
                deployment: deployment, environment: environment, version: try fields.string("version")),
            from: try fields.time("from"), until: try fields.time("until"))
    }
}

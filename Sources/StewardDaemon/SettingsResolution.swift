import StewardPolicy

extension Settings {
    /// Variables that are for other programs of the same family.
    private static let foreignVariables: Set = ["STEWARD_URL", "STEWARD_TOKEN", "STEWARD_TEST_DATA"]

    /// Flags over environment over file over defaults. Every value given must be good, also one that is overridden.
    ///
    /// - `flags` by the names of ``Key``, without dashes.
    /// - `environment` is the whole environment; an unknown `STEWARD_` variable becomes a warning.
    /// - `file` is `steward.yaml`, in which `intake.queue_bytes` may be nested or written with its dot.
    package static func resolve(
        flags: [String: String], environment: [String: String], file: (path: String, text: String)?
    ) -> Result<Settings, Problems> {
        var resolution = Resolution()
        if let file { resolution.read(file) }
        resolution.read(environment: environment)
        resolution.read(flags: flags)
        if resolution.problems.isEmpty { resolution.checkTogether() }
        return resolution.problems.isEmpty
            ? .success(resolution.settings) : .failure(Problems(resolution.problems))
    }

    private struct Resolution {
        var settings = Settings()
        var problems: [Problem] = []

        mutating func read(_ file: (path: String, text: String)) {
            // A file in which everything is commented out is no YAML document, but a usual settings file.
            let lines = file.text.split(whereSeparator: \.isNewline)
            if lines.allSatisfy({ ($0.first { !$0.isWhitespace } ?? "#") == "#" }) { return }
            switch YAMLNode.parse(file: file.path, text: file.text) {
            case .failure(let found): problems += found.all
            case .success(let node): read(node, prefix: "", file: file.path)
            }
        }

        private mutating func read(_ node: YAMLNode, prefix: String, file: String) {
            guard case .mapping(let entries) = node.content else {
                let message = "must be a mapping of `setting: value` lines, not \(node.kindDescription)"
                problems.append(Problem(file: file, line: node.line, column: node.column, message: message))
                return
            }
            for entry in entries {
                let name = prefix + entry.name
                let isGroup = Key.allCases.contains { $0.rawValue.hasPrefix(name + ".") }
                guard !isGroup else {
                    read(entry.value, prefix: name + ".", file: file)
                    continue
                }
                let place = Problem(file: file, line: entry.line, column: entry.column, message: "")
                guard let key = Key(rawValue: name) else {
                    report(place, "there is no setting `\(name)`" + Settings.suggestion(for: name))
                    continue
                }
                guard settings.sources[key] == nil else {
                    report(place, "`\(name)` stands twice in this file; keep one")
                    continue
                }
                let value = Problem(file: file, line: entry.value.line, column: entry.value.column, message: "")
                set(key, to: entry.value, source: .file(path: file, line: entry.line), place: value)
            }
        }

        mutating func read(environment: [String: String]) {
            let keys = Dictionary(uniqueKeysWithValues: Key.allCases.map { ($0.environmentName, $0) })
            for (name, text) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix("STEWARD_") {
                guard let key = keys[name] else {
                    if foreignVariables.contains(name) { continue }
                    let hint = Suggestion.text(for: name, among: keys.keys)
                    settings.warnings.append("the environment variable \(name) is not known and has no effect\(hint)")
                    continue
                }
                let node = YAMLNode(.scalar(text, .external))
                set(key, to: node, source: .environment(name), place: Problem(file: name, message: ""))
            }
        }

        mutating func read(flags: [String: String]) {
            for (name, text) in flags.sorted(by: { $0.key < $1.key }) {
                let place = Problem(file: "--\(name)", message: "")
                guard let key = Key(rawValue: name) else {
                    report(place, "there is no such setting" + Settings.suggestion(for: name))
                    continue
                }
                set(key, to: YAMLNode(.scalar(text, .external)), source: .flag(name), place: place)
            }
        }

        /// Limits that are each good but make no sense together.
        mutating func checkTogether() {
            let ordered: [(Key, Int64)] = [
                (.intakeEventLimit, settings.intakeEventLimitBytes),
                (.intakeBodyLimit, settings.intakeBodyLimitBytes),
                (.intakeQueueBytes, settings.intakeQueueBytes),
            ]
            for ((small, smallBytes), (large, largeBytes)) in zip(ordered, ordered.dropFirst())
            where smallBytes > largeBytes {
                let message =
                    "`\(small.rawValue)` is \(ByteSizeText.format(smallBytes)), more than `\(large.rawValue)`, "
                    + "which is \(ByteSizeText.format(largeBytes)) (\(settings.source(of: large))); "
                    + "lower the first or raise the second"
                report(Problem(file: settings.source(of: small).description, message: ""), message)
            }
        }

        private mutating func set(_ key: Key, to node: YAMLNode, source: Source, place: Problem) {
            do {
                try settings.set(key, to: node)
                settings.sources[key] = source
            } catch {
                report(place, "`\(key.rawValue)` \(error.message)")
            }
        }

        private mutating func report(_ place: Problem, _ message: String) {
            var problem = place
            problem.message = message
            problems.append(problem)
        }
    }

    private static func suggestion(for name: String) -> String {
        Suggestion.text(for: name, among: Key.allCases.map(\.rawValue))
    }
}

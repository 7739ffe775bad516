import StewardDaemon
import StewardPolicy
import Testing

struct SettingsTests {
    static func resolve(
        flags: [String: String] = [:], environment: [String: String] = [:], file text: String? = nil
    ) -> Result<Settings, Problems> {
        Settings.resolve(flags: flags, environment: environment, file: text.map { ("steward.yaml", $0) })
    }

    @Test func hasDefaults() throws {
        let settings = try Self.resolve().get()
        #expect(
            settings.table == """
                setting                  value                      source
                data                     ./data                     default
                listen                   127.0.0.1:8080             default
                dashboards               ./dashboards               default
                policies                 ./policies                 default
                log.level                info                       default
                intake.queue_bytes       64MiB                      default
                intake.body_limit        32MiB                      default
                intake.event_limit       1MiB                       default
                intake.future_tolerance  10m                        default
                intake.late_limit        unlimited                  default
                intake.span_rules        (service name and model)   default
                store.durability         full                       default
                store.cache              16MiB                      default
                store.minimum_free       256MiB                     default
                retention.events         unlimited                  default
                retention.minutes        unlimited                  default
                retention.hours          unlimited                  default
                retention.size           unlimited                  default
                governance.interval      2s                         default
                metrics.public           false                      default
                metrics.series_limit     10000                      default
                audit.origin             (made at the first start)  default

                """)
        #expect(settings.warnings.isEmpty)
    }

    @Test func flagsOverEnvironmentOverFile() throws {
        let settings = try Self.resolve(
            flags: ["data": "/flag"],
            environment: ["STEWARD_DATA": "/environment", "STEWARD_LISTEN": "[::1]:0", "PATH": "/bin"],
            file: """
                data: /file
                listen: 0.0.0.0:80
                policies: /file
                """
        ).get()
        #expect(settings.data == "/flag")
        #expect(settings.listen == ListenAddress(host: "::1", port: 0))
        #expect(settings.policies == "/file")
        #expect(settings.source(of: .data) == .flag("data"))
        #expect(settings.source(of: .listen) == .environment("STEWARD_LISTEN"))
        #expect(settings.source(of: .policies) == .file(path: "steward.yaml", line: 3))
        #expect(settings.source(of: .dashboards) == .standard)
        #expect(settings.table.contains("policies                 /file                      steward.yaml:3\n"))
    }

    @Test func readsEverySettingFromEverySource() throws {
        let values: [Settings.Key: String] = [
            .data: "/d", .listen: "localhost:1", .dashboards: "/b", .policies: "/p", .logLevel: "debug",
            .intakeQueueBytes: "2GiB", .intakeBodyLimit: "64MiB", .intakeEventLimit: "2MiB",
            .intakeFutureTolerance: "1h", .intakeSpanRules: "spans.yaml", .storeDurability: "process",
            .storeCache: "1GiB", .storeMinimumFree: "1GiB", .intakeLateLimit: "7d", .retentionEvents: "183d",
            .retentionMinutes: "40d", .retentionHours: "400d", .retentionSize: "50GiB",
            .governanceInterval: "500ms", .metricsPublic: "true", .metricsSeriesLimit: "5",
            .auditOrigin: "steward.example.com/a",
        ]
        #expect(values.count == Settings.Key.allCases.count)
        let pairs = values.map { ($0.key, $0.value) }
        let flags = Dictionary(uniqueKeysWithValues: pairs.map { ($0.rawValue, $1) })
        let environment = Dictionary(uniqueKeysWithValues: pairs.map { ($0.environmentName, $1) })
        let file = pairs.map { "\($0.rawValue): \($1)\n" }.joined()
        for settings in [
            try Self.resolve(flags: flags).get(), try Self.resolve(environment: environment).get(),
            try Self.resolve(file: file).get(),
        ] {
            for (key, value) in values { #expect(settings.text(of: key) == value) }
            #expect(settings.sources.count == values.count)
        }
    }

    @Test func takesNestedAndDottedNames() throws {
        let settings = try Self.resolve(
            file: """
                intake:
                  queue_bytes: 128MiB
                  future_tolerance: 0s
                metrics.public: true
                store: {cache: 33554432}
                """
        ).get()
        #expect(settings.intakeQueueBytes == 128 << 20)
        #expect(settings.intakeFutureTolerance == .zero)
        #expect(settings.metricsArePublic)
        #expect(settings.storeCacheBytes == 32 << 20)
        #expect(settings.source(of: .intakeQueueBytes) == .file(path: "steward.yaml", line: 2))
    }

    @Test(arguments: ["", "\n\n", "# data: x\n\n   # listen: y\n"])
    func takesAFileWithoutSettings(_ text: String) throws {
        #expect(try Self.resolve(file: text).get() == Settings())
    }

    @Test func saysEverythingThatIsWrong() {
        let result = Self.resolve(
            flags: ["lisen": "x", "listen": "8080"],
            environment: ["STEWARD_METRICS_PUBLIC": "yes", "STEWARD_DATA": ""],
            file: """
                intake:
                  que_bytes: 1MiB
                  body_limit: 32 megabytes
                intake.body_limit: 16MiB
                store: fast
                metrics: {public: "true"}
                governance.interval: 10ms
                log.level: inform
                audit.origin: a b
                colour: red
                """)
        guard case .failure(let problems) = result else {
            Issue.record("was accepted")
            return
        }
        #expect(
            problems.description == """
                --lisen: there is no such setting (did you mean `listen`?)
                --listen: `listen` must be an address with a port such as 127.0.0.1:8080, [::1]:8080, or 0.0.0.0:8080 \
                for every network, not "8080"
                STEWARD_DATA: `data` must not be empty
                STEWARD_METRICS_PUBLIC: `metrics.public` must be true or false, not "yes"
                steward.yaml:2:3: there is no setting `intake.que_bytes` (did you mean `intake.queue_bytes`?)
                steward.yaml:3:15: `intake.body_limit` must be a size such as 64MiB, not `32 megabytes`
                steward.yaml:5:8: must be a mapping of `setting: value` lines, not `fast`
                steward.yaml:6:19: `metrics.public` must be true or false, not "true"
                steward.yaml:7:22: `governance.interval` must be from 100ms to 1h
                steward.yaml:8:12: `log.level` must be one of trace, debug, info, notice, warning, error, critical, \
                not `inform` (did you mean `info`?)
                steward.yaml:9:15: `audit.origin` must not contain spaces or +, such as \
                steward.example.com/production
                steward.yaml:10:1: there is no setting `colour`
                """)
    }

    @Test(arguments: [
        ("- data", "steward.yaml:1:1: must be a mapping of `setting: value` lines, not a list"),
        ("data: a\ndata: b", "steward.yaml:1:1: `data` stands more than once in this mapping, first here; keep one"),
        (
            "intake: {body_limit: 1MiB}\nintake.body_limit: 2MiB",
            "steward.yaml:2:1: `intake.body_limit` stands twice in this file; keep one"
        ),
        (
            "intake.event_limit: 64MiB",
            "steward.yaml:1: `intake.event_limit` is 64MiB, more than `intake.body_limit`, which is 32MiB (default); "
                + "lower the first or raise the second"
        ),
    ])
    func refusesFiles(_ text: String, _ problem: String) {
        guard case .failure(let problems) = Self.resolve(file: text) else {
            Issue.record("was accepted")
            return
        }
        #expect(problems.description == problem)
    }

    @Test func warnsOfUnknownVariables() throws {
        let settings = try Self.resolve(environment: [
            "STEWARD_LISTN": "x", "STEWARD_URL": "x", "STEWARD_TOKEN": "x", "STEWARD_TEST_DATA": "x",
            "STEWARDSHIP": "x",
            "STEWARD_COLOUR": "x",
        ]).get()
        #expect(
            settings.warnings == [
                "the environment variable STEWARD_COLOUR is not known and has no effect",
                "the environment variable STEWARD_LISTN is not known and has no effect"
                    + " (did you mean `STEWARD_LISTEN`?)",
            ])
        #expect(settings.sources.isEmpty)
    }

    @Test(arguments: [
        ("127.0.0.1:8080", "127.0.0.1", 8080, true), ("127.9.9.9:1", "127.9.9.9", 1, true),
        ("localhost:0", "localhost", 0, true), ("[::1]:8080", "::1", 8080, true), ("0.0.0.0:80", "0.0.0.0", 80, false),
        ("[::]:65535", "::", 65535, false), ("127.example.com:80", "127.example.com", 80, false),
        ("127.0.0.1.example.com:80", "127.0.0.1.example.com", 80, false),
    ])
    func readsAddresses(_ text: String, _ host: String, _ port: Int, _ isLoopback: Bool) throws {
        let address = try #require(ListenAddress(text))
        #expect(address == ListenAddress(host: host, port: port))
        #expect(address.isLoopback == isLoopback)
        #expect(address.description == text)
    }

    @Test(arguments: [
        "", ":", ":8080", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1",
        "::1:80",
        "[::1]", "[::1", "[a]:80", "a b:80", "http://a:80", "127.0.0.1:0000080",
    ])
    func refusesAddresses(_ text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test(
        arguments: [
            ("64MiB", 64 << 20), ("1 GiB", 1 << 30), ("500kB", 500_000), ("2MB", 2_000_000), ("7", 7), ("7B", 7),
            ("0", 0),
            ("1KiB", 1024), ("3GB", 3_000_000_000), ("64mib", nil), ("MiB", nil), ("", nil), ("-1MiB", nil),
            ("1.5GiB", nil),
            ("64M", nil), ("9223372036854775807GiB", nil), ("99999999999999999999", nil),
        ] as [(String, Int64?)])
    func readsSizes(_ text: String, _ bytes: Int64?) {
        #expect(ByteSizeText.parse(text) == bytes)
        if let bytes { #expect(ByteSizeText.parse(ByteSizeText.format(bytes)) == bytes) }
    }
}

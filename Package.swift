// swift-tools-version: 6.2
import PackageDescription

// Rooms and who may import what are argued in ARCHITECTURE.md. Each outside library is imported by exactly one room;
// `scripts/check` holds every import to the dependencies declared here.

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], fixtures: [String] = []) -> Target {
    .testTarget(name: name + "Tests", dependencies: dependencies, exclude: fixtures, swiftSettings: strict)
}

let package = Package(
    name: "steward",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "steward", targets: ["steward"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", .upToNextMinor(from: "1.8.2")),
        .package(url: "https://github.com/apple/swift-crypto", .upToNextMinor(from: "4.5.2")),
        .package(url: "https://github.com/apple/swift-http-types", .upToNextMinor(from: "1.8.0")),
        .package(url: "https://github.com/apple/swift-log", .upToNextMinor(from: "1.16.2")),
        .package(url: "https://github.com/apple/swift-nio", .upToNextMinor(from: "2.101.2")),
        .package(url: "https://github.com/apple/swift-nio-extras", .upToNextMinor(from: "1.35.2")),
        .package(url: "https://github.com/groue/GRDB.swift", .upToNextMinor(from: "7.10.0")),
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", .upToNextMinor(from: "2.28.1"), traits: []),
        .package(url: "https://github.com/jpsim/Yams", .upToNextMinor(from: "6.2.2")),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", .upToNextMinor(from: "2.13.0")),
    ],
    targets: [
        // Layer 0: pure. No I/O, no clock.
        room("StewardModel"),
        room("StewardJSON"),
        room("StewardStatistics"),
        room("StewardTransparency", [.product(name: "Crypto", package: "swift-crypto"), "StewardModel"]),
        room(
            "StewardPolicy",
            [.product(name: "Yams", package: "Yams"), "StewardJSON", "StewardModel", "StewardStatistics"]),

        // Layer 1: mechanisms. Each wraps one outside thing.
        room("StewardWire", ["CZlib", "CZstd", "StewardJSON", "StewardModel"]),
        room(
            "StewardStore",
            [
                .product(name: "GRDB", package: "GRDB.swift"), .product(name: "GRDBSQLite", package: "GRDB.swift"),
                "StewardModel", "StewardStatistics",
            ]),
        room("StewardMetrics", ["StewardModel", "StewardStatistics"]),
        room("StewardCurl", ["CCurl", "StewardJSON", "StewardModel"]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CZstd", linkerSettings: [.linkedLibrary(":libzstd.so.1")]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),

        // Layer 2: features. No HTTP.
        room(
            "StewardIntake",
            ["StewardJSON", "StewardMetrics", "StewardModel", "StewardPolicy", "StewardStore", "StewardWire"]),
        room(
            "StewardAnalysis",
            ["StewardJSON", "StewardModel", "StewardPolicy", "StewardStatistics", "StewardStore"]),
        room(
            "StewardGovernance",
            [
                "StewardJSON", "StewardModel", "StewardPolicy", "StewardStatistics", "StewardStore",
                "StewardTransparency",
            ]),

        // Layer 3: edges.
        room(
            "StewardHTTP",
            [
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "Logging", package: "swift-log"),
                "StewardAnalysis", "StewardGovernance", "StewardIntake", "StewardJSON", "StewardMetrics",
                "StewardModel",
                "StewardPolicy", "StewardStatistics", "StewardStore", "StewardTransparency", "StewardWire",
            ]),
        room(
            "StewardDaemon",
            [
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Logging", package: "swift-log"),
                "StewardAnalysis", "StewardCurl", "StewardGovernance", "StewardHTTP", "StewardIntake", "StewardJSON",
                "StewardMetrics", "StewardModel", "StewardPolicy", "StewardStatistics", "StewardStore",
                "StewardTransparency", "StewardWire",
            ]),
        room(
            "StewardCommands",
            [
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                "StewardAnalysis", "StewardCurl", "StewardDaemon", "StewardGovernance", "StewardJSON", "StewardModel",
                "StewardPolicy", "StewardStatistics", "StewardStore", "StewardTransparency", "StewardWire",
            ]),
        .executableTarget(name: "steward", dependencies: ["StewardCommands"], swiftSettings: strict),

        tests("StewardModel", ["StewardModel"]),
        tests("StewardJSON", ["StewardJSON", "StewardStatistics"]),
        tests("StewardStatistics", ["StewardJSON", "StewardStatistics", "StewardWire"], fixtures: ["Fixtures"]),
        tests("StewardTransparency", ["StewardModel", "StewardStatistics", "StewardTransparency"]),
        tests(
            "StewardPolicy", ["StewardJSON", "StewardModel", "StewardPolicy", "StewardStatistics"],
            fixtures: ["Fixtures"]),
        tests(
            "StewardWire", ["StewardJSON", "StewardModel", "StewardStatistics", "StewardWire"], fixtures: ["Fixtures"]),
        tests(
            "StewardStore",
            [.product(name: "GRDB", package: "GRDB.swift"), "StewardModel", "StewardStatistics", "StewardStore"],
            fixtures: ["schema.golden.sql"]),
        tests("StewardMetrics", ["StewardMetrics", "StewardModel", "StewardStatistics"], fixtures: ["Fixtures"]),
        tests(
            "StewardIntake",
            [
                "StewardGovernance", "StewardIntake", "StewardModel", "StewardPolicy", "StewardStatistics",
                "StewardStore", "StewardWire",
            ]),
        tests(
            "StewardAnalysis",
            [
                "StewardAnalysis", "StewardJSON", "StewardModel", "StewardPolicy", "StewardStatistics", "StewardStore",
                "StewardWire",
            ]),
        tests(
            "StewardGovernance",
            [
                "StewardGovernance", "StewardJSON", "StewardModel", "StewardPolicy", "StewardStatistics",
                "StewardStore", "StewardTransparency",
            ]),
        tests("StewardDaemon", ["StewardDaemon", "StewardJSON", "StewardModel", "StewardPolicy"]),
        tests(
            "StewardCommands",
            [
                .product(name: "ArgumentParser", package: "swift-argument-parser"), "StewardAnalysis",
                "StewardCommands", "StewardCurl", "StewardJSON", "StewardModel", "StewardPolicy", "StewardStatistics",
                "StewardTransparency", "StewardWire",
            ], fixtures: ["Fixtures"]),
        tests(
            "EndToEnd", ["StewardJSON", "StewardMetrics", "StewardModel", "StewardStatistics", "StewardWire"],
            fixtures: ["Clients"]),
    ]
)

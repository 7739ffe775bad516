import Foundation
import Testing

@testable import StewardStatistics

/// Detections of river 0.26.1 at its defaults on recorded streams, read from the folder named by STEWARD_TEST_DATA:
/// `drift/streams.json` and `drift/streams/NAME.csv`. A case is a stream of that file.
@Suite struct StreamingReferenceTests {
    static let folder = ProcessInfo.processInfo.environment["STEWARD_TEST_DATA"].map {
        URL(filePath: $0).appending(path: "drift")
    }

    struct Answers: Decodable {
        struct Stream: Decodable {
            var detections: [String: [Int]]
            var adwin_final: [String: Double]
        }
        var streams: [String: Stream]
    }

    static func answers() throws -> Answers? {
        guard let folder else { return nil }
        return try JSONDecoder().decode(
            Answers.self, from: Data(contentsOf: folder.appending(path: "streams.json")))
    }

    static func values(_ name: String) throws -> [Double] {
        let file = try #require(folder).appending(path: "streams/\(name).csv")
        let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        return try text.split(separator: "\n").dropFirst().map { try #require(Double($0)) }
    }

    private static let names = ((try? answers())??.streams.keys).map { $0.sorted() } ?? []

    @Test(.enabled(if: folder != nil, "set STEWARD_TEST_DATA to a folder with drift/streams.json"), arguments: names)
    func adwinCutsWhereTheReferenceCuts(name: String) throws {
        let expected = try #require(try Self.answers()?.streams[name])
        var detector = ADWIN()
        var found: [Int] = []
        for (index, value) in try Self.values(name).enumerated() where detector.add(value) != nil {
            found.append(index)
            detector = ADWIN()
        }
        #expect(found == expected.detections["ADWIN"])
        #expect(Double(detector.width) == expected.adwin_final["width"])
        let total = try #require(expected.adwin_final["total"])
        #expect(abs(detector.total - total) <= 1e-9 * abs(total))
        let squares = try #require(expected.adwin_final["variance"])
        #expect(abs(detector.variance * Double(detector.width) - squares) <= 1e-9 * squares)
    }

    @Test(.enabled(if: folder != nil, "set STEWARD_TEST_DATA to a folder with drift/streams.json"), arguments: names)
    func pageHinkleyAlarmsWhereTheReferenceAlarms(name: String) throws {
        let expected = try #require(try Self.answers()?.streams[name])
        var detector = PageHinkley()
        var found: [Int] = []
        for (index, value) in try Self.values(name).enumerated() where detector.add(value) != nil {
            found.append(index)
        }
        #expect(found == expected.detections["PageHinkley"])
    }

    /// A plain daily season on which raw ADWIN alarms 139 times.
    @Test(.enabled(if: folder != nil, "set STEWARD_TEST_DATA to a folder with drift/streams.json"))
    func theMonitorIsQuietOnADailySeason() throws {
        var monitor = ChangeMonitor()
        let alarms = try Self.values("s11_daily_season_null_14d_per_min").enumerated().compactMap { minute, value in
            monitor.add(value, at: Double(minute) * 60)
        }
        #expect(alarms.count <= 1)
    }
}

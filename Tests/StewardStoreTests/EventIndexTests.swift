import Testing

@testable import StewardStore

struct EventIndexTests {
    @Test func recentIdsAreFoundExactly() {
        var index = EventIndex(seed: 42)
        index.insert(["a": 1, "b": 2])
        #expect(index.candidates(for: "a") == .found(sequence: 1))
        #expect(index.candidates(for: "c") == .runs([], fingerprint: 0))
    }

    @Test func sealedIdsPointToTheirGeneration() {
        var index = EventIndex(seed: 42)
        index.insert(Dictionary(uniqueKeysWithValues: (0..<1000).map { ("id-\($0)", Int64($0)) }))
        let run = index.sealedRun()
        #expect(run.count == 1000)
        #expect(zip(run, run.dropFirst()).allSatisfy { $0.fingerprint <= $1.fingerprint })
        index.seal(run)
        #expect(index.recent.isEmpty)
        for number in 0..<1000 {
            let expected = Int64(bitPattern: EventIndex.fingerprint(of: "id-\(number)", seed: 42))
            #expect(index.candidates(for: "id-\(number)") == .runs([0...0], fingerprint: expected))
        }
    }

    @Test func theFilterSeldomErrs() {
        var index = EventIndex(seed: 9)
        for run in 0..<EventIndex.runsPerGeneration {
            let ids = (0..<2000).map { ("\(run)-\($0)", Int64($0)) }
            index.insert(Dictionary(uniqueKeysWithValues: ids))
            index.seal(index.sealedRun())
        }
        let wrong = (0..<20_000).filter { number in
            if case .runs(let runs, _) = index.candidates(for: "other-\(number)") { !runs.isEmpty } else { true }
        }
        #expect(wrong.count < 20)
    }

    @Test func fingerprintsDependOnEveryByteAndOnTheSeed() {
        var seen: Set<UInt64> = []
        for length in 0..<40 {
            seen.insert(EventIndex.fingerprint(of: String(repeating: "x", count: length), seed: 1))
            seen.insert(EventIndex.fingerprint(of: String(repeating: "x", count: length), seed: 2))
            if length > 0 {
                seen.insert(EventIndex.fingerprint(of: String(repeating: "x", count: length - 1) + "y", seed: 1))
            }
        }
        #expect(seen.count == 40 + 40 + 39)
    }
}

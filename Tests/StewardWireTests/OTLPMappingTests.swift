import StewardJSON
import Testing

@testable import StewardWire

/// The table of attribute keys itself.
@Suite("OTLP: the mapping table")
struct OTLPMappingTests {
    @Test func noKeyIsInTwoRows() {
        let keys = SpanMapping.rows.flatMap(\.keys)
        #expect(Set(keys).count == keys.count)
    }

    @Test func everyFieldHasARow() {
        #expect(Set(SpanMapping.rows.map(\.field)) == Set(SpanField.allCases))
    }

    @Test func everyKeyIsFound() {
        for row in SpanMapping.rows {
            for key in row.keys {
                let padded = Array("..\(key)..".utf8)
                let meaning = SpanMapping.keys.meaning(of: padded, 2..<padded.count - 2)
                #expect(meaning?.field == row.field, "\(key)")
                #expect(SpanMapping.keys.meaning(of: padded, 2..<padded.count - 1) == nil)
            }
        }
    }

    @Test func earlierKeysArePreferred() {
        for field in SpanField.allCases {
            let ranks = SpanMapping.rows.filter { $0.field == field }.flatMap(\.keys).compactMap { key in
                SpanMapping.keys.meaning(of: Array(key.utf8), 0..<key.utf8.count)?.rank
            }
            #expect(ranks == ranks.sorted())
        }
    }
}

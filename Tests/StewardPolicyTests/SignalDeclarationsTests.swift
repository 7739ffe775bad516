import StewardPolicy
import Testing

struct SignalDeclarationsTests {
    @Test func aWholeFileIsRead() throws {
        let text = try Fixtures.text("signals/complete.good.yaml")
        let document = try PolicyDocument.parse(file: "complete.good.yaml", text: text).get()
        guard case .signals(let declarations) = document else {
            Issue.record("the file is no declaration of signals")
            return
        }
        #expect(declarations.signals.map(\.name) == ["documents", "reranked", "top_score", "index"])
        #expect(declarations.signals[2].pointer.tokens == ["attributes", "retrieval", "scores", "0"])
        #expect(declarations.applies(to: "search-answers"))
        #expect(!declarations.applies(to: "support-bot"))
    }

    @Test(arguments: Fixtures.names("signals", ".bad.yaml"))
    func badFilesAreRefusedWithTheirPlaces(name: String) throws {
        let text = try Fixtures.text("signals/" + name)
        try Fixtures.expectProblems(PolicyDocument.parse(file: name, text: text), "signals", name)
    }
}

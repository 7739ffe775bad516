import StewardModel
import Testing

struct RulesTests {
    /// Who may do what, as a table: rows hold, columns need, in the order of the roles.
    @Test func rolesGrantWhatTheContractSays() {
        let table: [(Role, [Role])] = [
            (.ingest, [.ingest]), (.viewer, [.viewer]), (.auditor, [.viewer, .auditor]),
            (.operator, [.viewer, .auditor, .operator]), (.admin, Role.allCases),
        ]
        for (role, granted) in table {
            #expect(Role.allCases.filter { role.grants($0) } == granted, "\(role)")
        }
    }

    @Test(
        arguments: [
            ("support-bot", nil), ("Übersetzer 2", nil), ("", "must not be empty"), ("a/b", "must not contain '/'"),
            (" a", "must not begin or end with a space"), ("a\n", "must not contain control characters"),
            (String(repeating: "é", count: 65), "must be at most 128 bytes long"),
        ] as [(String, String?)])
    func namesAreChecked(name: String, problem: String?) {
        #expect(Name.problem(name) == problem)
    }

    @Test func everySignalHasItsOwnNumberAndName() {
        #expect(Set(Signal.all.map(\.signal)).count == Signal.all.count)
        #expect(Set(Signal.all.map(\.name)).count == Signal.all.count)
    }

    @Test func aMeasurementIsNeverNaN() {
        #expect(Measurement(value: .nan, sampleSize: 3).value == nil)
    }

    @Test(arguments: StewardError.Code.allCases)
    func everyErrorHasAStatusEverywhere(code: StewardError.Code) {
        #expect((400...599).contains(code.httpStatus))
        #expect((1...3).contains(code.exitStatus))
    }
}

import StewardModel
import Testing

struct LinearPatternTests {
    @Test(
        arguments: [
            ("", "", true), ("", "a", true), ("a", "cat", true), ("a", "dog", false), ("^cat$", "cat", true),
            ("^cat$", "cats", false), ("c.t", "cut", true), ("colou?r", "COLOR", true), ("(ab)+c", "xababc", true),
            ("(ab)+c", "xc", false), ("a|b|c", "xxc", true), ("^(?:a|bc)d", "bcd", true), ("[a-c]x", "bx", true),
            ("[^a-c]x", "bx", false), ("[]x]", "]", true), ("[a-]", "-", true), ("\\d{3}", "ab12", false),
            ("\\d{3}", "ab123", true), ("^\\d{1,2}$", "123", false), ("^\\d{2,}$", "123", true),
            ("\\bman\\b", "a woman", false), ("\\bman\\b", "the man.", true), ("\\Bman", "woman", true),
            ("\\bété\\b", "un ÉTÉ chaud", true), ("\\bstraße", "die Straße", true), ("\\$5\\.00", "costs $5.00", true),
            ("a*?b", "aaab", true), ("^$", "", true), ("(a*)*b", "aaac", false), ("(a|a)*$", "aaa", true),
            ("[\\w.]+@[\\w.]+", "write to a.b@c.org", true), ("x{0}y", "y", true), ("я", "Я", true),
        ] as [(String, String, Bool)])
    func matches(pattern: String, text: String, expected: Bool) throws {
        #expect(try LinearPattern(pattern).matches(in: text) == expected)
    }

    @Test(
        arguments: [
            ("a)", "has a ) without its ("), ("(a", "has a ( without its )"), ("[a", "has a [ without its ]"),
            ("*a", "has a * with nothing before it to repeat"), ("(?=a)", "looks around or sets options"),
            ("(a)\\1", "refers back with \\1"), ("\\q", "has \\q, which is not known here"),
            ("a{2,1}", "must rise"), ("a{999}", "at most 200"), ("a{x}", "no number follows"),
            ("((a{200}){200}){200}", "repeats too much"), ("[b-a]", "does not rise"), ("a\\", "ends with a single \\"),
            (String(repeating: "(", count: 60), "is nested too deeply"),
            (String(repeating: "a", count: 501), "at most 500 characters"),
        ])
    func refuses(pattern: String, reason: String) {
        let problem = #expect(throws: LinearPattern.Problem.self) { try LinearPattern(pattern) }
        #expect(problem?.reason.contains(reason) == true, "\(problem?.reason ?? "")")
    }

    /// Patterns that make others take for ever; as many steps as there are characters, here.
    @Test(arguments: ["(a+)+$", "(a|aa)+$", "(.*)*x", "(a?){100}a{100}$", "^(([a-z])+.)+[A-Z]([a-z])+$"])
    func nothingTakesForEver(pattern: String) throws {
        let text = String(repeating: "a", count: 2000) + "!"
        #expect(try !LinearPattern(pattern).matches(in: text))
    }

    /// Any text is a pattern or a problem, never a trap.
    @Test(arguments: [UInt64(1), 2, 3])
    func anyTextIsReadOrRefused(seed: UInt64) {
        var state = seed
        let alphabet = Array("ab()[]{}|*+?^$.\\-1,dwb:")
        for _ in 0..<3000 {
            let pattern = String(
                (0..<12).map { _ in
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return alphabet[Int((state >> 33) % UInt64(alphabet.count))]
                })
            _ = try? LinearPattern(pattern).matches(in: "abab-1,")
        }
    }
}

import StewardJSON
import StewardStatistics
import Testing

@Suite("Values, canonical form, text")
struct ValueTests {
    /// RFC 8785, appendix B: the bits of a number and its text.
    static let numbers: [(UInt64, String)] = [
        (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"), (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"), (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"), (0x4340_0000_0000_0000, "9007199254740992"),
        (0xc340_0000_0000_0000, "-9007199254740992"), (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"), (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"), (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
        (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"), (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"), (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"), (0x41b3_de43_5555_5554, "333333333.33333325"),
        (0x41b3_de43_5555_5555, "333333333.3333333"), (0x41b3_de43_5555_5556, "333333333.3333334"),
        (0x41b3_de43_5555_5557, "333333333.33333343"), (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
        (0x7fff_ffff_ffff_ffff, "null"), (0x7ff0_0000_0000_0000, "null"), (0xfff0_0000_0000_0000, "null"),
    ]

    @Test(arguments: numbers) func numberText(_ bits: UInt64, text: String) {
        let value = Double(bitPattern: bits)
        #expect(String(decoding: JSONValue.number(value).canonical, as: UTF8.self) == text)
        var writer = JSONWriter()
        writer.double(value)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == text)
    }

    @Test func numbersReadBack() throws {
        var random = SplitMix64(seed: 0x5EED_0001)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            let parsed = try JSONValue(parsing: JSONValue.number(value).text)
            try #require(parsed.double == value, "\(value) with seed 0x5EED0001")
        }
    }

    /// RFC 8785, section 3.2.2: its example as a whole.
    @Test func canonicalExample() throws {
        let value = try JSONValue(
            parsing: #"""
                {
                  "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
                  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
                  "literals": [null, true, false]
                }
                """#)
        let expected =
            #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#
            + #""string":"€$\u000f\nA'B\"\\\\\"/"}"#
        #expect(String(decoding: value.canonical, as: UTF8.self) == expected)
    }

    /// RFC 8785, section 3.2.3: names are sorted by UTF-16 code units, which is not the order of their bytes.
    @Test func canonicalOrder() throws {
        let value = try JSONValue(
            parsing: #"""
                {"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",
                 "\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control",
                 "\u00f6":"Latin Small Letter O With Diaeresis"}
                """#)
        let sorted = try JSONValue(parsing: value.canonical)
        #expect(
            sorted.members?.map(\.value.string) == [
                "Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign",
                "Emoji: Grinning Face", "Hebrew Letter Dalet With Dagesh",
            ])
    }

    @Test func integersStayExact() throws {
        for text in ["9007199254740993", "-9223372036854775808", "9223372036854775807", "0", "-1"] {
            let value = try JSONValue(parsing: text)
            #expect(value == .integer(try #require(Int64(text))))
            #expect(String(decoding: value.canonical, as: UTF8.self) == text)
        }
        #expect(try JSONValue(parsing: "9223372036854775808") == .number(9_223_372_036_854_775_808))
        #expect(try JSONValue(parsing: "-0") == 0)
    }

    @Test func accessors() throws {
        let value: JSONValue = ["a": 1, "b": 2.5, "c": ["x", nil, true], "d": ["e": 3.0]]
        #expect(value["a"]?.int64 == 1 && value["a"]?.double == 1)
        #expect(value["b"]?.double == 2.5 && value["b"]?.int64 == nil)
        #expect(value["c"]?.array?.count == 3 && value["c"]?.array?.last?.bool == true)
        #expect(value["d"]?["e"]?.int64 == 3 && value["z"] == nil && value["a"]?["a"] == nil)
        #expect(value["c"]?.array?[1].isNull == true && value["c"]?.array?[0].string == "x")
        // One letter and its decomposition are two names.
        let twins = try JSONValue(parsing: #"{"\u00e9":1,"e\u0301":2}"#)
        #expect(twins["\u{E9}"] == 1 && twins["e\u{301}"] == 2)
    }

    /// RFC 6901, section 5, and what is no pointer.
    @Test(
        arguments: [
            ("", nil), ("/foo/0", "bar"), ("/", 0), ("/a~1b", 1), ("/c%d", 2), ("/e^f", 3), ("/m~0n", 8),
            ("/foo/2", nil),
            ("/foo/01", nil), ("/foo/-", nil), ("/foo/+1", nil), ("foo", nil), ("/m~2n", nil), ("/m~", nil),
            ("/foo/0/x", nil),
        ] as [(String, JSONValue?)])
    func pointers(_ pointer: String, expected: JSONValue?) throws {
        let value = try JSONValue(parsing: #"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"m~n":8}"#)
        #expect(value.value(at: pointer) == (pointer.isEmpty ? value : expected))
    }

    @Test func prettyText() {
        let value: JSONValue = ["a": [1, ["b": nil]], "c": [:], "d": []]
        let expected = """
            {
              "a": [
                1,
                {
                  "b": null
                }
              ],
              "c": {},
              "d": []
            }

            """
        #expect(String(decoding: value.pretty, as: UTF8.self) == expected)
    }

    @Test func manyNamesAreToldApart() throws {
        let names = (0..<100).map { #""n\#($0)":0"# }
        _ = try JSONValue(parsing: "{" + names.joined(separator: ",") + "}")
        for twice in [0, 14, 15, 16, 99] {
            #expect(throws: JSONError.self) {
                try JSONValue(parsing: "{" + (names + [names[twice]]).joined(separator: ",") + "}")
            }
        }
    }

    @Test func writerPlacesCommas() {
        var writer = JSONWriter()
        writer.object {
            $0.member("a", 1)
            $0.member("b", "x\u{1}\u{8}\u{c}\t\r\n\"\\/é" as String?)
            $0.member("none", nil as String?)
            $0.array("c") {
                $0.bool(true)
                $0.double(.nan)
                $0.object { $0.member("d", -0.0) }
                $0.raw("[1]".utf8)
                $0.array { _ in }
            }
            $0.object("e") { _ in }
            $0.member("f", false)
        }
        writer.endLine()
        writer.integer(.min)
        let expected =
            #"{"a":1,"b":"x\u0001\b\f\t\r\n\"\\/é","none":null,"#
            + #""c":[true,null,{"d":0},[1],[]],"e":{},"f":false}"# + "\n-9223372036854775808"
        #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
    }
}

import StewardJSON
import Testing

@testable import StewardPolicy

struct SchemaTests {
    /// Rates are figures by the names of what is charged, and need no words of their own.
    private static let plain: Set<String> = [
        "cached_input", "cached_audio_input", "cache_write", "cache_write_1h", "audio_input", "image_input",
        "reasoning", "audio_output", "image_output", "image", "web_search", "request",
    ]

    @Test(arguments: [false, true])
    func everyKeySaysWhatItMeans(isOfTests: Bool) {
        let schema = isOfTests ? PolicyTestFile.schema : PolicyDocument.schema
        var keys = 0
        func walk(_ value: JSONValue, _ path: String) {
            for key in value["properties"]?.members ?? [] {
                keys += 1
                let text = key.value["description"]?.string
                let isDescribed = text?.hasSuffix(".") == true || Self.plain.contains(key.name)
                #expect(isDescribed, "\(path).\(key.name)")
                walk(key.value, "\(path).\(key.name)")
            }
            for name in ["items", "additionalProperties", "then"] { if let inner = value[name] { walk(inner, path) } }
            for name in ["allOf", "oneOf"] { for inner in value[name]?.array ?? [] { walk(inner, path + "/") } }
        }
        walk(schema, "")
        #expect(keys > 10)
    }

    /// A text that no key uses is out of date.
    @Test func everyTextIsUsed() {
        var used: Set<String> = []
        func collect(_ value: JSONValue) {
            if let text = value["description"]?.string { used.insert(text) }
            for member in value.members ?? [] { collect(member.value) }
            for element in value.array ?? [] { collect(element) }
        }
        collect(PolicyDocument.schema)
        collect(PolicyTestFile.schema)
        for (key, text) in FieldTexts.texts { #expect(used.contains(text), "\(key)") }
    }

    @Test func whatIsDeclaredOnceIsThere() throws {
        let rollout = try #require(
            PolicyDocument.schema["allOf"]?.array?.first { $0["if"]?["properties"]?["kind"]?["const"] == "rollout" }?[
                "then"])
        #expect(rollout["properties"]?["alpha"]?["default"] == 0.01)
        #expect(rollout["properties"]?["alpha"]?["maximum"] == 0.2)
        #expect(rollout["properties"]?["deadline"]?["default"] == "1d")
        let step = rollout["properties"]?["steps"]?["items"]
        #expect(step?["required"] == ["weight", "minimum_sample", "minimum_time"])
        #expect(step?["properties"]?["weight"]?["maximum"] == 100)
        #expect(step?["additionalProperties"] == false)
        let rollback = try #require(
            PolicyDocument.schema["allOf"]?.array?.first { $0["if"]?["properties"]?["kind"]?["const"] == "rollback" }?[
                "then"])
        #expect(rollback["properties"]?["when"]?["oneOf"]?.array?.count == RollbackPolicy.subjects.count)
    }
}

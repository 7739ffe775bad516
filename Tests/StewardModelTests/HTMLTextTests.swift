import StewardModel
import Testing

@Test(arguments: [
    ("a < b && c > \"d\" or 'e'", "a &lt; b &amp;&amp; c &gt; &quot;d&quot; or &#39;e&#39;"),
    ("two\nlines\tand a tab", "two\nlines\tand a tab"),
    ("\u{0}\u{1B}[31m\r\u{9F}", "\u{FFFD}\u{FFFD}[31m\u{FFFD}\u{FFFD}"),
    ("\u{202E}evil\u{2066}", "\u{FFFD}evil\u{FFFD}"),
    ("naïve 雪 👩\u{200D}🚀", "naïve 雪 👩\u{200D}🚀"),
    ("&amp;", "&amp;amp;"),
])
func textIsHarmlessInHTML(text: String, escaped: String) {
    #expect(HTMLText.escape(text) == escaped)
}

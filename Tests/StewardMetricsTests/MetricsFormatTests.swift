import StewardMetrics
import Testing

@Suite("Content negotiation of the metrics page")
struct MetricsFormatTests {
    @Test(
        "the format follows the Accept header",
        arguments: [
            (nil, .prometheus), ("", .prometheus), ("*/*", .prometheus), ("text/html,*/*;q=0.8", .prometheus),
            ("text/plain", .prometheus), ("application/json", .prometheus),
            // Prometheus 2.42, 3.1, and Prometheus with its OpenMetrics preference turned off.
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                    + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", .openMetrics
            ),
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                    + "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;"
                    + "escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1", .openMetrics
            ),
            ("text/plain;version=0.0.4;q=0.5,*/*;q=0.1", .prometheus),
            ("application/openmetrics-text", .openMetrics),
            ("Application/OpenMetrics-Text ; Version=\"1.0.0\"", .openMetrics),
            ("application/openmetrics-text; version=0.0.1", .prometheus),
            ("application/openmetrics-text; version=2.0.0", .prometheus),
            ("application/openmetrics-text;q=0.1, text/plain", .prometheus),
            ("application/openmetrics-text;q=0", .prometheus),
            ("application/openmetrics-text;q=high", .prometheus),
            (";;,,=,;q", .prometheus),
        ] as [(String?, MetricsFormat)])
    func negotiation(accept: String?, expected: MetricsFormat) {
        #expect(MetricsFormat(accept: accept) == expected)
    }

    @Test("content types")
    func contentTypes() {
        #expect(MetricsFormat.prometheus.contentType == "text/plain; version=0.0.4; charset=utf-8")
        #expect(
            MetricsFormat.openMetrics.contentType == "application/openmetrics-text; version=1.0.0; charset=utf-8")
    }
}

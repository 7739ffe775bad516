import StewardJSON
import StewardModel

/// Metrics are answered, so that SDKs which send them stay quiet, and not kept: Steward makes its own from events.
package enum OTLPMetrics {
    /// Checks that a body can be an `ExportMetricsServiceRequest`: that it is JSON, or a message of messages.
    ///
    /// - Throws: `invalidInput` where it cannot.
    package static func check(_ body: [UInt8], encoding: OTLPEncoding) throws(StewardError) {
        switch encoding {
        case .protobuf:
            do throws(ProtobufError) {
                var reader = ProtobufReader(0..<body.count)
                while try reader.next(in: body) != nil {}
            } catch {
                throw OTLPTraces.malformed(error)
            }
        case .json:
            do throws(JSONError) {
                var scanner = JSONScanner(body)
                try scanner.skipValue()
                try scanner.finish()
            } catch {
                throw OTLPTraces.malformed(error)
            }
        }
    }
}

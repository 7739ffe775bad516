import StewardWire

/// OTLP traces and logs in JSON, as any exporter may send them.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    checkTelemetry(bytes(data, size), .json)
    return 0
}

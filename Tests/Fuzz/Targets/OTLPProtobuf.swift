import StewardWire

/// OTLP traces and logs in protobuf, as any exporter may send them.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    checkTelemetry(bytes(data, size), .protobuf)
    return 0
}

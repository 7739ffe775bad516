/// Refuses events while the disk is nearly full, before a commit would fail: reading, deciding and the audit log need
/// what is left. Opens again by itself, with some room to spare so that it does not flutter.
struct DiskGate {
    /// Free bytes below which nothing more is taken in; 0 never refuses.
    let minimumFreeBytes: Int64
    private(set) var isOpen = true

    init(minimumFreeBytes: Int64) { self.minimumFreeBytes = minimumFreeBytes }

    /// Takes note of the free bytes.
    ///
    /// - Returns: whether the gate opened or closed by it.
    mutating func observe(freeBytes: Int64) -> Bool {
        let wasOpen = isOpen
        isOpen = freeBytes >= (wasOpen ? minimumFreeBytes : minimumFreeBytes + minimumFreeBytes / 8)
        return isOpen != wasOpen
    }
}

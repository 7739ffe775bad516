/// A sample of finite numbers in ascending order.
package struct SortedSample: Sendable, Equatable {
    /// The numbers as integers of the same order, which sort and merge faster.
    let keys: [UInt64]
    /// How many values were NaN or infinite and are left out.
    package let nonFiniteCount: Int

    package var count: Int { keys.count }
    package var values: [Double] { keys.map(RadixSort.value(ofKey:)) }

    /// The value with `rank` values below it, 0…count − 1.
    package subscript(rank: Int) -> Double { RadixSort.value(ofKey: keys[rank]) }

    /// Sorts the numbers, in time linear in their count unless they differ only in their last bits.
    package init(_ unsorted: [Double]) {
        // Adding zero turns −0 into 0, which is the same number but another key.
        var keys = unsorted.map { RadixSort.key(of: $0 + 0) }
        let (least, most) = (RadixSort.key(of: -.greatestFiniteMagnitude), RadixSort.key(of: .greatestFiniteMagnitude))
        if !keys.allSatisfy({ $0 >= least && $0 <= most }) { keys.removeAll { $0 < least || $0 > most } }
        nonFiniteCount = unsorted.count - keys.count
        RadixSort.sort(&keys)
        self.keys = keys
    }
}

/// Sorts numbers by their bits: several times as fast as by comparing them.
///
/// - Reference: D. E. Knuth, The Art of Computer Programming, volume 3, section 5.2.5.
enum RadixSort {
    private static let digitBits: UInt64 = 11
    private static let digits = 1 << Int(digitBits)
    /// Below this many, comparing is as fast.
    private static let fewest = 256

    /// An integer that has the order of the number.
    @inline(__always) static func key(of value: Double) -> UInt64 {
        let bits = value.bitPattern
        return bits ^ (UInt64(bitPattern: Int64(bitPattern: bits) >> 63) | 1 << 63)
    }

    @inline(__always) static func value(ofKey key: UInt64) -> Double {
        Double(bitPattern: key ^ (~UInt64(bitPattern: Int64(bitPattern: key) >> 63) | 1 << 63))
    }

    static func sort(_ keys: inout [UInt64]) {
        guard keys.count >= fewest, let first = keys.first else { return keys.sort() }
        let varying = keys.reduce(0) { $0 | ($1 ^ first) }
        if varying == 0 { return }
        let (top, bottom) = (64 - UInt64(varying.leadingZeroBitCount), UInt64(varying.trailingZeroBitCount))
        // The upper 33 bits that differ settle all but a few neighbours, which insertion puts right; where it would
        // have to move too much, the lower bits follow.
        let high = max(bottom, top > 3 * digitBits ? top - 3 * digitBits : 0)
        order(&keys, from: high, to: top)
        if high > bottom, !insertionSort(&keys, budget: 2 * keys.count) { order(&keys, from: bottom, to: top) }
    }

    /// A stable sort by the bits from `low` up to `high`, a digit at a time.
    private static func order(_ keys: inout [UInt64], from low: UInt64, to high: UInt64) {
        var buffer = [UInt64](unsafeUninitializedCapacity: keys.count) { _, count in count = keys.count }
        for shift in stride(from: low, to: high, by: Int(digitBits)) {
            var places = [Int](repeating: 0, count: digits)
            keys.withUnsafeBufferPointer { source in
                places.withUnsafeMutableBufferPointer { places in
                    func digit(_ key: UInt64) -> Int { Int(truncatingIfNeeded: key &>> shift) & (digits - 1) }
                    for key in source { places[digit(key)] &+= 1 }
                    var place = 0
                    for digit in places.indices { (places[digit], place) = (place, place &+ places[digit]) }
                    buffer.withUnsafeMutableBufferPointer { target in
                        for key in source {
                            let digit = digit(key)
                            target[places[digit]] = key
                            places[digit] &+= 1
                        }
                    }
                }
            }
            swap(&keys, &buffer)
        }
    }

    /// Returns false, the keys permuted but not sorted, where more than `budget` moves were needed.
    private static func insertionSort(_ keys: inout [UInt64], budget: Int) -> Bool {
        keys.withUnsafeMutableBufferPointer { keys in
            var moves = 0
            for index in 1..<keys.count where keys[index] < keys[index - 1] {
                let key = keys[index]
                var place = index
                while place > 0, keys[place - 1] > key {
                    keys[place] = keys[place - 1]
                    place -= 1
                }
                keys[place] = key
                moves += index - place
                if moves > budget { return false }
            }
            return true
        }
    }
}

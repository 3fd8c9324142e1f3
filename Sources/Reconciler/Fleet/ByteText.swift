internal import Glibc

/// Texts by their bytes. `String` takes for equal what Unicode does (canonical equivalence), while media servers, stores and whoever
/// verifies a ticket tell `é` in one code point from `é` in two.
enum ByteText {
    static func isEqual(_ left: String, _ right: String) -> Bool {
        if left.utf8.count != right.utf8.count { return false }
        // A native String has its bytes at hand; others are made native first, where they come in.
        let isSame = unsafe left.utf8.withContiguousStorageIfAvailable { left in
            unsafe right.utf8.withContiguousStorageIfAvailable { right in
                guard let one = left.baseAddress, let other = right.baseAddress else { return true }
                return unsafe memcmp(one, other, left.count) == 0
            }
        }
        return (isSame ?? nil) ?? left.utf8.elementsEqual(right.utf8)
    }

    static func isLess(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    /// With an end, so that two texts one after the other are not two others.
    static func hash(_ text: String, into hasher: inout Hasher) {
        // As above: where the bytes are not at hand, a native copy has them.
        let isDone = unsafe text.utf8.withContiguousStorageIfAvailable { bytes in
            unsafe hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
            return true
        }
        if isDone != true {
            var native = text
            native.withUTF8 { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        }
        hasher.combine(0xff as UInt8)
    }
}

/// Texts by their bytes. `String` takes for equal what Unicode does (canonical equivalence), while media servers, stores and whoever
/// verifies a ticket tell `é` in one code point from `é` in two.
enum ByteText {
    static func isEqual(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8)
    }

    static func isLess(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    /// With an end, so that two texts one after the other are not two others.
    static func hash(_ text: String, into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { bytes in unsafe hasher.combine(bytes: UnsafeRawBufferPointer(bytes)) }
        hasher.combine(0xff as UInt8)
    }
}

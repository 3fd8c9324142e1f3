/// The token of an `Authorization` field.
enum BearerToken {
    private static let scheme: StaticString = "bearer "

    /// The token of a `Bearer` field (RFC 6750 section 2.1), whose case does not matter; nil for another scheme.
    static func of(_ field: consuming ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard field.count > scheme.utf8CodeUnitCount else { return nil }
        let isScheme = unsafe field.withUnsafeBytes { field in
            scheme.withUTF8Buffer { scheme in
                for index in scheme.indices where unsafe field[index].asciiLowercased != scheme[index] { return false }
                return true
            }
        }
        return isScheme ? field.dropFirst(scheme.utf8CodeUnitCount) : nil
    }
}

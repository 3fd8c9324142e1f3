/// The header fields of one request, in their order, their values in one buffer: two allocations however many there are.
///
/// They are looked at where they are; who wants others of their own says so with ``copy()``.
package struct HTTPHeaders: ~Copyable, Sendable {
    /// What is wrong with a field, found as it comes.
    enum Flaw: Sendable {
        /// The name is no token.
        case name
        /// The value holds a control sign other than a tab (RFC 9110 section 5.5).
        case value
    }

    private struct Field {
        var value: Range<Int>
        /// Nil: a name that nobody looks up.
        var known: Name?
    }

    private var bytes: [UInt8] = []
    private var fields: [Field] = []
    /// By name: how many fields have it, and the first of them.
    private var known = InlineArray<19, (count: Int32, first: Int32)>(repeating: (0, 0))
    /// A name that is looked up is there more than once.
    private(set) var hasRepeated = false
    /// What is wrong with the first field that is not sound.
    private(set) var flaw: Flaw?

    /// No fields.
    package init() {}

    /// These fields.
    package init(_ pairs: [(String, String)]) {
        for (name, value) in pairs {
            unsafe Array(name.utf8).withUnsafeBytes { name in
                unsafe Array(value.utf8).withUnsafeBytes { value in unsafe append(name: name, value: value) }
            }
        }
    }

    /// Adds one field as it came; white space at the end of the value is no part of it (RFC 9110 section 5.5).
    mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        let one = unsafe Name(name)
        // One that is known is a token.
        if flaw == nil { unsafe flaw = Self.flaw(one == nil ? name : nil, value) }
        let start = bytes.count
        unsafe bytes.append(contentsOf: value)
        while bytes.count > start, bytes.last == UInt8(ascii: " ") || bytes.last == UInt8(ascii: "\t") {
            bytes.removeLast()
        }
        if let one {
            let place = Int(one.rawValue)
            if known[place].count == 0 {
                known[place].first = Int32(truncatingIfNeeded: fields.count)
            } else {
                hasRepeated = true
            }
            known[place].count += 1
        }
        fields.append(Field(value: start..<bytes.count, known: one))
    }

    /// What is wrong with a name, unless it is known to be sound, or with a value.
    private static func flaw(_ name: UnsafeRawBufferPointer?, _ value: UnsafeRawBufferPointer) -> Flaw? {
        if let name = unsafe name {
            let token = ByteSet.token
            if unsafe name.isEmpty { return .name }
            for index in 0..<name.count where unsafe !token.contains(name[index]) { return .name }
        }
        // A token has hundreds of bytes: without a way out of the loop, the compiler looks at many at once.
        var odd: UInt8 = 0
        unsafe value.withMemoryRebound(to: UInt8.self) { bytes in
            guard let first = bytes.baseAddress else { return }
            for index in 0..<bytes.count {
                let byte = unsafe first[index]
                odd |= (byte < 0x20 ? 1 : 0) | (byte == 0x7f ? 1 : 0)
            }
        }
        if odd == 0 { return nil }
        for index in 0..<value.count {
            let byte = unsafe value[index]
            if byte < 0x20 && byte != 0x09 || byte == 0x7f { return .value }
        }
        return nil
    }

    /// The same fields once more.
    func copy() -> HTTPHeaders {
        var other = HTTPHeaders()
        (other.bytes, other.fields, other.known) = (bytes, fields, known)
        (other.hasRepeated, other.flaw) = (hasRepeated, flaw)
        return other
    }

    /// Forgets all fields and keeps the memory for the next request.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
        known = InlineArray(repeating: (0, 0))
        hasRepeated = false
        flaw = nil
    }

    /// How many fields have this name.
    func count(of name: Name) -> Int { Int(known[Int(name.rawValue)].count) }

    /// The first value of `name`; nil when there is none.
    package func first(_ name: Name) -> ArraySlice<UInt8>? {
        let place = known[Int(name.rawValue)]
        return place.count == 0 ? nil : bytes[fields[Int(place.first)].value]
    }

    /// Every value of `name`, in the order of their coming.
    func values(_ name: Name) -> [ArraySlice<UInt8>] {
        if count(of: name) == 0 { return [] }
        return fields.compactMap { $0.known == name ? bytes[$0.value] : nil }
    }

    /// How many there are.
    package var count: Int { fields.count }
}

extension UInt8 {
    /// The lower-case letter for an upper-case one of ASCII; any other byte itself.
    var asciiLowercased: UInt8 {
        self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self | 0x20 : self
    }
}

extension Collection<UInt8> {
    /// Whether both spell the same but for the case of ASCII letters; `other` is in lower case.
    func equalsIgnoringCase(_ other: [UInt8]) -> Bool {
        count == other.count && zip(self, other).allSatisfy { $0.asciiLowercased == $1 }
    }
}

/// The header fields of one request, in their order, as bytes in one buffer: two allocations however many there are.
package struct HTTPHeaders: Sendable {
    /// Names that are looked up, in lower case.
    package enum Name {
        /// `Accept` (RFC 9110 section 12.5.1).
        package static let accept = Array("accept".utf8)
        /// `Authorization`.
        package static let authorization = Array("authorization".utf8)
        /// `Content-Type`.
        package static let contentType = Array("content-type".utf8)
        /// `Content-Length`.
        package static let contentLength = Array("content-length".utf8)
        /// `Forwarded` (RFC 7239).
        package static let forwarded = Array("forwarded".utf8)
        /// `X-Forwarded-For`.
        package static let forwardedFor = Array("x-forwarded-for".utf8)
        /// `Host`.
        package static let host = Array("host".utf8)
        /// `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header).
        package static let idempotencyKey = Array("idempotency-key".utf8)
        /// `If-Match` (RFC 9110 section 13.1.1).
        package static let ifMatch = Array("if-match".utf8)
        /// `If-None-Match` (RFC 9110 section 13.1.2).
        package static let ifNoneMatch = Array("if-none-match".utf8)
        /// `Origin` (RFC 6454 section 7).
        package static let origin = Array("origin".utf8)
        /// `Access-Control-Request-Method`.
        package static let requestMethod = Array("access-control-request-method".utf8)
        /// `traceparent` (W3C Trace Context).
        package static let traceParent = Array("traceparent".utf8)
        /// `tracestate`.
        package static let traceState = Array("tracestate".utf8)
        /// `X-Hub-Signature-256` of GitHub, Gitea and Forgejo.
        package static let hubSignature = Array("x-hub-signature-256".utf8)
        /// `X-Gitlab-Token`.
        package static let gitlabToken = Array("x-gitlab-token".utf8)
        /// `X-Request-Id`.
        package static let requestID = Array("x-request-id".utf8)
        /// `Last-Event-ID` of server-sent events (html.spec.whatwg.org, section 9.2).
        package static let lastEventID = Array("last-event-id".utf8)
        /// `Transfer-Encoding`.
        package static let transferEncoding = Array("transfer-encoding".utf8)
    }

    private struct Field {
        var name: Range<Int>
        var value: Range<Int>
    }

    private var bytes: [UInt8] = []
    private var fields: [Field] = []

    /// No fields.
    package init() {}

    /// These fields.
    package init(_ pairs: [(String, String)]) {
        for (name, value) in pairs { append(name: name.utf8, value: value.utf8) }
    }

    /// Adds one field as it came; white space at the end of the value is no part of it (RFC 9110 section 5.5).
    package mutating func append(name: some Sequence<UInt8>, value: some Sequence<UInt8>) {
        let start = bytes.count
        bytes.append(contentsOf: name)
        let middle = bytes.count
        bytes.append(contentsOf: value)
        while bytes.count > middle, bytes.last == UInt8(ascii: " ") || bytes.last == UInt8(ascii: "\t") {
            bytes.removeLast()
        }
        fields.append(Field(name: start..<middle, value: middle..<bytes.count))
    }

    /// Forgets all fields and keeps the memory for the next request.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
    }

    /// The first value of `name`, which is in lower case; nil when there is none.
    package func first(_ name: [UInt8]) -> ArraySlice<UInt8>? {
        for field in fields where isName(field, name) { return bytes[field.value] }
        return nil
    }

    /// Every value of `name`, which is in lower case, in the order of their coming.
    func values(_ name: [UInt8]) -> [ArraySlice<UInt8>] {
        var values: [ArraySlice<UInt8>] = []
        for field in fields where isName(field, name) { values.append(bytes[field.value]) }
        return values
    }

    /// How many there are.
    package var count: Int { fields.count }

    /// Calls `body` with every field in turn, until it returns false.
    func forEach(_ body: (_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) -> Bool) {
        for field in fields where !body(bytes[field.name], bytes[field.value]) { return }
    }

    private func isName(_ field: Field, _ name: [UInt8]) -> Bool {
        guard field.name.count == name.count else { return false }
        var index = field.name.lowerBound
        for byte in name {
            if bytes[index].asciiLowercased != byte { return false }
            index += 1
        }
        return true
    }
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

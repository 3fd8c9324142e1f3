/// One answer, whole. Its request id is added as it leaves.
///
/// A value in one box, as ``HTTPRequest`` is: it is passed on several times before it leaves.
package struct HTTPResponse: Sendable {
    private var parts: Parts

    /// `@unchecked Sendable` and `@exclusivity(unchecked)`: as the parts of a ``HTTPRequest``.
    private final class Parts: @unchecked Sendable {
        let status: Int
        let contentType: String?
        @safe @exclusivity(unchecked) var headers: [(name: String, value: String)]
        @safe @exclusivity(unchecked) var marks: Marks = []
        @safe @exclusivity(unchecked) var body: [UInt8]
        @safe @exclusivity(unchecked) var stream: ResponseStream?
        @safe @exclusivity(unchecked) var hasSecret = false
        @safe @exclusivity(unchecked) var requestID = ""
        @safe @exclusivity(unchecked) var remarks: Remarks?

        init(_ status: Int, _ contentType: String?, _ headers: [(name: String, value: String)], _ body: [UInt8]) {
            (self.status, self.contentType, self.headers, self.body) = (status, contentType, headers, body)
        }

        convenience init(_ other: Parts) {
            self.init(other.status, other.contentType, other.headers, other.body)
            (marks, stream, hasSecret) = (other.marks, other.stream, other.hasSecret)
            (requestID, remarks) = (other.requestID, other.remarks)
        }
    }

    /// Fields that nearly every answer has, as bits.
    package struct Marks: OptionSet, Sendable {
        /// One bit for each.
        package let rawValue: UInt8

        /// Those whose bits are set.
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// No cache keeps it (RFC 9111 section 5.2.2.5).
        package static let noStore = Marks(rawValue: 1)
        /// Nobody guesses what it is (fetch.spec.whatwg.org, section 3.6).
        package static let noSniffing = Marks(rawValue: 2)

        /// Each with its field.
        static let fields: InlineArray<2, (mark: Marks, name: StaticString, value: StaticString)> = [
            (.noStore, "Cache-Control", "no-store"), (.noSniffing, "X-Content-Type-Options", "nosniff"),
        ]
    }

    /// What the audit log learns of an answer, apart: nearly none has any.
    private final class Remarks: Sendable {
        let caller: Principal?
        let change: String?
        let isMinor: Bool

        init(_ caller: Principal?, _ change: String?, _ isMinor: Bool) {
            (self.caller, self.change, self.isMinor) = (caller, change, isMinor)
        }
    }

    private mutating func remark(_ caller: Principal?, _ change: String?, _ isMinor: Bool) {
        own()
        parts.remarks = Remarks(caller, change, isMinor)
    }

    /// Before each change.
    private mutating func own() {
        if !isKnownUniquelyReferenced(&parts) { parts = Parts(parts) }
    }

    /// The HTTP status.
    package var status: Int { parts.status }
    /// Of the body; nil when there is none.
    package var contentType: String? { parts.contentType }
    /// Fields that it has beside ``headers``.
    package var marks: Marks {
        get { parts.marks }
        set {
            own()
            parts.marks = newValue
        }
    }
    /// Further fields; no value may hold a line break.
    package var headers: [(name: String, value: String)] {
        _read { yield parts.headers }
        _modify {
            own()
            yield &parts.headers
        }
    }
    /// The whole body.
    package var body: [UInt8] {
        _read { yield parts.body }
        _modify {
            own()
            yield &parts.body
        }
    }
    /// What follows ``body`` as it comes; nil: nothing does.
    package var stream: ResponseStream? {
        get { parts.stream }
        set {
            own()
            parts.stream = newValue
        }
    }
    /// It shows a secret that is shown once: nothing keeps it.
    package var hasSecret: Bool {
        get { parts.hasSecret }
        set {
            own()
            parts.hasSecret = newValue
        }
    }
    /// The request's id, sent as `X-Request-Id`.
    package var requestID: String {
        get { parts.requestID }
        set {
            own()
            parts.requestID = newValue
        }
    }
    /// Who turned out to call, where the call itself proves it, as a login does; for the audit log.
    package var caller: Principal? {
        get { parts.remarks?.caller }
        set { remark(newValue, change, isMinor) }
    }

    /// What was changed, where the path does not tell: `role=viewer`; for the audit log, so without secrets.
    package var change: String? {
        get { parts.remarks?.change }
        set { remark(caller, newValue, isMinor) }
    }

    /// Nothing was changed, or nothing but the caller's own session: the audit log takes only so many of these.
    package var isMinor: Bool {
        get { parts.remarks?.isMinor ?? false }
        set { remark(caller, change, newValue) }
    }

    /// An answer with any body.
    package init(
        status: Int, contentType: String? = nil, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        marks: Marks = []
    ) {
        parts = Parts(status, contentType, headers, body)
        parts.marks = marks
    }

    /// JSON that must not be kept by caches.
    package static func json(_ body: [UInt8], status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, contentType: MediaType.json, body: body, marks: .noStore)
    }

    /// JSON with the fields that every such answer has, and no others.
    var isOrdinaryJSON: Bool {
        parts.marks == [.noStore, .noSniffing] && parts.headers.isEmpty && parts.stream == nil
            && parts.contentType == MediaType.json
    }

    /// The media type of plain text.
    static let plainText = "text/plain; charset=utf-8"

    /// Plain text.
    package static func text(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, contentType: plainText, body: Array(text.utf8), marks: .noStore)
    }

    /// An answer without a body.
    package static func empty(
        _ status: Int, headers: [(name: String, value: String)] = [], marks: Marks = []
    ) -> HTTPResponse {
        HTTPResponse(status: status, headers: headers, marks: marks)
    }

    /// Names the state of what is shown, for `If-Match` (RFC 9110 section 8.8.3); `tag` without its quotes.
    mutating func setEntityTag(_ tag: String) { headers.append(("ETag", "\"\(tag)\"")) }

    /// The value of a field beside `Content-Type`, by its exact name.
    package func header(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// Every field but `Content-Type`, `Content-Length` and those that the server adds.
    var fields: [(name: String, value: String)] {
        var all: [(name: String, value: String)] = []
        for index in Marks.fields.indices where marks.contains(Marks.fields[index].mark) {
            all.append((Marks.fields[index].name.description, Marks.fields[index].value.description))
        }
        return all + headers
    }
}

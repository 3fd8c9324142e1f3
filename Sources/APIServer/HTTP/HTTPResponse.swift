/// One answer, whole. Its request id is added as it leaves.
package struct HTTPResponse: Sendable {
    /// The HTTP status.
    package var status: Int
    /// Of the body; nil when there is none.
    package var contentType: String?
    /// Further fields; no value may hold a line break.
    package var headers: [(name: String, value: String)]
    /// The whole body.
    package var body: [UInt8]
    /// What follows ``body`` as it comes; nil: nothing does.
    package var stream: ResponseStream?
    /// It shows a secret that is shown once: nothing keeps it.
    package var hasSecret = false
    /// The request's id, sent as `X-Request-Id`.
    package var requestID = ""

    /// Who turned out to call, where the call itself proves it, as a login does; for the audit log.
    package var caller: Principal?

    /// An answer with any body.
    package init(
        status: Int, contentType: String? = nil, headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
    }

    /// JSON that must not be kept by caches.
    package static func json(_ body: [UInt8], status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, contentType: "application/json", headers: noStore, body: body)
    }

    /// The media type of plain text.
    static let plainText = "text/plain; charset=utf-8"

    /// Plain text.
    package static func text(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, contentType: plainText, headers: noStore, body: Array(text.utf8))
    }

    /// An answer without a body.
    package static func empty(_ status: Int, headers: [(name: String, value: String)] = []) -> HTTPResponse {
        HTTPResponse(status: status, headers: headers)
    }

    /// The field that keeps an answer out of caches.
    static let noStore: [(name: String, value: String)] = [("Cache-Control", "no-store")]

    /// Names the state of what is shown, for `If-Match` (RFC 9110 section 8.8.3); `tag` without its quotes.
    mutating func setEntityTag(_ tag: String) { headers.append(("ETag", "\"\(tag)\"")) }

    /// The value of a further field, by its exact name.
    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

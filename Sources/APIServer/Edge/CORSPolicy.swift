internal import Reconciler

/// Which pages of other origins may read answers, by the header fields of the Fetch standard (fetch.spec.whatwg.org, section 3.2).
/// Credentials are never allowed: a token comes in Authorization, which the page itself sets, and there is no cookie.
struct CORSPolicy: Sendable, Equatable {
    private let origins: [[UInt8]]
    private let isOpen: Bool
    private let maxAge: Int64

    /// The policy of these settings.
    init(_ settings: ManagerSpec.API.CORS = ManagerSpec.API.CORS()) {
        isOpen = settings.origins == ["*"]
        origins = settings.origins.map { Array($0.utf8) }
        maxAge = settings.maxAge.components.seconds
    }

    /// No page of another origin may read anything: the fields do not exist.
    var isOff: Bool { origins.isEmpty }

    /// What a page's script may read of an answer beside what it always may.
    static let exposed = "X-Request-Id, Link, Location, ETag, Retry-After, Session-Host, WWW-Authenticate"
    /// What a page's script may send.
    static let allowed =
        "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, Last-Event-ID, X-Request-Id, traceparent, tracestate"

    /// Whether pages of this origin may read answers.
    func allows(_ origin: ArraySlice<UInt8>) -> Bool { isOpen || origins.contains { origin.elementsEqual($0) } }

    /// The fields of an answer to a request with this Origin field.
    func fields(for origin: ArraySlice<UInt8>?) -> [(name: String, value: String)] {
        if isOff { return [] }
        if isOpen {
            return [("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", Self.exposed)]
        }
        // A cache must not give one origin's answer to another, nor one without the fields.
        guard let origin, allows(origin) else { return [("Vary", "Origin")] }
        return [
            ("Access-Control-Allow-Origin", String(decoding: origin, as: UTF8.self)),
            ("Access-Control-Expose-Headers", Self.exposed), ("Vary", "Origin"),
        ]
    }

    /// The further fields of a preflight's answer.
    /// - Parameter methods: those of the path, as in `Allow`.
    func preflightFields(methods: String) -> [(name: String, value: String)] {
        [
            ("Access-Control-Allow-Methods", methods), ("Access-Control-Allow-Headers", Self.allowed),
            ("Access-Control-Max-Age", "\(maxAge)"),
        ]
    }
}

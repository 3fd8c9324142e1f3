extension HTTPHeaders {
    /// Names that are looked up. Each field is matched with them once, as it comes; a look-up is then an index.
    package enum Name: UInt8, CaseIterable, Sendable {
        /// `Accept` (RFC 9110 section 12.5.1).
        case accept
        /// `Authorization` (RFC 9110 section 11.6.2).
        case authorization
        /// `Content-Type`.
        case contentType
        /// `Content-Length`.
        case contentLength
        /// `Forwarded` (RFC 7239).
        case forwarded
        /// `X-Forwarded-For`.
        case forwardedFor
        /// `Host`.
        case host
        /// `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header).
        case idempotencyKey
        /// `If-Match` (RFC 9110 section 13.1.1).
        case ifMatch
        /// `If-None-Match` (RFC 9110 section 13.1.2).
        case ifNoneMatch
        /// `Origin` (RFC 6454 section 7).
        case origin
        /// `Access-Control-Request-Method`.
        case requestMethod
        /// `traceparent` (W3C Trace Context).
        case traceParent
        /// `tracestate`.
        case traceState
        /// `X-Hub-Signature-256` of GitHub, Gitea and Forgejo.
        case hubSignature
        /// `X-Gitlab-Token`.
        case gitlabToken
        /// `X-Request-Id`.
        case requestID
        /// `Last-Event-ID` of server-sent events (html.spec.whatwg.org, section 9.2).
        case lastEventID
        /// `Transfer-Encoding`.
        case transferEncoding

        /// The name in lower case.
        var text: StaticString {
            switch self {
            case .accept: "accept"
            case .authorization: "authorization"
            case .contentType: "content-type"
            case .contentLength: "content-length"
            case .forwarded: "forwarded"
            case .forwardedFor: "x-forwarded-for"
            case .host: "host"
            case .idempotencyKey: "idempotency-key"
            case .ifMatch: "if-match"
            case .ifNoneMatch: "if-none-match"
            case .origin: "origin"
            case .requestMethod: "access-control-request-method"
            case .traceParent: "traceparent"
            case .traceState: "tracestate"
            case .hubSignature: "x-hub-signature-256"
            case .gitlabToken: "x-gitlab-token"
            case .requestID: "x-request-id"
            case .lastEventID: "last-event-id"
            case .transferEncoding: "transfer-encoding"
            }
        }

        /// The name that these bytes spell in any case; nil: none that is looked up. Length and first letter leave one at most.
        init?(_ bytes: UnsafeRawBufferPointer) {
            guard let first = unsafe bytes.first else { return nil }
            let one: Name
            switch (bytes.count, first | 0x20) {
            case (4, UInt8(ascii: "h")): one = .host
            case (6, UInt8(ascii: "a")): one = .accept
            case (6, UInt8(ascii: "o")): one = .origin
            case (8, UInt8(ascii: "i")): one = .ifMatch
            case (9, UInt8(ascii: "f")): one = .forwarded
            case (10, UInt8(ascii: "t")): one = .traceState
            case (11, UInt8(ascii: "t")): one = .traceParent
            case (12, UInt8(ascii: "c")): one = .contentType
            case (12, UInt8(ascii: "x")): one = .requestID
            case (13, UInt8(ascii: "a")): one = .authorization
            case (13, UInt8(ascii: "i")): one = .ifNoneMatch
            case (13, UInt8(ascii: "l")): one = .lastEventID
            case (14, UInt8(ascii: "c")): one = .contentLength
            case (14, UInt8(ascii: "x")): one = .gitlabToken
            case (15, UInt8(ascii: "i")): one = .idempotencyKey
            case (15, UInt8(ascii: "x")): one = .forwardedFor
            case (17, UInt8(ascii: "t")): one = .transferEncoding
            case (19, UInt8(ascii: "x")): one = .hubSignature
            case (29, UInt8(ascii: "a")): one = .requestMethod
            default: return nil
            }
            // Without a way out of the loop, the compiler looks at many bytes at once.
            let isSame = one.text.withUTF8Buffer { text in
                var odd: UInt8 = 0
                for index in 0..<text.count {
                    let wanted = unsafe text[index]
                    // A letter in any case; a hyphen or a digit as it is.
                    odd |= unsafe (bytes[index] | (wanted >= UInt8(ascii: "a") ? 0x20 : 0)) ^ wanted
                }
                return odd == 0
            }
            guard isSame else { return nil }
            self = one
        }
    }
}

/// Refuses requests that two readers could understand in two ways, before any route sees them: the library underneath
/// takes them as it can (RFC 9112 sections 5.1, 6.1 to 6.3 and 11.2; design.md section 7).
enum RequestGuard {
    /// How a body is announced, once the head is found to be sound.
    enum Framing: Equatable {
        /// There is no body.
        case none
        /// So many bytes follow.
        case length(Int)
        /// Chunks follow.
        case chunked
    }

    /// How the body of a request with these fields is framed. Throws for a head that must be refused; the connection
    /// must then be closed, since where the request ends is not certain.
    static func framing(of headers: borrowing HTTPHeaders, isHTTP11: Bool) throws(Problem) -> Framing {
        switch headers.flaw {
        case nil: break
        case .name:
            throw .badRequest("the name of a header field is not a token; no space may stand before its colon")
        case .value:
            throw .badRequest("the value of a header field holds a NUL, a line break or another control sign")
        }
        let hosts = headers.count(of: .host)
        let lengths = headers.count(of: .contentLength)
        let codings = headers.count(of: .transferEncoding)
        if hosts > 1 { throw .badRequest("the request has \(hosts) Host fields; send one") }
        if isHTTP11, hosts == 0 { throw .badRequest("the request has no Host field, which HTTP/1.1 needs") }
        // RFC 9112 section 3.2: an invalid one is refused.
        if let host = headers.first(.host), !HostField.isValid(host) {
            throw .badRequest("the Host field holds no host and port such as example.org:5080")
        }
        if headers.hasRepeated {
            for name in single where headers.count(of: name) > 1 {
                throw .badRequest("the request has \(headers.count(of: name)) fields '\(name.text)'; send one")
            }
        }
        if lengths > 1 { throw .badRequest("the request has \(lengths) Content-Length fields; send one") }
        if codings > 0, lengths > 0 {
            throw .badRequest("the request has both Content-Length and Transfer-Encoding; send one of them")
        }
        if let coding = headers.first(.transferEncoding) {
            guard codings == 1, coding.equalsIgnoringCase(chunked) else {
                throw Problem(501, "the transfer coding is not supported; send 'chunked' alone, or a Content-Length")
            }
            guard isHTTP11 else { throw .badRequest("HTTP/1.0 knows no Transfer-Encoding; send a Content-Length") }
            return .chunked
        }
        guard let length = headers.first(.contentLength) else { return .none }
        // 15 digits fit any integer here, and are more than any limit.
        guard (1...15).contains(length.count), length.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            throw .badRequest("the Content-Length is not a number of digits")
        }
        let count = length.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return count == 0 ? .none : .length(count)
    }

    private static let chunked = Array("chunked".utf8)

    /// Fields that are no lists and decide something: of two, one reader takes the first and the next one the last (RFC 9110 section 5.3).
    private static let single: [HTTPHeaders.Name] = [
        .authorization, .contentType, .idempotencyKey, .lastEventID, .origin, .requestMethod,
    ]

    /// Whether this is a token (RFC 9110 section 5.6.2), as methods and names of fields are.
    static func isToken(_ text: String) -> Bool {
        let signs = ByteSet.token
        return !text.isEmpty && text.utf8.allSatisfy { signs.contains($0) }
    }
}

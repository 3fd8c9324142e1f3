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

    /// What is looked for in one pass over the fields.
    private struct Findings {
        var hosts = 0
        var length: ArraySlice<UInt8>?
        var lengths = 0
        var coding: ArraySlice<UInt8>?
        var codings = 0
        /// Those of ``single`` that came, by their places.
        var singles: UInt8 = 0
        var problem: Problem?
    }

    /// How the body of a request with these fields is framed. Throws for a head that must be refused; the connection
    /// must then be closed, since where the request ends is not certain.
    static func framing(of headers: HTTPHeaders, isHTTP11: Bool) throws(Problem) -> Framing {
        var found = Findings()
        headers.forEach { name, value in note(name, value, &found) }
        if let problem = found.problem { throw problem }
        if found.hosts > 1 { throw .badRequest("the request has \(found.hosts) Host fields; send one") }
        if isHTTP11, found.hosts == 0 { throw .badRequest("the request has no Host field, which HTTP/1.1 needs") }
        if found.lengths > 1 {
            throw .badRequest("the request has \(found.lengths) Content-Length fields; send one")
        }
        if found.codings > 0, found.lengths > 0 {
            throw .badRequest("the request has both Content-Length and Transfer-Encoding; send one of them")
        }
        if let coding = found.coding {
            guard found.codings == 1, coding.equalsIgnoringCase(chunked) else {
                throw Problem(501, "the transfer coding is not supported; send 'chunked' alone, or a Content-Length")
            }
            guard isHTTP11 else { throw .badRequest("HTTP/1.0 knows no Transfer-Encoding; send a Content-Length") }
            return .chunked
        }
        guard let length = found.length else { return .none }
        // 15 digits fit any integer here, and are more than any limit.
        guard (1...15).contains(length.count), length.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            throw .badRequest("the Content-Length is not a number of digits")
        }
        let count = length.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return count == 0 ? .none : .length(count)
    }

    private static let chunked = Array("chunked".utf8)

    private static func note(_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>, _ found: inout Findings) -> Bool {
        if name.isEmpty || !name.allSatisfy({ isToken[Int($0)] }) {
            found.problem = .badRequest(
                "the name of a header field is not a token; no space may stand before its colon")
            return false
        }
        // RFC 9110 section 5.5: a tab is the one control sign in a value.
        if value.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7f }) {
            found.problem = .badRequest("the value of a header field holds a NUL, a line break or another control sign")
            return false
        }
        switch name.count {
        case HTTPHeaders.Name.host.count where name.equalsIgnoringCase(HTTPHeaders.Name.host):
            found.hosts += 1
            // RFC 9112 section 3.2: an invalid one is refused.
            if !HostField.isValid(value) {
                found.problem = .badRequest("the Host field holds no host and port such as example.org:5080")
                return false
            }
        case HTTPHeaders.Name.contentLength.count where name.equalsIgnoringCase(HTTPHeaders.Name.contentLength):
            found.lengths += 1
            found.length = value
        case HTTPHeaders.Name.transferEncoding.count where name.equalsIgnoringCase(HTTPHeaders.Name.transferEncoding):
            found.codings += 1
            found.coding = value
        default:
            for (place, field) in single.enumerated() where name.count == field.count && name.equalsIgnoringCase(field)
            {
                if found.singles & 1 << UInt8(place) != 0 {
                    let text = String(decoding: field, as: UTF8.self)
                    found.problem = .badRequest("the request has two fields '\(text)'; send one")
                    return false
                }
                found.singles |= 1 << UInt8(place)
            }
        }
        return true
    }

    /// Fields that are no lists and decide something: of two, one reader takes the first and the next one the last (RFC 9110 section 5.3).
    private static let single = [
        HTTPHeaders.Name.authorization, HTTPHeaders.Name.contentType, HTTPHeaders.Name.idempotencyKey,
        HTTPHeaders.Name.lastEventID, HTTPHeaders.Name.origin, HTTPHeaders.Name.requestMethod,
    ]

    /// Whether this is a token (RFC 9110 section 5.6.2), as methods and names of fields are.
    static func isToken(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy { isToken[Int($0)] } }

    private static let isToken = table(of: "!#$%&'*+-.^_`|~")

    /// Letters, digits and these marks.
    private static func table(of marks: String) -> [Bool] {
        var table = [Bool](repeating: false, count: 256)
        let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        for byte in (marks + letters).utf8 { table[Int(byte)] = true }
        return table
    }
}

internal import Glibc

/// An answer that is written past the library, to a client whose request it will never hand us: one that is too slow, or one too many.
/// After it the connection ends.
enum RawAnswer {
    /// What is said of a request that takes too long.
    static let tooSlow = bytes(
        Problem(408, "the request took too long to come; send its head and body faster, or see spec.api.limits"))
    /// What is said when everybody together has too many connections.
    static let full = bytes(.unavailable("there are too many connections; come again", retryAfter: .seconds(5)))
    /// What is said to an address with too many connections.
    static let tooManyOfAddress = bytes(
        .tooMany(
            "there are too many connections from this address; close some, or see spec.api.limits.connectionsPerAddress",
            retryAfter: .seconds(5)))

    /// Writes it at once or not at all: a socket that takes nothing now has a client that does not read.
    static func send(_ answer: [UInt8], to descriptor: CInt) {
        _ = unsafe answer.withUnsafeBytes { bytes in
            unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, CInt(MSG_DONTWAIT | MSG_NOSIGNAL))
        }
    }

    private static func bytes(_ problem: Problem) -> [UInt8] {
        let response = problem.response(to: HTTPRequest())
        var head = "HTTP/1.1 \(response.status) \(HTTPStatus.phrase(response.status))\r\nConnection: close\r\n"
        head += "Content-Type: \(response.contentType ?? "")\r\nContent-Length: \(response.body.count)\r\n"
        for (name, value) in response.fields { head += "\(name): \(value)\r\n" }
        return Array((head + "X-Content-Type-Options: nosniff\r\n\r\n").utf8) + response.body
    }
}

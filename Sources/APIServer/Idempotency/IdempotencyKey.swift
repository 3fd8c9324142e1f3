internal import Crypto
internal import Reconciler

/// Names one change of one caller, so that the same change sent again is not made again
/// (draft-ietf-httpapi-idempotency-key-header-07).
struct IdempotencyKey: Hashable, Sendable {
    /// Signs of a key.
    static let lengths = 1...255

    /// Who calls: keys of others are others.
    var subject: String
    /// As it was sent, without quotes.
    var text: String

    /// The key of a request; nil when it has none. A structured string in quotes, or its bare signs, as most clients send it.
    static func read(_ headers: borrowing HTTPHeaders, subject: String) throws(Problem) -> IdempotencyKey? {
        let values = headers.values(.idempotencyKey)
        guard var value = values.first else { return nil }
        let quote = UInt8(ascii: "\"")
        if value.count > 1, value.first == quote, value.last == quote { value = value.dropFirst().dropLast() }
        guard values.count == 1, lengths.contains(value.count),
            value.allSatisfy({ (0x21...0x7e).contains($0) && $0 != quote && $0 != UInt8(ascii: "\\") })
        else {
            throw .badRequest(
                "the Idempotency-Key must be one of \(lengths.lowerBound) to \(lengths.upperBound) visible signs of ASCII without quotes, such as a UUID"
            )
        }
        return IdempotencyKey(subject: subject, text: String(decoding: value, as: UTF8.self))
    }

    /// What must be the same when the same key comes again: method, target, preconditions and body.
    static func fingerprint(of request: HTTPRequest) -> [UInt8] {
        let head = Array("\(request.method.rawValue) ".utf8) + request.target + [0]
        let conditions = [HTTPHeaders.Name.ifMatch, HTTPHeaders.Name.ifNoneMatch].map { name in
            request.headers.values(name).joined(separator: [0]) + [1]
        }
        return Digest.sha256(head + conditions.joined() + request.body)
    }
}

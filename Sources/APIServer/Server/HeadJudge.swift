internal import Reconciler

/// Judges a request's head when it is there, before anything of a body is read.
enum HeadJudge {
    /// A target longer than this is nobody's.
    static let maximumTarget = 8192

    /// What the library knows of a head beside its fields.
    struct Head {
        /// The method, as it came.
        var method: String
        /// HTTP/1.1, not 1.0.
        var isHTTP11: Bool
        /// Bytes of the whole head; 0 when it is not known.
        var size: Int
    }

    /// Takes in the method, and how large a body may come. Throws for a head that must be refused; the connection must then be closed.
    static func judge(
        _ head: Head, _ exchange: Exchange, _ handler: some HTTPHandler
    ) throws(Problem) {
        if exchange.layout.isBroken { throw Problem.badRequest(HeadLayout.complaint) }
        guard exchange.request.target.count <= maximumTarget else {
            throw Problem(414, "the target is longer than \(maximumTarget) bytes")
        }
        // Other bytes than those of ASCII are borne: many clients send names as they are.
        guard isSound(exchange.request.target) else {
            throw Problem.badRequest("the target holds a space or a control sign; send it percent-encoded")
        }
        let limits = exchange.headLimits
        guard head.size <= limits.bytes else {
            throw Problem(431, "the head has \(head.size) bytes, and \(limits.bytes) are the limit")
        }
        guard exchange.request.headers.count <= limits.fields else {
            throw Problem(
                431, "the head has \(exchange.request.headers.count) fields, and \(limits.fields) are the limit")
        }
        let framing = try RequestGuard.framing(of: exchange.request.headers, isHTTP11: head.isHTTP11)
        if let known = head.method == "GET" ? .get : HTTPMethod(rawValue: head.method) {
            exchange.request.method = known
        } else {
            guard RequestGuard.isToken(head.method) else { throw Problem.badRequest("the method is no token") }
            guard head.method != "CONNECT" else { throw Problem(501, "this is no proxy; CONNECT is not supported") }
            exchange.request.method = .other
        }
        guard framing != .none else { return }
        exchange.hasBody = true
        exchange.bodyLimit = handler.bodyLimit(for: exchange.request)
        var announced = Int.max
        if case .length(let count) = framing { announced = count } else { exchange.isChunked = true }
        if announced > BodyBudget.small {
            // Who may not send it is told when it has come, of which nothing is kept: to close while it comes would take the answer from
            // who does not listen before.
            do throws(Problem) {
                exchange.sender = try handler.admit(largeBodyOf: exchange.request)
            } catch {
                exchange.refusal = error
            }
        }
        if !exchange.isChunked, announced > exchange.bodyLimit {
            if let refusal = exchange.refusal, refusal.isOfPath { throw refusal }
            throw Problem.tooLarge(exchange.bodyLimit)
        }
    }

    /// Whether a target holds no space and no control sign. Without a way out of the loop, the compiler looks at many bytes at once.
    private static func isSound(_ target: [UInt8]) -> Bool {
        var odd: UInt8 = 0
        for byte in target { odd |= (byte <= 0x20 ? 1 : 0) | (byte == 0x7f ? 1 : 0) }
        return odd == 0
    }
}

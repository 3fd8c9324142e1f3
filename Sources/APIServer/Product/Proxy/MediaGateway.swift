/// Asks media nodes over HTTP: the port between the proxy and the client library.
///
/// It connects to the host of the URL alone, follows no redirect, uses no proxy of the environment, and sends nothing but what it is given.
package protocol MediaGateway: Sendable {
    /// Sends one request, once, and gives the whole answer of whatever status.
    func send(_ request: GatewayRequest) async throws(GatewayFailure) -> GatewayAnswer
}

/// A request to a media node.
package struct GatewayRequest: Sendable, Equatable {
    package var method: HTTPMethod
    /// `http` or `https`, with the address of the node.
    package var url: String
    /// By name.
    package var headers: [String: String]
    package var body: [UInt8]
    /// Bytes of the answer's body that are taken: a longer one is broken off while it comes, and a failure. Nil: only the head of the
    /// answer counts, and nothing of its body is kept.
    package var bodyLimit: Int?
    /// For all of it.
    package var timeout: Duration

    /// A request with these parts.
    package init(
        _ method: HTTPMethod, _ url: String, headers: [String: String], body: [UInt8], bodyLimit: Int?,
        timeout: Duration
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.bodyLimit = bodyLimit
        self.timeout = timeout
    }
}

/// What a media node answered.
package struct GatewayAnswer: Sendable, Equatable {
    package var status: Int
    /// By lower-case name.
    package var headers: [String: String]
    package var body: [UInt8]

    /// An answer with these parts.
    package init(status: Int, headers: [String: String] = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// Why there is no answer, in words that name the place.
package enum GatewayFailure: Error, Equatable, Sendable {
    /// No connection, or one that broke.
    case failed(String)
    /// Not in time.
    case timedOut(String)
    /// Not asked: as many requests as may be are under way already.
    case busy(String)
    /// The head of an answer came, so that the node did something, but its body did not come whole: it is longer than the limit, the
    /// connection broke, or (`isLate`) the time was up.
    case brokenOff(GatewayAnswer, isLate: Bool, String)
}

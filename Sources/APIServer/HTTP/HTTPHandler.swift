/// What answers requests: the port between a server with sockets and the routes without.
package protocol HTTPHandler: Sendable {
    /// How many bytes of body this request may have, judged by its method and target alone.
    func bodyLimit(for request: HTTPRequest) -> Int
    /// Who sends a body of some size, which is kept in memory until it is whole. Throws when nobody may send it there, or not this caller: then
    /// nothing of it is kept.
    func admit(largeBodyOf request: HTTPRequest) throws(Problem) -> BodySender
    /// Answers at once, or says what is to be awaited. It never blocks.
    func begin(_ request: HTTPRequest) -> HTTPAnswer
    /// The answer to a request that no route may see.
    func refuse(_ problem: Problem, _ request: HTTPRequest) -> HTTPResponse
    /// The id of a request with these fields: its own if that is sane, else a new one.
    func requestID(for headers: borrowing HTTPHeaders) -> String
}

/// For whom memory is taken.
package enum BodySender: Sendable {
    /// Somebody with a good token.
    case known
    /// Anybody.
    case stranger
}

extension HTTPHandler {
    /// Whoever gets here is known.
    package func admit(largeBodyOf request: HTTPRequest) throws(Problem) -> BodySender { .known }
}

/// An answer, or the work that leads to it.
package enum HTTPAnswer: Sendable {
    /// At once.
    case now(HTTPResponse)
    /// After some work, which may be done on any task.
    case later(@Sendable () async -> HTTPResponse)
}

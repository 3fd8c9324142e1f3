/// What answers requests: the port between a server with sockets and the routes without.
package protocol HTTPHandler: Sendable {
    /// How many bytes of body this request may have, judged by its method and target alone.
    func bodyLimit(for request: HTTPRequest) -> Int
    /// Why a body of some size is not even read: nobody may send it there, or not this caller. Nil: it may come.
    func refusalBeforeBody(of request: HTTPRequest) -> Problem?
    /// Answers at once, or says what is to be awaited. It never blocks.
    func begin(_ request: HTTPRequest) -> HTTPAnswer
    /// The answer to a request that no route may see.
    func refuse(_ problem: Problem, _ request: HTTPRequest) -> HTTPResponse
    /// The id of a request with these fields: its own if that is sane, else a new one.
    func requestID(for headers: borrowing HTTPHeaders) -> String
}

extension HTTPHandler {
    /// Any body may come.
    package func refusalBeforeBody(of request: HTTPRequest) -> Problem? { nil }
}

/// An answer, or the work that leads to it.
package enum HTTPAnswer: Sendable {
    /// At once.
    case now(HTTPResponse)
    /// After some work, which may be done on any task.
    case later(@Sendable () async -> HTTPResponse)
}

package import Reconciler

/// One line of the route table: what it is, who may call it, and what answers.
package struct Route: Sendable {
    /// Who may call a route.
    package enum Access: Sendable {
        /// No token is needed.
        case anyone
        /// A token with one of these roles.
        case roles(RoleSet)
        /// The same, unless the spec lets anyone in: asked at each request.
        case rolesUnless(@Sendable () -> Bool, RoleSet)

        /// The roles that it asks for now; nil: none.
        package var roles: RoleSet? {
            switch self {
            case .anyone: nil
            case .roles(let roles): roles
            case .rolesUnless(let isOpen, let roles): isOpen() ? nil : roles
            }
        }
    }

    /// What answers.
    package enum Answer: Sendable {
        /// On the server's own thread: it never waits, and takes microseconds. Without a ``RequestScope``, which costs a tenth of one:
        /// what logs sets its request's own.
        case now(@Sendable (borrowing RouteCall) throws(Problem) -> HTTPResponse)
        /// In a task: it may await the store, or take milliseconds.
        case later(@Sendable (RouteCall) async throws(Problem) -> HTTPResponse)
    }

    /// The method; HEAD comes with GET.
    package let method: HTTPMethod
    /// As in OpenAPI, but for `{name...}`: see ``RouteTable``.
    package let pattern: String
    /// Who may call it.
    package let access: Access
    /// One line for the documentation.
    package let summary: String
    /// Bytes of body that it takes.
    package let bodyLimit: Int
    /// Whether the token may come as the query parameter `token`, for callers that cannot set header fields.
    package let tokenInQuery: Bool
    /// Whether its calls are written to the audit log: those that change something for people. What machines send all the time, such as
    /// heartbeats, a media server's callbacks and questions where to publish, is not: it would bury the rest.
    package let isAudited: Bool
    /// Its path names a stream, by the first two of its parameters.
    package let namesStream: Bool
    /// What answers it.
    package let answer: Answer
    /// What the documentation says of it.
    var document = RouteDocument()
    /// Its place in the table, which sets it.
    package internal(set) var number = 0

    /// The default of ``bodyLimit``: no request of ours but a long list comes near.
    package static let standardBodyLimit = 1 << 20

    /// One line of the table. Without `audited` a route is in the audit log when its method changes something and neither applications
    /// nor nodes may call it.
    package init(
        _ method: HTTPMethod, _ pattern: String, _ access: Access, _ summary: String,
        bodyLimit: Int = standardBodyLimit, tokenInQuery: Bool = false, audited: Bool? = nil, _ answer: Answer
    ) {
        self.method = method
        self.pattern = pattern
        self.access = access
        self.summary = summary
        self.bodyLimit = bodyLimit
        self.tokenInQuery = tokenInQuery
        namesStream = pattern.hasPrefix("/as/v1/streams/{scope}/{name...}")
        isAudited =
            audited
            ?? (![.get, .head, .options].contains(method)
                && (access.roles.map { $0.isDisjoint(with: [.app, .node]) } ?? false))
        self.answer = answer
    }
}

/// One request on its way through its route.
package struct RouteCall: Sendable {
    /// The request itself.
    package var request: HTTPRequest
    /// The parts of its path that the pattern names.
    package var captures: RouteTable.Captures
    /// Its path, where that names a stream and is understood already.
    package var path: StreamPath?
    /// Who calls; nil on routes for anyone.
    package var principal: Principal?
    /// When it is answered.
    package var now: Timestamp
    /// Differs from call to call: the seed of its random choices.
    package var seed: UInt64

    /// The decoded text of a captured part; throws when it is badly encoded or no UTF-8.
    package func capture(_ index: Int, _ name: String) throws(Problem) -> String {
        try PercentDecoding.part(request.target[captures[index]], name)
    }
}

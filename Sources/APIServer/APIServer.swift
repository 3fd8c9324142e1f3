package import Reconciler

/// The API on its sockets: every route of ``APIHandler``, served by ``MicroHTTPServer`` as plain HTTP, by TLS, or both.
package final class APIServer: Sendable {
    /// Where it listens.
    package struct Addresses: Sendable, Equatable {
        /// Plain HTTP; nil: nobody listens for it.
        package var plain: ListenAddress?
        /// HTTPS; nil: there is none.
        package var secure: ListenAddress?

        /// These.
        package init(plain: ListenAddress?, secure: ListenAddress? = nil) {
            self.plain = plain
            self.secure = secure
        }

    }

    /// What answers, with or without a socket.
    package let handler: APIHandler
    /// Where it is to listen.
    private let wanted: Addresses
    private let manager: ManagerSpec
    private let limits: MicroHTTPServer.Limits
    private let keeper: TLSKeeper?
    private let rules: Published<ServingRules>
    private let ledger = ConnectionLedger()
    private let servers = Locked<[MicroHTTPServer]>([])

    /// A server that does not listen yet.
    /// - Parameters:
    ///   - manager: the rules that it begins with; see ``use(_:)``.
    ///   - keeper: has read its certificate; needed where an address is secure.
    package init(
        services: APIServices, listen addresses: Addresses, manager: ManagerSpec = ManagerSpec(),
        keeper: TLSKeeper? = nil
    ) {
        handler = APIHandler(services: services)
        wanted = addresses
        self.manager = manager
        limits = MicroHTTPServer.Limits(manager.api.limits)
        self.keeper = keeper
        rules = Published(ServingRules(manager))
    }

    /// A server of plain HTTP that does not listen yet.
    package convenience init(services: APIServices, listen address: ListenAddress, manager: ManagerSpec = ManagerSpec())
    {
        self.init(services: services, listen: Addresses(plain: address), manager: manager)
    }

    /// Listens, and answers from now on. Returns where, with the real ports in place of 0. After a throw it must be stopped all the same:
    /// one of two addresses may be in use.
    package func start() throws(ListenFailure) -> Addresses {
        handler.answerLog.use(manager.log.requests)
        var actual = Addresses(plain: nil)
        // First the port that plain HTTP may have to lead to.
        if let address = wanted.secure, let keeper {
            let handler = EdgeHandler(inner: handler, rules: rules, isSecure: true, securePort: address.port)
            actual.secure = try listen(address, handler, keeper)
        }
        if let address = wanted.plain {
            let handler = EdgeHandler(inner: handler, rules: rules, isSecure: false, securePort: actual.secure?.port)
            actual.plain = try listen(address, handler, nil)
        }
        return actual
    }

    private func listen(
        _ address: ListenAddress, _ handler: EdgeHandler, _ keeper: TLSKeeper?
    ) throws(ListenFailure) -> ListenAddress {
        let server = MicroHTTPServer(handler, limits, rules, ledger, keeper: keeper)
        let port = try server.start(on: address)
        servers.with { $0.append(server) }
        return ListenAddress(host: address.host, port: port)
    }

    /// Goes by the rules of another spec from now on; addresses, and the limits that are read at the start, stay.
    package func use(_ manager: ManagerSpec) {
        rules.replace(with: ServingRules(manager))
        if let tls = manager.api.tls { keeper?.use(tls) }
        handler.answerLog.use(manager.log.requests)
    }

    /// Accepts nothing new, lets requests in flight end within `grace`, then closes everything.
    package func stop(grace: Duration = .seconds(3)) async {
        let running = servers.with { servers in
            defer { servers = [] }
            return servers
        }
        await withTaskGroup(of: Void.self) { group in
            for server in running { group.addTask { await server.stop(grace: grace) } }
        }
    }

    /// Requests whose head began and whose answer is not sent yet.
    package var requestsInFlight: Int { servers.current.reduce(0) { $0 + $1.requestsInFlight } }
}

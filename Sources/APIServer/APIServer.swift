/// The API on a socket: every route of ``APIHandler``, served by ``MicroHTTPServer``.
package final class APIServer: Sendable {
    /// What answers, with or without a socket.
    package let handler: APIHandler
    private let address: ListenAddress
    private let server: MicroHTTPServer

    /// A server that does not listen yet.
    package init(
        services: APIServices, listen address: ListenAddress,
        limits: MicroHTTPServer.Limits = MicroHTTPServer.Limits()
    ) {
        handler = APIHandler(services: services)
        self.address = address
        server = MicroHTTPServer(handler: handler, limits: limits)
    }

    /// Listens, and answers from now on. Returns where, with the real port in place of 0.
    package func start() throws(ListenFailure) -> ListenAddress {
        ListenAddress(host: address.host, port: try server.start(on: address))
    }

    /// Accepts nothing new, lets requests in flight end within `grace`, then closes everything.
    package func stop(grace: Duration = .seconds(3)) async { await server.stop(grace: grace) }

    /// Requests whose head began and whose answer is not sent yet.
    package var requestsInFlight: Int { server.requestsInFlight }
}

internal import APIServer
internal import Reconciler

/// Where a media server's calls come in: the desk that answers them, and the socket in front of it.
struct CallbackDoor: Sendable {
    /// What answers, and wants to be kept informed.
    let desk: CallbackDesk
    /// The real one, where 0 was asked for.
    let port: Int
    private let server: MicroHTTPServer

    /// Why a door does not open, for people.
    struct Failure: Error, Equatable, Sendable {
        /// Lower case first, with the address in it.
        var message: String
    }

    /// The door that the options ask for; nil when they ask for none.
    static func open(_ options: AgentOptions) throws(Failure) -> CallbackDoor? {
        guard let address = options.callbacks else { return nil }
        return try CallbackDoor(desk: CallbackDesk(options) { AgentLoop.say($0) }, on: address)
    }

    /// Listens, and answers from now on. It must be closed before it is released.
    init(desk: CallbackDesk, on address: ListenAddress) throws(Failure) {
        self.desk = desk
        server = CallbackHandler.server(for: desk)
        do throws(ListenFailure) {
            port = try server.start(on: address)
        } catch {
            // The server's own advice is for the manager.
            throw Failure(message: "callbacks: " + error.message.replacing("--listen", with: "--callbacks"))
        }
    }

    /// Lets calls in flight end, then closes.
    func close() async { await server.stop(grace: .seconds(1)) }
}

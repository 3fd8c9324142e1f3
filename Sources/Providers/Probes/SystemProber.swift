internal import Glibc
package import Reconciler

/// Makes probes from this machine: connects, asks over HTTP, runs programs.
///
/// An HTTP probe connects first and asks on a connection of its own then: so an address that is dead costs a socket and no thread, and
/// that new connections are taken is part of what is asked. Nobody's certificates are checked, for it is plain HTTP.
package final class SystemProber: Prober {
    private let connector = Connector()
    private let names = NameLookup()
    /// Made at the first HTTP probe: a thread for each that is kept waiting, so that none waits for another.
    private let client = Locked<HTTPClient?>(nil)

    package init() {}

    /// See ``Prober``.
    package func probe(_ call: ProbeCall) async -> ProbeOutcome {
        let deadline = ContinuousClock.now + call.timeout
        switch call.check {
        case .command(let words):
            return await ProbeCommand(words, call, inherited: NodeCommand.ownEnvironment()).run()
        case .tcp:
            return await connect(call, deadline)
        case .http(_, let path):
            let connection = await connect(call, deadline)
            guard connection == .well else { return connection }
            return await get(path, call, deadline)
        }
    }

    private func connect(_ call: ProbeCall, _ deadline: ContinuousClock.Instant) async -> ProbeOutcome {
        guard let port = call.port else { return .failed("it has no port to connect to") }
        let late = "no connection within \(call.timeout.specText)"
        let addresses: [SocketAddress]
        switch await names.addresses(of: call.address, port: port, until: deadline) {
        case .success(let found): addresses = found
        case .failure(let failure): return .failed("cannot look up '\(call.address)': \(failure.message)")
        case nil: return .failed("cannot look up '\(call.address)' within \(call.timeout.specText)")
        }
        var failure = late
        for (index, address) in addresses.enumerated() {
            // One address that is dead leaves the others their share of the time.
            let share = ContinuousClock.now.duration(to: deadline) / (addresses.count - index)
            switch await connector.connect(to: address, within: share) {
            case .accepted: return .well
            case .failed(let code) where Self.isOurs(code): return .unknown(SystemError.words(code))
            case .failed(let code): failure = SystemError.words(code)
            case .timedOut: failure = late
            case .cancelled: return .unknown("the probe was cancelled")
            }
        }
        return .failed(failure)
    }

    /// Whether an error of a connect says something of this machine, and nothing of the node.
    private static func isOurs(_ code: Int32) -> Bool {
        [EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL, EPERM].contains(code)
    }

    private func get(_ path: String, _ call: ProbeCall, _ deadline: ContinuousClock.Instant) async -> ProbeOutcome {
        let late = "no answer within \(call.timeout.specText)"
        let left = Duration.milliseconds(ContinuousClock.now.duration(to: deadline).wholeMilliseconds)
        guard left > .zero else { return .failed(late) }
        let host = call.address.contains(":") ? "[\(call.address.replacing("%", with: "%25"))]" : call.address
        var request = HTTPRequest(
            "GET", "http://\(host):\(call.port ?? 80)\(path)", headers: ["Connection": "close"], timeout: left)
        request.isBodyWanted = false
        // It is about the node, and not about what stands before it.
        request.usesProxy = false
        do throws(HTTPFailure) {
            let status = try await sharedClient().send(request).status
            return (200...399).contains(status) ? .well : .failed("status \(status)")
        } catch {
            switch error {
            case .timedOut: return .failed(late)
            case .unreachable(let text), .other(let text): return .failed(text)
            }
        }
    }

    private func sharedClient() -> HTTPClient {
        client.with { client in
            if let client { return client }
            let made = HTTPClient(handles: ProbeSchedule.Lane.network.limit)
            client = made
            return made
        }
    }
}

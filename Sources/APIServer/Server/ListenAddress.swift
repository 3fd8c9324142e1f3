/// Where a server listens: a host and a port, as `--listen` has it.
package struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
    /// A name, an IPv4 address, or an IPv6 address without brackets; empty for every address of this host.
    package var host: String
    /// 0: the system picks one.
    package var port: Int

    /// This host and port.
    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `127.0.0.1:5080`, `[::1]:5080`, `localhost:0` or `:5080`; nil for anything else.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        self.init(host: String(host), port: port)
    }

    /// As it is read, IPv6 addresses in brackets.
    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// Why a server does not listen, for people.
package struct ListenFailure: Error, Equatable, Sendable {
    /// For people, lower case first.
    package var message: String

    /// What was tried and why it failed.
    init(_ address: ListenAddress, _ reason: String) {
        message = "cannot listen on \(address): \(reason)"
    }
}

internal import APIServer
internal import Reconciler

/// Where the API is served: from the command line and the spec.
enum ServingPlace {
    /// The addresses to listen on.
    static func addresses(_ options: DaemonOptions, _ manager: ManagerSpec) throws(UsageError) -> APIServer.Addresses {
        let plain = try address("--listen", options.listen ?? manager.listen ?? "127.0.0.1:5080")
        guard let tls = manager.api.tls else {
            if options.listenTLS != nil {
                throw UsageError("--listen-tls needs a certificate; name it in spec.api.tls of the Manager")
            }
            return APIServer.Addresses(plain: plain)
        }
        let standard = ListenAddress(host: plain.host, port: 443).description
        let secure = try address("--listen-tls", options.listenTLS ?? tls.listen ?? standard)
        return APIServer.Addresses(plain: tls.http == .off ? nil : plain, secure: secure)
    }

    private static func address(_ option: String, _ text: String) throws(UsageError) -> ListenAddress {
        guard let address = ListenAddress(text) else {
            throw UsageError("\(option) '\(text)' is no address such as 127.0.0.1:5080")
        }
        return address
    }

    /// Where this machine reaches the API: by HTTPS where there is some, under a name of its certificate if it has one.
    static func url(_ addresses: APIServer.Addresses, host: String?) -> String {
        guard let secure = addresses.secure else { return "http://\(addresses.plain?.reachable ?? "")" }
        guard let host else { return "https://\(secure.reachable)" }
        return "https://\(host)" + (secure.port == 443 ? "" : ":\(secure.port)")
    }

    /// The addresses that ``url(_:host:)`` does not tell, for the banner.
    static func others(_ addresses: APIServer.Addresses) -> [String] {
        guard let secure = addresses.secure else { return [] }
        return ["https on \(secure)"] + (addresses.plain.map { ["http on \($0)"] } ?? [])
    }

    /// What is said of a spec that changes what is read at the start alone; nil when it does not.
    static func restart(from old: ManagerSpec, to new: ManagerSpec, at now: Timestamp) -> Event? {
        var keys: [String] = []
        if old.listen != new.listen { keys.append("listen") }
        if (old.api.tls == nil) != (new.api.tls == nil) { keys.append("api.tls") }
        if let one = old.api.tls, let other = new.api.tls {
            if one.listen != other.listen { keys.append("api.tls.listen") }
            if (one.http == .off) != (other.http == .off) { keys.append("api.tls.http") }
        }
        if old.api.limits.connections != new.api.limits.connections { keys.append("api.limits.connections") }
        if old.api.limits.headerBytes != new.api.limits.headerBytes { keys.append("api.limits.headerBytes") }
        if old.log.format != new.log.format { keys.append("log.format") }
        guard !keys.isEmpty else { return nil }
        return Event(
            at: now, level: .warning, reason: "RestartNeeded", subject: "manager",
            message:
                "\(keys.joined(separator: ", ")) changed in the spec and is read at the start alone; restart the manager"
        )
    }
}

extension ListenAddress {
    /// Where this machine reaches it: a wildcard address is reached over loopback.
    var reachable: String {
        switch host {
        case "0.0.0.0", "": "127.0.0.1:\(port)"
        case "::": "[::1]:\(port)"
        default: description
        }
    }
}

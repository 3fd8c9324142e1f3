package import Reconciler

/// What holds for connections and answers now: the part of the Manager spec that the HTTP edge goes by. An object, which every request
/// looks at: a copy of its parts would cost as much as a small answer.
package final class ServingRules: Sendable {
    /// What a client may take.
    let limits: ManagerSpec.API.Limits
    /// Pages of other origins that may read answers.
    let cors: CORSPolicy
    /// Behind these addresses are many clients.
    let proxies: AddressSet
    /// What becomes of plain HTTP.
    let plain: ManagerSpec.API.TLS.PlainHTTP
    /// The value of Strict-Transport-Security; nil: none.
    let hsts: String?

    /// The rules of this spec.
    package init(_ manager: ManagerSpec = ManagerSpec()) {
        limits = manager.api.limits
        cors = CORSPolicy(manager.api.cors)
        proxies = AddressSet(manager.trustedProxies)
        plain = manager.api.tls?.http ?? .serve
        let seconds = manager.api.tls?.hsts.components.seconds ?? 0
        hsts = seconds > 0 ? "max-age=\(seconds)" : nil
    }

    /// How many connections an address may have; nil: as many as everybody together. Nobody is known by an address that is a proxy's;
    /// and one of this machine is many a benchmark's or a proxy's that nobody named.
    func connectionLimit(of address: IPAddress) -> Int? {
        if proxies.contains(address) { return nil }
        if let given = limits.connectionsPerAddress { return given }
        return Self.loopback.contains(address) ? nil : Self.standardConnectionsPerAddress
    }

    private static let standardConnectionsPerAddress = 1000
    private static let loopback = AddressSet(["127.0.0.0/8", "::1"].compactMap { AddressBlock($0) })
}

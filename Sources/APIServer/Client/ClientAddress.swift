internal import Reconciler

/// Whose request it is, where proxies stand before the manager.
enum ClientAddress {
    /// Proxies that a request may come through; what claims more is not believed.
    private static let maximumHops = 32

    /// The client's address: that of the connection, unless it is a trusted proxy's, whose X-Forwarded-For or Forwarded says from whom
    /// it had the request. That is believed from hop to hop as long as the address is a trusted proxy's in its turn.
    ///
    /// - The first address that is no trusted proxy's is the client's: what stands farther away may be anybody's invention.
    /// - Where a proxy does not say, the address of that proxy is all that is known.
    /// - A field that cannot be read, or both fields with different results, count for nothing, and the connection's address stands:
    ///   a proxy writes one of them and may hand through what a client wrote into the other.
    ///
    /// Nil when not even the connection has an address, as for a Unix socket.
    static func of(_ request: borrowing HTTPRequest, trusting proxies: borrowing AddressSet) -> IPAddress? {
        guard let peer = request.peer else { return nil }
        guard !proxies.isEmpty, proxies.contains(peer) else { return peer }
        let listed = request.headers.values(.forwardedFor)
        let standard = request.headers.values(.forwarded)
        if standard.isEmpty { return walk(from: peer, ForwardedFor(listed), proxies) }
        let client = walk(from: peer, Forwarded(standard), proxies)
        if listed.isEmpty || walk(from: peer, ForwardedFor(listed), proxies) == client { return client }
        return peer
    }

    private static func walk(
        from peer: IPAddress, _ hops: consuming some IteratorProtocol<ForwardedHop>, _ proxies: borrowing AddressSet
    ) -> IPAddress {
        var hops = hops
        var nearest = peer
        for _ in 0..<maximumHops {
            switch hops.next() {
            case nil, .hidden: return nearest
            case .malformed: return peer
            case .address(let address):
                if !proxies.contains(address) { return address }
                nearest = address
            }
        }
        return peer
    }
}

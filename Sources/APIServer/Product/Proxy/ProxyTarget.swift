internal import Reconciler

/// Where on a media node a proxied request goes. The host is always a node's own: never what a client wrote.
struct ProxyTarget {
    /// WHIP publishes (RFC 9725), WHEP plays.
    enum Kind: String, CaseIterable {
        case whip, whep

        var action: StreamAction { self == .whip ? .publish : .subscribe }
        /// What endpoints speak it.
        var family: String { self == .whip ? ProtocolFamily.whip : ProtocolFamily.whep }
    }

    /// The node.
    let node: NodeID
    /// Its address, without port.
    let address: String
    /// `http://203.0.113.7:5080`.
    let authority: String
    /// `http` or `https`.
    let scheme: String
    /// Where it listens.
    let port: Int

    /// A node that listens for HTTP; nil when it does not, or has no address.
    init?(_ node: NodeID, _ entry: RoutingView.NodeEntry, _ kind: Kind) {
        guard let address = entry.address else { return nil }
        guard let endpoint = entry.endpoints.index(speaking: kind.family).map({ entry.endpoints[$0] })
        else { return nil }
        self.node = node
        self.address = address
        scheme = endpoint.protocol == "https" ? "https" : "http"
        port = endpoint.port
        let host = address.contains(":") ? "[\(address)]" : address
        authority = "\(scheme)://\(host):\(port)"
    }

    /// The node that a client calls `host`: by its id, or by exactly its address. Of several at one address the one that has
    /// the stream, else the first that takes such clients. Nil: it is no node of ours.
    static func named(
        _ host: String, _ kind: Kind, _ stream: StreamKey, in group: String?, _ live: LiveState
    ) -> ProxyTarget? {
        let view = live.view
        func target(_ id: NodeID, _ entry: RoutingView.NodeEntry) -> ProxyTarget? {
            guard group == nil || entry.pool.group == group, entry.state == .inService || entry.state == .draining,
                entry.candidate(kind.action, protocol: nil) != nil
            else { return nil }
            return ProxyTarget(id, entry, kind)
        }
        if let entry = view.nodes[NodeID(host)] { return target(NodeID(host), entry) }
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        let wanted = bare.contains("%") ? nil : IPAddress(bare)
        let found = view.nodes.filter { _, entry in
            guard let address = entry.address else { return false }
            return address == host || (wanted != nil && IPAddress(address) == wanted)
        }
        let streams = live.streams.entry(stream)
        let known = [streams?.claim?.node, streams?.live?.node].compactMap { $0 }
        let carriers = streams.map { Array($0.carriers.keys.sorted()) } ?? []
        let order = known + carriers + found.keys.sorted()
        return order.lazy.compactMap { id in found[id].flatMap { target(id, $0) } }.first
    }

    /// The path of a stream by a template of the spec, percent-encoded.
    static func path(_ template: String, _ stream: StreamKey) -> String {
        func encoded(_ text: String) -> String {
            var bytes: [UInt8] = []
            RouteAnswerBytes.percentEncode(text.utf8, into: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
        return template.replacing("{scope}", with: encoded(stream.scope)).replacing(
            "{name}", with: encoded(stream.name))
    }

    /// What tells the machine that has a node's id now from another one that had it, or will: the token of its create, which each create
    /// draws anew, and what its provider calls it. The same at every manager on a store. Nil: there is no such node.
    static func machine(of node: NodeID, in live: LiveState) -> String? {
        live.snapshot.fleet.nodes[node].map { "\($0.token)\n\($0.instanceID ?? "")" }
    }

    /// Bytes of a path and query that are kept for a session: they become part of a URL of ours.
    static let pathLimit = 1024

    /// What may stand in a request target as it is: visible ASCII, without a fragment and what no URL holds (RFC 3986 section 2).
    static func mayBeInTarget(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7f && !"#\"<>\\^`{|}".utf8.contains(byte)
    }
}

/// The nodes over which a stream comes to one that asked: its parent first, the source last.
package struct PullPath: Sendable, Equatable {
    /// One node to pull from.
    package struct Hop: Sendable, Equatable {
        package let node: NodeID
        /// `protocol://address:port`, without a path.
        package let url: String
    }

    /// Where the node that asked pulls from.
    package let parent: Hop
    /// From the parent on to the source; empty when the parent is the source.
    package let above: [NodeID]

    /// The parent first.
    package var nodes: [NodeID] { [parent.node] + above }
    /// Where the stream is published.
    package var source: NodeID { above.last ?? parent.node }
}

/// Where a node gets a stream from.
package enum StreamSource: Sendable, Equatable {
    /// The publisher is on this very node.
    case here
    /// Pull from the path's parent.
    case at(PullPath)
    case notLive
    /// Every node that the stream could come from has as many children as it may.
    case noRoom
}

/// Where a node pulls one of its streams from, as the answer to its heartbeat says.
package struct PullRoute: Sendable, Equatable, Codable {
    package var scope: String
    package var name: String
    /// With the stream's own path, and a ticket where one is needed.
    package var url: String
    /// The node there; nil in what a node was told.
    package var parent: NodeID?

    private enum CodingKeys: String, CodingKey { case scope, name, url }

    package init(_ stream: StreamKey, url: String, from parent: NodeID? = nil) {
        self.parent = parent
        scope = stream.scope
        name = stream.name
        self.url = url
    }

    package var stream: StreamKey { StreamKey(scope: scope, name: name) }
    /// The place itself, without a ticket.
    package var place: Substring { url.prefix { $0 != "?" } }
}

extension RoutingView.NodeEntry {
    /// `protocol://address:port` of its endpoint for a protocol, else of its first; nil without an address or endpoint.
    package func pullURL(over wanted: String?) -> String? {
        guard let address, let endpoint = endpoints.first(where: { $0.protocol == wanted }) ?? endpoints.first else {
            return nil
        }
        let host = address.utf8.contains(UInt8(ascii: ":")) ? "[\(address)]" : address
        return "\(endpoint.protocol)://\(host):\(endpoint.port)"
    }
}

extension StreamKey {
    /// The stream's URL under that of a node, percent-encoded.
    package func url(under base: String) -> String {
        var bytes = Array(base.utf8)
        for part in [scope, name] {
            bytes.append(UInt8(ascii: "/"))
            RouteAnswerBytes.percentEncode(part.utf8, into: &bytes)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

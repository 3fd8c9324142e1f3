internal import Reconciler

/// Which connection publishes a stream, by the media server's own count of clients (`clientid`): so that the farewell of another one
/// does not end it.
///
/// nginx-rtmp asks on_publish before it finds that the stream is published already, turns the second publisher away by itself, and then
/// calls on_publish_done for that one too. Whoever knows a name could take a live stream off the list again and again.
final class PublisherBook: Sendable {
    /// Streams that are remembered. Beyond it all are forgotten, and every farewell counts until the next publisher comes.
    private static let limit = 100_000

    private struct Publisher {
        var node: NodeID
        var client: String
    }

    private let publishers = Locked<[StreamKey: Publisher]>([:])

    /// A publisher may begin. One that is known stays it while the stream `isLive` on that node.
    func begins(_ stream: StreamKey, on node: NodeID, client: String, isLive: Bool) {
        publishers.with { publishers in
            if isLive, publishers[stream]?.node == node { return }
            if publishers.count >= Self.limit { publishers.removeAll() }
            publishers[stream] = Publisher(node: node, client: client)
        }
    }

    /// Whether the farewell of a client is that of the publisher, or of one that nobody knows to be another.
    func ends(_ stream: StreamKey, on node: NodeID, client: String) -> Bool {
        publishers.with { publishers in
            guard let known = publishers[stream], known.node == node else { return true }
            // A media server that counts its clients names every one of them.
            guard known.client == client || client.isEmpty else { return false }
            publishers[stream] = nil
            return true
        }
    }
}

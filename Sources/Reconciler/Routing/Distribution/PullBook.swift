/// Which node pulls which stream from which other: what was answered to nodes that asked, until they no longer carry the stream.
///
/// Sharded by the stream's hash. Nothing of it is stored: after a restart of the manager it is learnt from the next questions.
package final class PullBook: Sendable {
    private static let shardCount = 64

    private let shards: [Locked<[StreamKey: StreamPulls]>] = (0..<shardCount).map { _ in Locked([:]) }
    private let homes = HomeBook()

    package init() {}

    private func shard(_ key: StreamKey) -> Locked<[StreamKey: StreamPulls]> {
        shards[Int(UInt(bitPattern: key.hashValue) % UInt(Self.shardCount))]
    }

    /// The nodes over which `stream` comes to `child`, its parent first and the source last; nil when nobody has room. Atomic per stream:
    /// of questions that come at once each gets what the others left.
    func path(
        of stream: StreamKey, to child: NodeID, from source: NodeID, carriers: [NodeID: Int], in view: RoutingView,
        at now: Timestamp
    ) -> [NodeID]? {
        let finder = PullFinder(view: view, source: source, carriers: carriers, homes: homes, now: now)
        return shard(stream).with { streams in
            var pulls = streams.removeValue(forKey: stream) ?? StreamPulls()
            defer { if !pulls.isEmpty { streams[stream] = pulls } }
            return finder.path(to: child, &pulls)
        }
    }

    /// The parent that `child` was last given for `stream`; nil: none that is known.
    package func parent(of child: NodeID, for stream: StreamKey) -> NodeID? {
        shard(stream).with { $0[stream]?[child]?.parent }
    }

    /// The nodes that pull `stream`, or were told from where.
    func children(of stream: StreamKey) -> [NodeID] {
        shard(stream).with { streams in streams[stream].map { Array($0.pulls.keys) } ?? [] }
    }

    /// The parent of `child` for all of its streams, where its role has such.
    func home(of child: NodeID, at level: DistributionView.Level) -> DistributionView.Parent? {
        homes.home(of: child, among: level.places.first ?? [])
    }

    /// `child` reported `stream` at `reportedAt` and does so no more: unless it asked again since.
    func end(_ stream: StreamKey, at child: NodeID, reportedAt: Timestamp) {
        shard(stream).with { streams in
            guard let pull = streams[stream]?[child], pull.askedAt <= reportedAt else { return }
            Self.end(stream, child, &streams)
        }
    }

    private static func end(_ stream: StreamKey, _ child: NodeID, _ streams: inout [StreamKey: StreamPulls]) {
        streams[stream]?.end(child)
        if streams[stream]?.isEmpty == true { streams[stream] = nil }
    }

    /// Ends the pulls of a node that is gone. Those from it stay until their children ask anew, or no longer carry the stream: what they
    /// had is known to be gone then, and is not taken for something unknown.
    package func forget(_ node: NodeID) {
        homes.forget(node)
        for shard in shards {
            shard.with { streams in
                for stream in streams.filter({ $0.value[node] != nil }).keys { Self.end(stream, node, &streams) }
            }
        }
    }

    /// Ends what was promised and never taken: children that do not carry the stream after their time.
    package func expire(at now: Timestamp, _ directory: StreamDirectory) {
        for shard in shards {
            for (stream, pulls) in shard.current {
                let carriers = directory.entry(stream)?.carriers ?? [:]
                let late = pulls.pulls.filter { child, pull in
                    carriers[child] == nil && now - pull.since >= StreamPulls.lifetime
                }
                if late.isEmpty { continue }
                shard.with { streams in
                    for (child, pull) in late where streams[stream]?[child]?.since == pull.since {
                        Self.end(stream, child, &streams)
                    }
                }
            }
        }
    }

    /// The clock was set back to `now`: nothing was asked later than that.
    package func setBack(to now: Timestamp) {
        for shard in shards {
            shard.with { streams in
                for stream in streams.keys { streams[stream]?.setBack(to: now) }
            }
        }
    }
}

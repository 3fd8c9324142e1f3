/// Which node has which stream: claims made by answered publish requests, confirmed and ended by the nodes' own reports.
///
/// Sharded by the stream's hash; each critical section is a dictionary look-up, so requests hardly ever meet.
package final class StreamDirectory: Sendable {
    /// A publisher that was sent to a node and has not appeared there keeps its place this long.
    package static let claimLifetime: Duration = .seconds(15)
    private static let shardCount = 64

    package struct Entry: Sendable, Equatable {
        /// Where the last publisher was sent, until it shows up or the claim ends.
        package var claim: Source?
        /// Where it is live.
        package var live: Source?
        /// Every node that carries it, with its viewers there.
        package var carriers: [NodeID: Int] = [:]

        package struct Source: Sendable, Equatable {
            package var node: NodeID
            package var since: Timestamp
        }

        var isEmpty: Bool { claim == nil && live == nil && carriers.isEmpty }
    }

    private let shards: [Locked<[StreamKey: Entry]>] = (0..<shardCount).map { _ in Locked([:]) }

    package init() {}

    private func shard(_ key: StreamKey) -> Locked<[StreamKey: Entry]> {
        shards[Int(UInt(bitPattern: key.hashValue) % UInt(Self.shardCount))]
    }

    package func entry(_ key: StreamKey) -> Entry? {
        shard(key).with { $0[key] }
    }

    /// The node that a publisher of `key` is to be sent to: the one that has it or was promised to it, while `isServing`
    /// says that node serves; else the one that `choose` picks, which is then promised. Atomic per stream: a thousand
    /// simultaneous requests for one name get one node. Nothing is promised, but told, where the claim is not to be kept.
    package func claim(
        _ key: StreamKey, at now: Timestamp, keeps: Bool = true, isServing: (NodeID) -> Bool, choose: () -> NodeID?
    ) -> (node: NodeID, isNew: Bool)? {
        shard(key).with { entries in
            var entry = entries[key] ?? Entry()
            if let live = entry.live, isServing(live.node) {
                if keeps, entry.claim != nil { entries[key]?.claim = nil }
                return (live.node, false)
            }
            if let claim = entry.claim, now - claim.since < Self.claimLifetime, isServing(claim.node) {
                return (claim.node, false)
            }
            guard let chosen = choose() else { return nil }
            entry.claim = .init(node: chosen, since: now)
            if keeps { entries[key] = entry }
            return (chosen, true)
        }
    }

    /// A report or a publish callback: `node` is the source of `key`.
    package func markLive(
        _ key: StreamKey, on node: NodeID, at now: Timestamp, isServing: (NodeID) -> Bool = { _ in true }
    ) {
        shard(key).with { Self.setLive(&$0[key, default: Entry()], on: node, at: now, isServing) }
    }

    private static func setLive(
        _ entry: inout Entry, on node: NodeID, at now: Timestamp, _ isServing: (NodeID) -> Bool
    ) {
        if entry.live?.node == node {
            if entry.claim?.node == node { entry.claim = nil }
            return
        }
        // Two nodes say that they are the source: the one that the newest publisher was sent to is right, and one that serves
        // before one that does not.
        let isBetter = entry.live.map { !isServing($0.node) && isServing(node) } ?? true
        if isBetter || entry.claim?.node == node {
            entry.live = .init(node: node, since: now)
            if entry.claim?.node == node { entry.claim = nil }
        }
    }

    /// Takes in what `node` reports in place of what it reported before.
    package func update(
        node: NodeID, from old: [StreamReport], to new: [StreamReport], at now: Timestamp,
        isServing: (NodeID) -> Bool = { _ in true }
    ) {
        if old.isEmpty, new.isEmpty { return }
        for report in new {
            shard(report.key).with { entries in
                // In place: a stream may be on thousands of nodes.
                entries[report.key, default: Entry()].carriers[node] = report.subscribers
                if report.role == .source {
                    Self.setLive(&entries[report.key, default: Entry()], on: node, at: now, isServing)
                } else if entries[report.key]?.live?.node == node {
                    entries[report.key]?.live = nil
                }
            }
        }
        let kept = Set(new.map(\.key))
        for report in old where !kept.contains(report.key) {
            remove(report.key, from: node)
        }
    }

    /// `node` no longer has `key`.
    package func remove(_ key: StreamKey, from node: NodeID) {
        shard(key).with { entries in
            entries[key]?.carriers[node] = nil
            if entries[key]?.live?.node == node { entries[key]?.live = nil }
            if entries[key]?.isEmpty == true { entries[key] = nil }
        }
    }

    /// Forgets all that `node` had or was promised, when it is really gone.
    package func forget(_ node: NodeID) {
        for shard in shards {
            shard.with { entries in
                for (key, entry) in entries
                where entry.live?.node == node || entry.claim?.node == node || entry.carriers[node] != nil {
                    var entry = entry
                    if entry.live?.node == node { entry.live = nil }
                    if entry.claim?.node == node { entry.claim = nil }
                    entry.carriers[node] = nil
                    entries[key] = entry.isEmpty ? nil : entry
                }
            }
        }
    }

    /// Drops claims whose publisher never came. One that was sent away from a node that does not serve may come late: its
    /// claim is what makes it the source in that node's place, and is kept as long as that node has the stream.
    package func expireClaims(at now: Timestamp) {
        for shard in shards {
            shard.with { entries in
                for (key, known) in entries {
                    var entry = known
                    // A callback said so, and no heartbeat ever confirmed it: its end was lost.
                    if let live = known.live, known.carriers[live.node] == nil, now - live.since >= Self.claimLifetime {
                        entry.live = nil
                    }
                    if let claim = entry.claim, now - claim.since >= Self.claimLifetime, entry.live == nil {
                        entry.claim = nil
                    }
                    if entry != known { entries[key] = entry.isEmpty ? nil : entry }
                }
            }
        }
    }

    /// The clock was set back to `now`: no claim is younger than that.
    package func setBack(to now: Timestamp) {
        for shard in shards {
            shard.with { entries in
                for (key, entry) in entries where (entry.claim?.since ?? now) > now { entries[key]?.claim?.since = now }
            }
        }
    }

    /// Every stream that is live now, by name. For lists, not for the request path.
    package func liveStreams() -> [(key: StreamKey, entry: Entry)] {
        shards.flatMap { shard in shard.current.filter { $0.value.live != nil }.map { (key: $0.key, entry: $0.value) } }
            .sorted { $0.key < $1.key }
    }
}

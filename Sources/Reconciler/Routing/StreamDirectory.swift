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
        /// Those of them that are not its source, by region.
        var places = Carriers()

        package struct Source: Sendable, Equatable {
            package var node: NodeID
            package var since: Timestamp
            /// Where a node that transcodes it sends the results.
            package var origin: NodeID?
        }

        fileprivate mutating func drop(_ node: NodeID) {
            if carriers.removeValue(forKey: node) != nil { places.remove(node) }
            if live?.node == node { live = nil }
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

    /// What a viewer's way depends on: where the stream is live, and who carries it. Nil when it is not live.
    func live(_ key: StreamKey) -> (source: NodeID, carriers: Carriers)? {
        shard(key).with { entries in
            guard let index = entries.index(forKey: key) else { return nil }
            guard let live = entries.values[index].live else { return nil }
            return (live.node, entries.values[index].places)
        }
    }

    /// A place that a publisher has or was promised.
    struct Claim: Equatable {
        var source: Entry.Source
        var isLive: Bool
    }

    /// The node that a publisher of `key` is to be sent to: the one that has it or was promised to it, while `isServing`
    /// says that node serves; else the one that `choose` picks, which is then promised. Atomic per stream: a thousand
    /// simultaneous requests for one name get one node. Nothing is promised, but told, where the claim is not to be kept.
    func claim(
        _ key: StreamKey, at now: Timestamp, keeps: Bool = true, isServing: (Claim) -> Bool,
        choose: () -> (node: NodeID, origin: NodeID?)?
    ) -> (source: Entry.Source, isNew: Bool)? {
        shard(key).with { entries in
            var entry = entries[key] ?? Entry()
            if let live = entry.live, isServing(Claim(source: live, isLive: true)) {
                if keeps, entry.claim != nil { entries[key]?.claim = nil }
                return (live, false)
            }
            if let claim = entry.claim, now - claim.since < Self.claimLifetime,
                isServing(Claim(source: claim, isLive: false))
            {
                return (claim, false)
            }
            guard let chosen = choose() else { return nil }
            let claim = Entry.Source(node: chosen.node, since: now, origin: chosen.origin)
            entry.claim = claim
            if keeps { entries[key] = entry }
            return (claim, true)
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
            let origin = entry.claim?.node == node ? entry.claim?.origin : nil
            entry.live = .init(node: node, since: now, origin: origin)
            if entry.claim?.node == node { entry.claim = nil }
        }
    }

    /// Takes in what `node`, whose load is `load`, reports in place of what it reported before.
    package func update(
        node: NodeID, load: NodeLoad, from old: [StreamReport], to new: [StreamReport], at now: Timestamp,
        isServing: (NodeID) -> Bool = { _ in true }
    ) {
        if old.isEmpty, new.isEmpty { return }
        for report in new {
            shard(report.key).with { entries in
                Self.take(report, of: node, load, into: &entries[report.key, default: Entry()], at: now, isServing)
            }
        }
        let kept = Set(new.map(\.key))
        for report in old where !kept.contains(report.key) {
            remove(report.key, from: node)
        }
    }

    /// In place: thousands of nodes may carry one stream.
    private static func take(
        _ report: StreamReport, of node: NodeID, _ load: NodeLoad, into entry: inout Entry, at now: Timestamp,
        _ isServing: (NodeID) -> Bool
    ) {
        let isNew = entry.carriers.updateValue(report.subscribers, forKey: node) == nil
        if report.role == .source {
            entry.places.remove(node)
            setLive(&entry, on: node, at: now, isServing)
        } else {
            let wasLive = entry.live?.node == node
            if wasLive { entry.live = nil }
            if isNew || wasLive { entry.places.insert(node, load) }
        }
    }

    /// `node` no longer has `key`.
    package func remove(_ key: StreamKey, from node: NodeID) {
        shard(key).with { entries in
            // Moved out, not copied: thousands of nodes may carry one stream.
            guard var entry = entries.removeValue(forKey: key) else { return }
            entry.drop(node)
            if !entry.isEmpty { entries[key] = entry }
        }
    }

    /// Forgets all that `node` had or was promised, when it is really gone.
    package func forget(_ node: NodeID) {
        for shard in shards {
            shard.with { entries in
                for (key, entry) in entries
                where entry.live?.node == node || entry.claim?.node == node || entry.carriers[node] != nil {
                    var entry = entry
                    entry.drop(node)
                    if entry.claim?.node == node { entry.claim = nil }
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

    /// Offers a page those streams that are live now and that `matches` lets through. For lists, not for the request path: with 100,000
    /// streams it takes some 30 ms, without a lock, so that requests go on meanwhile.
    package func offer(
        _ page: inout PageWindow<StreamKey, Entry>, matching matches: (StreamKey, Entry) -> Bool
    ) {
        for shard in shards {
            for (key, entry) in shard.current
            where entry.live != nil && page.isAfterMark(key) && matches(key, entry) && page.admits(key) {
                page.add(key, entry)
            }
        }
    }
}

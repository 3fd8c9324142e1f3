/// Which node has which stream: claims made by answered publish requests, confirmed and ended by the nodes' own reports.
///
/// Sharded by the stream's hash; each critical section is a dictionary look-up, so requests hardly ever meet.
package final class StreamDirectory: Sendable {
    /// A publisher that was sent to a node and has not appeared there keeps its place this long.
    package static let claimLifetime: Duration = .seconds(15)

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

    /// An entry in a box, so that what a decision reads of it is read in place.
    private final class Slot: @unchecked Sendable {
        // Sendable, and no two accesses meet: never leaves the lock of its shard.
        @safe @exclusivity(unchecked) var entry = Entry()
    }

    private struct Shard: Sendable {
        private var slots: [StreamKey: Slot] = [:]

        subscript(key: StreamKey) -> Entry? { slots[key]?.entry }

        var entries: [(key: StreamKey, entry: Entry)] { slots.map { ($0.key, $0.value.entry) } }

        /// Reads in place.
        func read<Result>(_ key: StreamKey, _ body: (borrowing Entry) -> Result?) -> Result? {
            guard let slot = slots[key] else { return nil }
            return body(slot.entry)
        }

        /// Changes an entry in place; one that is empty then is forgotten.
        mutating func change<Result>(_ key: StreamKey, _ body: (inout Entry) -> Result) -> Result {
            let slot: Slot
            if let known = slots[key] {
                slot = known
            } else {
                slot = Slot()
                slots[key] = slot
            }
            let result = body(&slot.entry)
            if slot.entry.isEmpty { slots[key] = nil }
            return result
        }

        mutating func changeAll(_ body: (inout Entry) -> Void) {
            for (key, slot) in slots {
                body(&slot.entry)
                if slot.entry.isEmpty { slots[key] = nil }
            }
        }
    }

    private let shards = Shards<64, Shard> { _ in Shard() }

    package init() {}

    private func withShard<Result>(_ key: StreamKey, _ body: (inout Shard) -> Result) -> Result {
        shards.with(Int(UInt(bitPattern: key.hash) % UInt(shards.indices.count)), body)
    }

    package func entry(_ key: StreamKey) -> Entry? {
        withShard(key) { $0[key] }
    }

    /// What a viewer's way depends on: where the stream is live, and who carries it. Nil when it is not live.
    func live(_ key: StreamKey) -> (source: NodeID, carriers: Carriers)? {
        withShard(key) { shard in
            shard.read(key) { entry in entry.live.map { ($0.node, entry.places) } }
        }
    }

    /// The node that a publisher of `key` is to be sent to: the one that has it or was promised to it, while `isServing`
    /// says that node serves; else the one that `choose` picks, which is then promised. Atomic per stream: a thousand
    /// simultaneous requests for one name get one node. Nothing is promised, but told, where the claim is not to be kept.
    ///
    /// `isServing` is told whether the stream is live there, and may give the node another origin.
    func claim(
        _ key: StreamKey, at now: Timestamp, keeps: Bool = true,
        isServing: (_ source: inout Entry.Source, _ isLive: Bool) -> Bool,
        choose: () -> (node: NodeID, origin: NodeID?)?
    ) -> (source: Entry.Source, isNew: Bool)? {
        withShard(key) { shard in
            shard.change(key) { entry in
                if var live = entry.live, isServing(&live, true) {
                    if keeps { (entry.live, entry.claim) = (live, nil) }
                    return (live, false)
                }
                if var claim = entry.claim, now - claim.since < Self.claimLifetime, isServing(&claim, false) {
                    if keeps { entry.claim = claim }
                    return (claim, false)
                }
                guard let chosen = choose() else { return nil }
                let claim = Entry.Source(node: chosen.node, since: now, origin: chosen.origin)
                if keeps { entry.claim = claim }
                return (claim, true)
            }
        }
    }

    /// A report or a publish callback: `node` is the source of `key`. Not so, and false, when it is live on another node that `keeps` it.
    @discardableResult package func markLive(
        _ key: StreamKey, on node: NodeID, at now: Timestamp, isServing: (NodeID) -> Bool = { _ in true },
        keeps: (NodeID) -> Bool = { _ in false }
    ) -> Bool {
        withShard(key) { shard in
            shard.change(key) { entry in
                if let live = entry.live, live.node != node, keeps(live.node) { return false }
                Self.setLive(&entry, on: node, at: now, isServing)
                return true
            }
        }
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
        // Each is made once: that hashes its names.
        let keys = new.map(\.key)
        for (key, report) in zip(keys, new) {
            withShard(key) { shard in
                shard.change(key) { Self.take(report, of: node, load, into: &$0, at: now, isServing) }
            }
        }
        let kept = Set(keys)
        for key in old.lazy.map(\.key) where !kept.contains(key) { remove(key, from: node) }
    }

    /// In place: thousands of nodes may carry one stream.
    private static func take(
        _ report: StreamReport, of node: NodeID, _ load: NodeLoad, into entry: inout Entry, at now: Timestamp,
        _ isServing: (NodeID) -> Bool
    ) {
        let isNew = entry.carriers.updateValue(report.subscribers, forKey: node) == nil
        if report.role == .source {
            if entry.live?.node != node { entry.places.remove(node) }
            setLive(&entry, on: node, at: now, isServing)
        } else {
            let wasLive = entry.live?.node == node
            if wasLive { entry.live = nil }
            if isNew || wasLive { entry.places.insert(node, load) }
        }
    }

    /// `node` no longer has `key`.
    package func remove(_ key: StreamKey, from node: NodeID) {
        withShard(key) { $0.change(key) { $0.drop(node) } }
    }

    /// Forgets all that `node` had or was promised, when it is really gone.
    package func forget(_ node: NodeID) {
        changeAll { entry in
            entry.drop(node)
            if entry.claim?.node == node { entry.claim = nil }
        }
    }

    /// Drops claims whose publisher never came. One that was sent away from a node that does not serve may come late: its
    /// claim is what makes it the source in that node's place, and is kept as long as that node has the stream.
    package func expireClaims(at now: Timestamp) {
        changeAll { entry in
            // A callback said so, and no heartbeat ever confirmed it: its end was lost.
            if let live = entry.live, entry.carriers[live.node] == nil, now - live.since >= Self.claimLifetime {
                entry.live = nil
            }
            if let claim = entry.claim, now - claim.since >= Self.claimLifetime, entry.live == nil {
                entry.claim = nil
            }
        }
    }

    /// The clock was set back to `now`: no claim is younger than that.
    package func setBack(to now: Timestamp) {
        changeAll { entry in
            if let since = entry.claim?.since, since > now { entry.claim?.since = now }
        }
    }

    private func changeAll(_ body: (inout Entry) -> Void) {
        shards.forEach { $0.changeAll(body) }
    }

    /// Offers a page those streams that are live now and that `matches` lets through. For lists, not for the request path: with 100,000
    /// streams it takes some 30 ms, of which a shard is locked while its entries are copied out, so that requests go on meanwhile.
    package func offer(
        _ page: inout PageWindow<StreamKey, Entry>, matching matches: (StreamKey, Entry) -> Bool
    ) {
        for shard in shards.indices {
            for (key, entry) in shards.with(shard, { $0.entries })
            where entry.live != nil && page.isAfterMark(key) && matches(key, entry) && page.admits(key) {
                page.add(key, entry)
            }
        }
    }
}

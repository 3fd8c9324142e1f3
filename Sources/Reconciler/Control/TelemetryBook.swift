/// The newest heartbeat of every node. Written by the API's threads, read by the control loop once per round.
package final class TelemetryBook: Sendable {
    private static let shardCount = 16
    /// A heartbeat that was overtaken comes within this time; a lower sequence after it is a new run of the agent whose first
    /// heartbeat was lost. Shorter than any sensible `suspectAfter`.
    private static let lateness: Duration = .seconds(3)

    private let shards: [Locked<[NodeID: Telemetry]>] = (0..<shardCount).map { _ in Locked([:]) }

    package init() {}

    private func shard(_ node: NodeID) -> Locked<[NodeID: Telemetry]> {
        shards[Int(UInt(bitPattern: node.hashValue) % UInt(Self.shardCount))]
    }

    package enum Outcome: Sendable, Equatable {
        case accepted(previous: Telemetry?)
        /// Older than what is known already: not taken in.
        case late
    }

    /// Takes in one heartbeat. A sequence of 1 or less begins a new run of the agent, and so does any other that does not grow
    /// after ``lateness``.
    package func record(_ heartbeat: Heartbeat, of node: NodeID, at now: Timestamp) -> Outcome {
        shard(node).with { records in
            let known = records[node]
            if let known, heartbeat.sequence > 1, heartbeat.sequence <= known.heartbeat.sequence,
                now - known.receivedAt < Self.lateness
            {
                return .late
            }
            records[node] = Telemetry(heartbeat: heartbeat, receivedAt: now)
            return .accepted(previous: known)
        }
    }

    package func snapshot() -> [NodeID: Telemetry] {
        let parts = shards.map(\.current)
        var all: [NodeID: Telemetry] = [:]
        all.reserveCapacity(parts.reduce(0) { $0 + $1.count })
        for part in parts {
            for (node, telemetry) in part { all[node] = telemetry }
        }
        return all
    }

    /// The nodes that were heard of and that a condition is true of.
    func nodes(where condition: (NodeID) -> Bool) -> [NodeID] {
        shards.flatMap { $0.current.keys.filter(condition) }
    }

    package func forget(_ node: NodeID) {
        shard(node).with { $0[node] = nil }
    }

    /// Goes on from what the store remembers of a node, so that its next heartbeat ends the streams that it no longer has.
    package func resume(_ node: Node) {
        guard let heard = node.lastHeartbeatAt else { return }
        let heartbeat = Heartbeat(
            sequence: 0, metrics: node.metrics, streams: node.streams, ready: node.isReady,
            protected: node.marks.protectsItself)
        _ = record(heartbeat, of: node.id, at: heard)
    }

    /// The clock was set back to `now`: nothing was heard later than that.
    package func setBack(to now: Timestamp) {
        for shard in shards {
            shard.with { records in
                for (node, telemetry) in records where telemetry.receivedAt > now { records[node]?.receivedAt = now }
            }
        }
    }
}

extension TelemetryBook {
    /// The newest heartbeat of one node; nil when it never sent one.
    package func latest(of node: NodeID) -> Telemetry? {
        shard(node).with { $0[node] }
    }
}

/// The newest heartbeat of every node. Written by the API's threads, read by the control loop once per round.
package final class TelemetryBook: Sendable {
    private static let shardCount = 16

    private let shards: [Locked<[NodeID: Telemetry]>] = (0..<shardCount).map { _ in Locked([:]) }

    package init() {}

    private func shard(_ node: NodeID) -> Locked<[NodeID: Telemetry]> {
        shards[Int(UInt(bitPattern: node.hashValue) % UInt(Self.shardCount))]
    }

    package enum Outcome: Sendable, Equatable {
        case accepted(previous: Heartbeat?)
        /// Older than what is known already: not taken in.
        case late
    }

    /// Takes in one heartbeat. A sequence of 1 or less begins a new run of the agent.
    package func record(_ heartbeat: Heartbeat, of node: NodeID, at now: Timestamp) -> Outcome {
        shard(node).with { records in
            let known = records[node]?.heartbeat
            if let known, heartbeat.sequence <= known.sequence, heartbeat.sequence > 1 { return .late }
            records[node] = Telemetry(heartbeat: heartbeat, receivedAt: now)
            return .accepted(previous: known)
        }
    }

    package func snapshot() -> [NodeID: Telemetry] {
        var all: [NodeID: Telemetry] = [:]
        for shard in shards { all.merge(shard.current) { _, new in new } }
        return all
    }

    package func forget(_ node: NodeID) {
        shard(node).with { $0[node] = nil }
    }
}

extension TelemetryBook {
    /// The newest heartbeat of one node; nil when it never sent one.
    package func latest(of node: NodeID) -> Telemetry? {
        shard(node).with { $0[node] }
    }
}

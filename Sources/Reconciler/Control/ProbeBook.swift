/// The newest results of every node's probes. Written by ``ProbeService``, read by the control loop once per round.
package final class ProbeBook: Sendable {
    private let records = Locked<[NodeID: [ProbeRecord?]]>([:])

    /// Nothing was probed yet.
    package init() {}

    /// How a result changed what is known.
    package struct Change: Sendable, Equatable {
        /// Nil before the first result.
        package var previous: ProbeRecord?
        package var current: ProbeRecord
    }

    /// Takes in one result of the probe at `index` in `health.probes`; see ``ProbeRecord/after(_:at:previous:)``.
    @discardableResult
    package func record(_ outcome: ProbeOutcome, of node: NodeID, index: Int, at now: Timestamp) -> Change {
        records.with { records in
            var known = records.removeValue(forKey: node) ?? []
            while known.count <= index { known.append(nil) }
            let previous = known[index]
            let current = ProbeRecord.after(outcome, at: now, previous: previous)
            known[index] = current
            records[node] = known
            return Change(previous: previous, current: current)
        }
    }

    /// What is known of each node that was probed, by the place of the probe in `health.probes`. A probe without a result yet is nil,
    /// or beyond the end.
    package func snapshot() -> [NodeID: [ProbeRecord?]] { records.current }

    /// The nodes that were probed and that a condition is true of.
    func nodes(where condition: (NodeID) -> Bool) -> [NodeID] { records.current.keys.filter(condition) }

    /// The node is gone, or is probed in another way from now on.
    package func forget(_ node: NodeID) {
        records.with { $0[node] = nil }
    }

    /// The clock was set back to `now`: no result is later than that.
    package func setBack(to now: Timestamp) {
        records.with { records in
            for (node, known) in records where known.contains(where: { $0.map { $0.at > now } ?? false }) {
                records[node] = known.map { record in
                    guard var record else { return nil }
                    record.at = min(record.at, now)
                    return record
                }
            }
        }
    }
}

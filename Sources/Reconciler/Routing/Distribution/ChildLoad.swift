internal import Synchronization

/// How many pulls other nodes have, or were promised, from one node: one for each stream and child.
///
/// Two counts, of which the larger holds. What the node reports, and what was assigned since and did not show up there yet
/// (``LoadCounter``): it knows of pulls that nobody asked for here, as after a restart of the manager. And what the ``PullBook`` holds: it
/// is right for nodes that report no `connections.child`. Neither counts a pull twice, and the limit holds for both, so that a burst of
/// questions between two heartbeats does not pass it.
package final class ChildLoad: Sendable {
    private let counter = LoadCounter()
    private let held = Atomic<Int>(0)

    package init() {}

    /// Pulls that are there or promised.
    package var total: Int { max(counter.total, held.load(ordering: .relaxed)) }

    /// Counts one more pull, unless that would pass `limit`. True when it was counted; ``release()`` ends what is held of it.
    func tryAdd(limit: Int) -> Bool {
        var old = held.load(ordering: .relaxed)
        while true {
            if old >= limit { return false }
            let (done, seen) = held.compareExchange(expected: old, desired: old + 1, ordering: .relaxed)
            if done { break }
            old = seen
        }
        if counter.tryAdd(limit: limit) { return true }
        held.subtract(1, ordering: .relaxed)
        return false
    }

    /// A pull that is there already, and in the node's own report, is held from now on.
    func adopt() { held.add(1, ordering: .relaxed) }

    /// A pull that was held is held no more. The node's own report falls by itself.
    func release() { held.subtract(1, ordering: .relaxed) }

    /// Takes in what the node reports.
    func report(_ children: Int) { _ = counter.report(children) }

    /// See ``LoadCounter/age()``.
    func age() { _ = counter.age() }
}

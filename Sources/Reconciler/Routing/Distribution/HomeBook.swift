/// Which parent node each node of a pool with `parents: perParent` belongs to. Not stored: after a restart of the manager they are spread
/// anew, and what plays goes on where it is.
///
/// A node goes to the one of its region with the fewest, of equals the first by id, and stays while that serves and has no more than its
/// share: so a parent that came in place of another gets its part of the nodes. What they pull already goes on where it is.
final class HomeBook: Sendable {
    private struct State {
        var homes: [NodeID: NodeID] = [:]
        var counts: [NodeID: Int] = [:]

        mutating func set(_ child: NodeID, _ home: NodeID?) {
            if let old = homes[child] {
                let left = (counts[old] ?? 1) - 1
                counts[old] = left > 0 ? left : nil
            }
            homes[child] = home
            if let home { counts[home, default: 0] += 1 }
        }
    }

    private let state = Locked(State())

    /// The parent of `child` among these, which serve; nil where there is none.
    func home(of child: NodeID, among parents: [DistributionView.Parent]) -> DistributionView.Parent? {
        state.with { state in
            func count(_ parent: DistributionView.Parent) -> Int { state.counts[parent.id] ?? 0 }
            if let known = state.homes[child], let parent = parents.first(where: { $0.id == known }) {
                // Rounded up: whoever moves finds one with less than that, and does not move again.
                let share = (parents.reduce(0) { $0 + count($1) } + parents.count - 1) / parents.count
                if count(parent) <= share { return parent }
            }
            let fewest = parents.min { (count($0), $0.id) < (count($1), $1.id) }
            state.set(child, fewest?.id)
            return fewest
        }
    }

    /// A node that is gone belongs to none.
    func forget(_ child: NodeID) { state.with { $0.set(child, nil) } }
}

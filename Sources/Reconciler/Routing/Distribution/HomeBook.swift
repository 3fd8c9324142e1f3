/// Which parent node each node of a pool with `parents: perParent` belongs to. Not stored: after a restart of the manager they are spread
/// anew, and what plays goes on where it is.
///
/// A node stays with its parent while that serves; else it goes to the one of its region with the fewest, of equals the first by id.
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
            if let known = state.homes[child], let parent = parents.first(where: { $0.id == known }) { return parent }
            let fewest = parents.min { (state.counts[$0.id] ?? 0, $0.id) < (state.counts[$1.id] ?? 0, $1.id) }
            state.set(child, fewest?.id)
            return fewest
        }
    }

    /// A node that is gone belongs to none.
    func forget(_ child: NodeID) { state.with { $0.set(child, nil) } }
}

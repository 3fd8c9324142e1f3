internal import Synchronization

/// The provisions as requests see them, in memory. Where there are none, a request pays for one look at a flag.
///
/// What is in the store is written here by ``ProvisionDesk`` alone, after it is stored. Requests change one thing: which node a
/// distribution names, when the one that it named serves no more. The desk stores that later.
package final class ProvisionBook: Sendable {
    private struct Content: Sendable {
        var table = ProvisionTable()
        /// Whose distribution is newer here than in the store.
        var moved: Set<Provision.Key> = []
    }

    private let content = Locked(Content())
    private let holdsSome = Atomic<Bool>(false)
    /// Called when something is newer here than in the store.
    package let moves = Waker()

    /// Without any.
    package init() {}

    /// Whether there is none at all.
    package var isEmpty: Bool { !holdsSome.load(ordering: .acquiring) }

    /// A look at all of them. What is not short keeps requests waiting, unless it is taken of ``table``.
    package func read<Result>(_ body: (ProvisionTable) -> Result) -> Result { content.with { body($0.table) } }

    /// All of them as they are now.
    package var table: ProvisionTable { content.current.table }

    /// All there are, at the start.
    package func replace(with provisions: [Provision]) {
        content.with { $0 = Content(table: ProvisionTable(provisions)) }
        holdsSome.store(!provisions.isEmpty, ordering: .releasing)
    }

    /// What was stored: new ones, and nil for those that are gone.
    func take(_ changes: [Provision.Key: Provision?]) {
        let isEmpty = content.with { content in
            for (key, provision) in changes {
                if let provision { content.table.set(provision) } else { content.table.remove(key) }
                content.moved.remove(key)
            }
            return content.table.isEmpty
        }
        holdsSome.store(!isEmpty, ordering: .releasing)
    }

    /// A publisher of a distributed provision was sent to `node`, since the first of its nodes serves no more: its distribution names
    /// this one first from now on, and of the others those that serve.
    func follow(_ guid: String, in group: String, to node: NodeID, at now: Timestamp, isServing: (NodeID) -> Bool) {
        let isNews = content.with { content in
            guard var provision = content.table.naming(guid, in: group)?.provision,
                let old = provision.distribution?.nodes, old.first != node
            else { return false }
            let others = old.filter { $0 != node && isServing($0) }
            provision.distribution?.nodes = [node] + others.prefix(old.count - 1)
            provision.distribution?.at = now
            content.table.set(provision)
            content.moved.insert(provision.key)
            return true
        }
        if isNews { moves.wake() }
    }

    /// Those whose distribution is newer than in the store.
    var moved: [Provision] {
        content.with { content in content.moved.sorted().compactMap { content.table[$0]?.provision } }
    }

    /// These were stored as they are; one that moved on since is still to be stored.
    func markStored(_ provisions: [Provision]) {
        content.with { content in
            for provision in provisions where content.table[provision.key]?.provision == provision {
                content.moved.remove(provision.key)
            }
        }
    }
}

/// Who goes first when nodes are too many.
enum Victims {
    /// Those whose going was approved first: it was approved of exactly them. Then not yet in service (the least advanced of them), then older revisions, cordoned ones, the emptiest (nodes that pull from it are clients too), the youngest. A node
    /// that does not tell its clients counts as full: unknown is not empty.
    /// Where it is told who is well, those who are not come before those who are.
    /// Protected nodes are left out. Equal in all: by id, so that the order is the same every time.
    static func order(
        _ nodes: [Node], isDrifted: (Node) -> Bool, now: Timestamp, isWell: (Node) -> Bool = { _ in true }
    ) -> [Node] {
        let free = nodes.filter { !$0.isProtected(at: now) }
        return free.map { (rank: Rank($0, isDrifted: isDrifted($0), isWell: isWell($0)), node: $0) }.sorted {
            $0.rank < $1.rank
        }.map(
            \.node)
    }

    private struct Rank: Comparable {
        let approved: Int
        let start: Int
        let well: Int
        let drifted: Int
        let cordoned: Int
        let clients: Int
        let age: Int64
        let id: NodeID

        init(_ node: Node, isDrifted: Bool, isWell: Bool) {
            approved = node.marks.isRemovalApproved ? 0 : 1
            let starts: [NodeState] = [.requested, .creating, .created, .started]
            start = starts.firstIndex(of: node.state) ?? starts.count
            well = isWell ? 1 : 0
            drifted = isDrifted ? 0 : 1
            cordoned = node.cordoned ? 0 : 1
            clients = node.tellsClients ? node.clients + node.children : .max
            age = -(node.inServiceAt ?? node.requestedAt).milliseconds
            id = node.id
        }

        static func < (left: Self, right: Self) -> Bool {
            if left.approved != right.approved { return left.approved < right.approved }
            if left.start != right.start { return left.start < right.start }
            if left.well != right.well { return left.well < right.well }
            if left.drifted != right.drifted { return left.drifted < right.drifted }
            if left.cordoned != right.cordoned { return left.cordoned < right.cordoned }
            if left.clients != right.clients { return left.clients < right.clients }
            if left.age != right.age { return left.age < right.age }
            return left.id < right.id
        }
    }
}

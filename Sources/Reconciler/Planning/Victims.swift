/// Who goes first when nodes are too many.
enum Victims {
    /// Not yet in service first (the least advanced of them), then older revisions, cordoned ones, the emptiest, the youngest. A node
    /// that does not tell its clients counts as full: unknown is not empty.
    /// Protected nodes are left out. Equal in all: by id, so that the order is the same every time.
    static func order(_ nodes: [Node], isDrifted: (Node) -> Bool, now: Timestamp) -> [Node] {
        let free = nodes.filter { ($0.protectedUntil ?? now) <= now }
        return free.map { (rank: Rank($0, isDrifted: isDrifted($0)), node: $0) }.sorted { $0.rank < $1.rank }.map(
            \.node)
    }

    private struct Rank: Comparable {
        let start: Int
        let drifted: Int
        let cordoned: Int
        let clients: Int
        let age: Int64
        let id: NodeID

        init(_ node: Node, isDrifted: Bool) {
            let starts: [NodeState] = [.requested, .creating, .created, .started]
            start = starts.firstIndex(of: node.state) ?? starts.count
            drifted = isDrifted ? 0 : 1
            cordoned = node.cordoned ? 0 : 1
            clients = node.tellsClients ? node.clients : .max
            age = -(node.inServiceAt ?? node.requestedAt).milliseconds
            id = node.id
        }

        static func < (left: Self, right: Self) -> Bool {
            if left.start != right.start { return left.start < right.start }
            if left.drifted != right.drifted { return left.drifted < right.drifted }
            if left.cordoned != right.cordoned { return left.cordoned < right.cordoned }
            if left.clients != right.clients { return left.clients < right.clients }
            if left.age != right.age { return left.age < right.age }
            return left.id < right.id
        }
    }
}

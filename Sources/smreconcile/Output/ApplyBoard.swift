internal import Reconciler

/// What `apply` waits for, node by node: a value that is told of each round, and says what is news and what goes on.
struct ApplyBoard {
    /// What is to be shown after a round.
    struct Showing: Equatable {
        /// What happened to nodes since the last round: lines that stay.
        var news: [String] = []
        /// What is waited for now: lines that the next round's stand in place of.
        var waiting: [String] = []
        /// Those of ``waiting`` that say something else than before, beside times: for a pipe.
        var changed: [String] = []
    }

    private struct Seen: Equatable {
        var state: NodeState
        var words: String
    }

    private var seen: [String: Seen] = [:]
    private var moving: Set<NodeID> = []

    /// Takes in the snapshot of a round.
    mutating func take(_ snapshot: FleetSnapshot) -> Showing {
        var showing = Showing()
        let nodes = snapshot.fleet.nodes.values.filter {
            $0.state.isComing || $0.state.isLeaving || $0.state == .fault
        }.sorted { $0.id < $1.id }
        let now = Set(nodes.map(\.id))
        for id in moving.subtracting(now).sorted() { showing.news.append(end(of: id, snapshot)) }
        moving = now
        let outlook = NodeOutlook(
            of: nodes, spec: snapshot.spec, fleet: snapshot.fleet, plan: snapshot.plan, now: snapshot.at)
        var before: [String: Seen] = [:]
        swap(&before, &seen)
        func show(_ key: String, _ state: NodeState, _ words: String, _ line: String) {
            let own = Seen(state: state, words: words)
            showing.waiting.append(line)
            if before[key] != own { showing.changed.append(line) }
            seen[key] = own
        }
        for node in nodes {
            let age = Duration.seconds(max((snapshot.at - node.since).components.seconds, 0)).specText
            let waiting = outlook.waiting(of: node).first ?? node.reason
            show(
                node.id.rawValue, node.state, node.lastError ?? node.reason,
                "\(node.id) \(node.state.rawValue) for \(age), waiting: \(waiting)")
        }
        for hold in snapshot.plan.held where hold.limit == "setback" {
            show("\(hold.pool)", .requested, hold.reason, "\(hold.pool): held: \(hold.kind.rawValue): \(hold.reason)")
        }
        for scope in snapshot.spec.providerScopes().sorted() {
            guard let trouble = snapshot.fleet.scopes[scope]?.trouble else { continue }
            show("\(scope)", .fault, trouble.message, "\(scope): the list of the provider fails: \(trouble.message)")
        }
        return showing
    }

    private func end(of id: NodeID, _ snapshot: FleetSnapshot) -> String {
        guard let node = snapshot.fleet.nodes[id], node.state == .inService else { return "\(id) is gone" }
        let time = (node.inServiceAt ?? snapshot.at) - node.requestedAt
        return
            "\(id) is in service, \(Duration.seconds(max(time.components.seconds, 0)).specText) after it was asked for"
    }
}

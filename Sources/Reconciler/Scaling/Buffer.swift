/// Nodes or slots kept free in advance (Agones' FleetAutoscaler: `applyBufferPolicy` and `applyCounterOrListPolicy` in
/// `pkg/fleetautoscalers/fleetautoscalers.go`).
struct Buffer {
    private let spec: ScalingSpec.Buffer?
    private let current: Int
    private let load: PoolLoad
    private let capacity: [String: Double]

    init(_ spec: ScalingSpec.Buffer?, current: Int, load: PoolLoad, capacity: [String: Double]) {
        self.spec = spec
        self.current = current
        self.load = load
        self.capacity = capacity
    }

    /// What a rule asks for with the buffer of nodes on top; nil: the rule has no opinion.
    ///
    /// Growing goes to the rule's count with the buffer. Shrinking stops at what the load itself needs with the buffer, and within the
    /// tolerance the count grows for the buffer only: whole percent, and a rule that lets the count stay, would else make it
    /// swing, or put a buffer on the buffer of the last round.
    func adding(to verdict: RuleVerdict) -> Int? {
        guard let proposed = verdict.outcome.proposed else { return nil }
        guard case .nodes(let amount) = spec, let needed = verdict.needed else { return proposed }
        let full = Self.adding(amount, to: needed)
        if verdict.isBand { return max(proposed, full) }
        if verdict.isWithinTolerance { return max(current, min(full, Self.adding(amount, to: current))) }
        let asked = Self.adding(amount, to: proposed)
        return asked > current ? asked : min(current, max(asked, full))
    }

    /// The buffer by itself: free slots, or, where no rule can say how many nodes are needed, nodes beside those in use.
    func alone(hasRules: Bool, unserved: Int) -> (count: Int?, reason: String)? {
        switch spec {
        case nil: return nil
        case .nodes(let amount):
            if hasRules, !(load.inService.isEmpty && load.warming == 0) { return nil }
            let (least, most) = inUse(unserved)
            let grown = Self.adding(amount, to: least)
            let count = grown > current ? grown : min(current, Self.adding(amount, to: most))
            let words =
                most == least ? "" : " (\(most - least) that do not tell their clients count as in use for shrinking)"
            return (
                count,
                "the clients need \(least) node\(least == 1 ? "" : "s")\(words), and a buffer of \(amount) makes \(count)"
            )
        case .slots(let slots):
            let metrics = slots.keys.sorted()
            let counts = metrics.map { slotCount($0, slots[$0] ?? 0, unserved) }
            let words = counts.map(\.reason).joined(separator: "; ")
            return (counts.compactMap(\.count).max(), words)
        }
    }

    /// How many nodes the clients need at the role's capacity, or, where it has none, how many nodes have clients; at least, and at most
    /// when those that do not tell are full.
    private func inUse(_ unserved: Int) -> (least: Int, most: Int) {
        let metrics = [Metric.publishers, Metric.subscribers]
        let known = metrics.filter { (capacity[$0] ?? 0) > 0 }
        let mute = load.inService.count { node in metrics.allSatisfy { node.metrics[$0] == nil } }
        if known.isEmpty {
            let busy = load.inService.count { $0.clients > 0 } + min(unserved, 1)
            return (busy, busy + mute)
        }
        let least =
            known.map { metric in
                let sum = load.allValues(of: metric).sorted().reduce(0, +) + Double(unserved)
                return ReplicaArithmetic.ceiling(sum / (capacity[metric] ?? 1))
            }.max() ?? 0
        return (least, least + mute)
    }

    /// So many nodes that `amount` of them are free beside `needed`; percent are of the total, rounded up.
    private static func adding(_ amount: Amount, to needed: Int) -> Int {
        switch amount {
        case .count(let count): needed + count
        case .percent(let percent): percent < 100 ? (needed * 100 + 99 - percent) / (100 - percent) : needed
        }
    }

    /// Nodes enough for what is used and so many free slots. Nodes that do not report count as full for shrinking and as empty for
    /// growing.
    private func slotCount(_ metric: String, _ slots: Double, _ unserved: Int) -> (count: Int?, reason: String) {
        guard let each = capacity[metric], each > 0 else { return (nil, "\(metric) has no capacity") }
        let values = load.allValues(of: metric)
        let missing = load.serving - values.count
        if values.isEmpty, missing > 0 { return (current, "\(metric) is unknown: \(current) stay") }
        let used = values.sorted().reduce(0, +) + Double(unserved)
        let least = ReplicaArithmetic.ceiling((used + slots) / each)
        let most = ReplicaArithmetic.ceiling((used + slots + Double(missing) * each) / each)
        let count = least > current ? least : most < current ? most : current
        let words =
            "\(used.short) of \(metric) used and \(slots.short) kept free, at \(each.short) a node: \(count) node"
            + (count == 1 ? "" : "s")
        return (count, missing == 0 ? words : "\(words) (\(missing) report\(missing == 1 ? "s" : "") nothing)")
    }
}

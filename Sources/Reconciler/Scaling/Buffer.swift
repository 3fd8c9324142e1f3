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
    /// A rule that lets the count stay means the count with its buffer: only when the load itself, without the tolerance, leaves less
    /// than the buffer free are there more. Otherwise each round would put a buffer on the buffer of the last.
    func adding(to verdict: RuleVerdict) -> Int? {
        guard let proposed = verdict.outcome.proposed else { return nil }
        guard case .nodes(let amount) = spec else { return proposed }
        guard let needed = verdict.needed else { return proposed }
        let full = Self.adding(amount, to: needed)
        return verdict.isWithinTolerance ? max(proposed, full) : full
    }

    /// The buffer by itself: free slots, or, where there are no rules, nodes beside those that have clients.
    func alone(hasRules: Bool) -> (count: Int?, reason: String)? {
        switch spec {
        case nil: return nil
        case .nodes(let amount):
            if hasRules { return nil }
            let busy = load.ready.count { $0.clients > 0 } + load.silent
            let count = Self.adding(amount, to: busy)
            return (count, "\(busy) nodes have clients, and a buffer of \(amount) makes \(count)")
        case .slots(let slots):
            let metrics = slots.keys.sorted()
            let counts = metrics.map { slotCount($0, slots[$0] ?? 0) }
            let words = counts.map(\.reason).joined(separator: "; ")
            return (counts.compactMap(\.count).max(), words)
        }
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
    private func slotCount(_ metric: String, _ slots: Double) -> (count: Int?, reason: String) {
        guard let each = capacity[metric], each > 0 else { return (nil, "\(metric) has no capacity") }
        let used = load.values(of: metric).sorted().reduce(0, +)
        let missing = load.missing(metric)
        if load.values(of: metric).isEmpty, missing > 0 {
            return (current, "\(metric) is unknown: \(current) stay")
        }
        let least = ReplicaArithmetic.ceiling((used + slots) / each)
        let most = ReplicaArithmetic.ceiling((used + slots + Double(missing) * each) / each)
        let count = least > current ? least : most < current ? most : current
        let words =
            "\(used.short) of \(metric) used and \(slots.short) kept free, at \(each.short) a node: \(count) node"
            + (count == 1 ? "" : "s")
        return (count, missing == 0 ? words : "\(words) (\(missing) report nothing)")
    }
}

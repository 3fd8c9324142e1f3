/// What is to be said of a pool as a whole: what the plan holds, what is out of the ordinary, and what a person set.
struct PoolRemarks {
    /// Of the pool itself.
    var holds: [Plan.Hold]
    var conditions: [Plan.Condition]
    var decision: ScalingDecision?
    var memory: PoolMemory?
    var override: ScalingHistory.Override?
    /// All nodes that are wanted serve, and there are no others.
    var isComplete: Bool

    /// In the order of their weight. `named` are nodes that have a line of their own, which says what holds them.
    func remarks(of pool: PoolKey, besides named: Set<String>) -> [ClusterStatus.Remark] {
        var remarks = conditions.map { condition in
            ClusterStatus.Remark(
                Self.state(of: condition), condition.type.rawValue,
                "\(condition.type.rawValue) \(condition.status.words): \(condition.message)")
        }
        remarks += setbacks + held(besides: named)
        if let decision, decision.limited > decision.max {
            remarks.append(
                .init(.held, "max", "its rules ask for \(decision.limited) nodes, and max is \(decision.max)"))
        }
        if let override {
            let end = override.until.map { " until \($0)" } ?? ""
            remarks.append(
                .init(
                    .held, "byHand",
                    "set to \(override.nodes) by \(override.by)\(end); 'smreconcile scale \(pool.group)/\(pool.role) --region \(pool.region) --auto' ends it"
                ))
        }
        return remarks.enumerated().sorted { left, right in
            left.element.state != right.element.state
                ? left.element.state > right.element.state : left.offset < right.offset
        }.map(\.element)
    }

    private static func state(of condition: Plan.Condition) -> ClusterStatus.State {
        switch condition.type {
        case .rollout: condition.isAlarming ? .degraded : .progressing
        case .remediation, .setback, .failover, .setAside: .degraded
        }
    }

    /// Failures that are too few for a condition. Of a pool that has what it wants they are the past, which the events tell.
    private var setbacks: [ClusterStatus.Remark] {
        if isComplete { return [] }
        let isSaid = conditions.contains { $0.type == .setback } || holds.contains { $0.limit == "setback" }
        guard !isSaid else { return [] }
        var remarks: [ClusterStatus.Remark] = []
        if let creates = memory?.creates {
            let what = creates.isShortage ? "no capacity: creates" : "creates"
            remarks.append(
                .init(
                    .degraded, "creates", "\(what) failed \(creates.times) since \(creates.since): \(creates.message)"))
        }
        if let starts = memory?.starts {
            remarks.append(
                .init(
                    .degraded, "starts", "new nodes failed \(starts.times) since \(starts.since): \(starts.message)"))
        }
        return remarks
    }

    /// What is due and not done, equal ones in one.
    private func held(besides named: Set<String>) -> [ClusterStatus.Remark] {
        struct Key: Hashable {
            var kind: Plan.Action.Kind
            var limit: String
            var reason: String
        }
        var order: [Key] = []
        var counts: [Key: (count: Int, node: String?)] = [:]
        for hold in holds {
            if let node = hold.node, named.contains(node) { continue }
            // What is not repaired has its own line, which is louder.
            if hold.limit == "maxUnhealthy", conditions.contains(where: { $0.type == .remediation }) { continue }
            let key = Key(kind: hold.kind, limit: hold.limit, reason: hold.reason)
            if counts[key] == nil { order.append(key) }
            let known = counts[key] ?? (0, hold.node)
            counts[key] = (known.count + hold.count, known.count == 0 ? hold.node : nil)
        }
        return order.map { key in
            let (count, node) = counts[key] ?? (1, nil)
            let which = node.map { " \($0)" } ?? (count > 1 ? " (\(count) nodes)" : "")
            return .init(Self.state(ofLimit: key.limit), key.limit, "held: \(key.kind.rawValue)\(which): \(key.reason)")
        }
    }

    /// Whether a limit lets go by itself, by a person, or when what is broken is mended.
    private static func state(ofLimit limit: String) -> ClusterStatus.State {
        switch limit {
        case "approval", "maxNodes", "limits.nodes": .held
        case "unknown", "setback", "maxUnhealthy": .degraded
        default: .progressing
        }
    }
}

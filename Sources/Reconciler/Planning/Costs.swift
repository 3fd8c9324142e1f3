/// What nodes cost an hour, by the prices of their providers.
package struct HourlyCost: Sendable, Equatable, Codable {
    /// Of the nodes whose price is known, in the currency of the reader's bill.
    package var perHour: Double = 0
    /// Nodes whose price nobody said.
    package var unpriced: Int = 0

    package init(perHour: Double = 0, unpriced: Int = 0) {
        self.perHour = perHour
        self.unpriced = unpriced
    }

    /// Counts one node, or takes one away again for `-1`.
    mutating func add(_ price: Double?, _ nodes: Int = 1) {
        if let price { perHour += price * Double(nodes) } else { unpriced += nodes }
    }

    /// Without what the order of an addition leaves in the last digits: to a millionth.
    var rounded: HourlyCost {
        var result = self
        result.perHour = (perHour * 1_000_000).rounded() / 1_000_000
        return result
    }

    /// Both together.
    static func + (one: HourlyCost, other: HourlyCost) -> HourlyCost {
        var sum = one
        sum.perHour += other.perHour
        sum.unpriced += other.unpriced
        return sum
    }
}

/// What a plan does to the bill.
package struct PlanCosts: Sendable, Equatable, Codable {
    package struct Group: Sendable, Equatable, Codable {
        package var nodeGroup: String
        /// Of the nodes that there are, those on their way out among them.
        package var now: HourlyCost
        /// Of those that there will be when the plan is carried out and what is on its way out is gone.
        package var planned: HourlyCost
    }

    package var now: HourlyCost
    package var planned: HourlyCost
    /// By node group, in the order of their names.
    package var nodeGroups: [Group]

    /// Nil when no provider of the spec has a price.
    package init?(of plan: Plan, spec: Spec, fleet: Fleet) {
        let book = PriceBook(spec, fleet)
        guard !book.isEmpty else { return nil }
        var groups: [String: (now: HourlyCost, planned: HourlyCost)] = [:]
        for group in spec.groups { groups[group.name] = (HourlyCost(), HourlyCost()) }
        var stays = Set<NodeID>()
        for node in fleet.nodes.values where node.isBilled || node.state == .requested {
            let price = book.price(of: node)
            if node.isBilled { groups[node.pool.group, default: (.init(), .init())].now.add(price) }
            // What is faulty is replaced or comes back, and one of the two goes: the wanted number is what is paid for in the end.
            guard !node.state.isLeaving, node.state != .fault else { continue }
            stays.insert(node.id)
            groups[node.pool.group, default: (.init(), .init())].planned.add(price)
        }
        for action in plan.actions {
            let node = action.node.map { NodeID($0) }
            switch action.kind {
            case .create:
                groups[action.nodeGroup, default: (.init(), .init())].planned.add(book.price(of: action))
            case .replace:
                groups[action.nodeGroup, default: (.init(), .init())].planned.add(book.price(of: action))
                fallthrough
            case .drain, .evict, .destroy, .forget:
                guard let node, stays.remove(node) != nil, let known = fleet.nodes[node] else { continue }
                groups[action.nodeGroup, default: (.init(), .init())].planned.add(book.price(of: known), -1)
            case .undrain, .reinstate:
                guard let node, let known = fleet.nodes[node] else { continue }
                groups[action.nodeGroup, default: (.init(), .init())].planned.add(book.price(of: known))
            }
        }
        nodeGroups = groups.sorted { $0.key < $1.key }
            .map { Group(nodeGroup: $0.key, now: $0.value.now.rounded, planned: $0.value.planned.rounded) }
        now = nodeGroups.reduce(HourlyCost()) { $0 + $1.now }.rounded
        planned = nodeGroups.reduce(HourlyCost()) { $0 + $1.planned }.rounded
    }
}

/// The price of each node: that of the instance type that it was made from.
package struct PriceBook: Sendable {
    private let spec: Spec
    private let fleet: Fleet

    package init(_ spec: Spec, _ fleet: Fleet) {
        self.spec = spec
        self.fleet = fleet
    }

    /// True when no provider has a price.
    package var isEmpty: Bool { spec.providers.values.allSatisfy(\.prices.isEmpty) }

    /// An hour of those of `nodes` that somebody pays for; nil when their provider has no prices.
    package func cost(of nodes: [Node], by provider: String) -> HourlyCost? {
        guard spec.providers[provider]?.prices.isEmpty == false else { return nil }
        var cost = HourlyCost()
        for node in nodes where node.isBilled { cost.add(price(of: node)) }
        return cost.rounded
    }

    /// An hour of a node that there is; nil when nobody said.
    package func price(of node: Node) -> Double? {
        guard let prices = spec.providers[node.provider]?.prices, !prices.isEmpty else { return nil }
        return prices.price(of: instanceType(of: node.revision, in: node.pool))
    }

    /// An hour of the node that an action makes.
    func price(of action: Plan.Action) -> Double? {
        guard let group = spec.group(action.nodeGroup), let prices = spec.providers[group.provider]?.prices else {
            return nil
        }
        return prices.price(of: instanceType(of: action.revision, in: action.pool))
    }

    /// The type that nodes of a revision have; of one that is not known, what the spec says for the pool.
    private func instanceType(of revision: String?, in pool: PoolKey) -> String? {
        if let revision {
            if let template = fleet.templates[revision] { return template.instanceType }
            if let outline = fleet.outlines[revision] { return outline.instanceType }
        }
        return spec.template(of: pool)?.instanceType
    }
}

extension Node {
    /// Whether there is, as far as we know, a machine that somebody pays for.
    package var isBilled: Bool { state != .requested && state != .terminated }
}

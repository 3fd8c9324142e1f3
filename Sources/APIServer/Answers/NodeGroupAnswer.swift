internal import Reconciler

/// One node group, as the API shows it: what should be, what is, and whether the two agree.
struct NodeGroupAnswer {
    /// Counts of one role over all regions.
    struct RoleCounts: Equatable {
        /// The role.
        var name: String
        /// What the scaling rules want.
        var desired: Int
        /// In service.
        var ready: Int
        /// In any state but gone.
        var total: Int
    }

    /// What the files say.
    let group: NodeGroupSpec
    /// Its nodes that are not gone, by id.
    let nodes: [Node]
    /// Its roles, in the order of the file.
    let roles: [RoleCounts]
    /// `ok`, `held`, `progressing` or `degraded`.
    let state: String
    /// Set while its counts stand still.
    let paused: ScalingPause?
    /// The counts that are set by hand, by region and role in the order of the file.
    let overrides: [Override]
    /// What is out of the ordinary in its pools.
    let conditions: [Plan.Condition]
    /// What its nodes cost; nil when its provider has no prices.
    let cost: HourlyCost?
    /// What is wrong with its document, where it is set aside for that; nil for one that is in force.
    let setAside: [String]?
    /// The commit that its document is owed to; nil where no repository is followed, and for one made over the API.
    let commit: GitCommit?
    /// What the plan holds of this group until a person approves it, by hash.
    let approvals: [(hash: String, held: Int)]

    /// A count that is set by hand.
    struct Override {
        var region: String
        var role: String
        var override: ScalingHistory.Override
        /// What the bounds of the last round make of it; nil before the first.
        var bounded: Int?
    }

    /// The counts and the state of `group` in a snapshot, whose status is `status`.
    init(_ group: NodeGroupSpec, in snapshot: FleetSnapshot, _ status: ClusterStatus) {
        self.group = group
        let nodes = snapshot.fleet.nodes.values.filter { $0.pool.group == group.name && $0.state != .terminated }
            .sorted { $0.id < $1.id }
        let decisions = snapshot.plan.scaling.filter { $0.nodeGroup == group.name }
        let roles = group.roles.map { role in
            let own = nodes.filter { $0.pool.role == role.name }
            let decided = decisions.filter { $0.role == role.name }
            let least = group.regions.reduce(0) { sum, region in
                sum + group.least(role.name, in: region.name)
            }
            return RoleCounts(
                name: role.name, desired: decided.isEmpty ? least : decided.reduce(0) { $0 + $1.desired },
                ready: own.count { $0.state == .inService }, total: own.count)
        }
        self.nodes = nodes
        self.roles = roles
        let book = PriceBook(snapshot.spec, snapshot.fleet)
        cost = book.cost(of: nodes, by: group.provider)
        paused = snapshot.fleet.pauses[group.name]
        overrides = group.regions.flatMap { region in
            group.roles.compactMap { role in
                let pool = PoolKey(group: group.name, region: region.name, role: role.name)
                let decision = decisions.first { $0.pool == pool }
                return snapshot.fleet.override(of: pool, at: snapshot.at).map { override in
                    Override(
                        region: region.name, role: role.name, override: override,
                        bounded: decision.map { min(max(override.nodes, $0.min), $0.max) })
                }
            }
        }
        var held: [String: Int] = [:]
        for hold in snapshot.plan.held where hold.nodeGroup == group.name {
            if let hash = hold.approval { held[hash, default: 0] += hold.count }
        }
        approvals = held.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        setAside = snapshot.spec.setAside.first { $0.name == group.name }?.problems.map(\.description)
        commit = snapshot.spec.origin?.commit(of: group.source)
        conditions = snapshot.plan.conditions.filter { $0.nodeGroup == group.name }
        if status.nodeGroups.first(where: { $0.name == group.name })?.state == .degraded {
            state = "degraded"
        } else if nodes.contains(where: { $0.state != .inService })
            || snapshot.plan.actions.contains(where: { $0.nodeGroup == group.name })
        {
            state = "progressing"
        } else if !approvals.isEmpty {
            state = "held"
        } else if roles.contains(where: { $0.ready != $0.desired || $0.total != $0.desired }) {
            state = "progressing"
        } else {
            state = "ok"
        }
    }

    /// Writes the group; with `answers`, each of its nodes too.
    func write(with answers: [NodeAnswer]? = nil, into json: inout JSONWriter) {
        json.beginObject()
        json.field("name", group.name)
        json.field("provider", group.provider)
        json.field("scopes", group.scopes)
        json.field("regions", group.regions.map(\.name))
        json.field("roles", each: roles) { json, role in
            json.beginObject()
            json.field("name", role.name)
            json.field("desired", role.desired)
            json.field("ready", role.ready)
            json.field("total", role.total)
            json.endObject()
        }
        json.field("nodesTotal", nodes.count)
        if let cost {
            json.key("costPerHour")
            json.value(cost.perHour)
            json.field("nodesUnpriced", cost.unpriced)
        }
        json.field("state", state)
        json.field("paused", paused)
        json.field("overrides", each: overrides) { json, entry in
            json.beginObject()
            json.field("region", entry.region)
            json.field("role", entry.role)
            json.fields(of: entry.override)
            if let bounded = entry.bounded { json.field("bounded", bounded) }
            json.endObject()
        }
        json.field("approvals", each: approvals) { json, entry in
            json.beginObject()
            json.field("hash", entry.hash)
            json.field("held", entry.held)
            json.endObject()
        }
        json.field("conditions", each: conditions) { json, condition in
            json.beginObject()
            json.field("type", condition.type.rawValue)
            json.field("status", condition.status.rawValue)
            json.field("nodeGroup", condition.nodeGroup)
            json.field("region", condition.region)
            json.field("role", condition.role)
            json.field("message", condition.message)
            json.endObject()
        }
        json.field("source", group.source.map { "\($0.file):\($0.line)" })
        if let setAside { json.field("setAside", setAside) }
        if let commit { json.field("commit", commit) }
        if let answers { json.field("nodes", each: answers) { json, answer in answer.write(into: &json) } }
        json.endObject()
    }
}

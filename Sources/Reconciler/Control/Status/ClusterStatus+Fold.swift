extension ClusterStatus {
    /// The status of a snapshot at `now`, with `remarks` about what the snapshot does not know, such as certificates.
    package init(_ snapshot: FleetSnapshot, remarks: [Remark] = [], now: Timestamp) {
        let survey = Survey(snapshot)
        at = snapshot.at
        nodeGroups = survey.groupNames.map { survey.group($0) }
        nodes = nodeGroups.reduce(Counts()) { $0 + $1.nodes }
        self.remarks = Self.remarks(snapshot, now) + remarks
        state = Self.worst(self.remarks, nodeGroups.map(\.state))
    }

    /// As the worst of what is said of it and of what is in it.
    static func worst(_ remarks: [Remark], _ parts: [State]) -> State {
        (remarks.map(\.state) + parts).max() ?? .ok
    }

    /// What concerns the whole.
    private static func remarks(_ snapshot: FleetSnapshot, _ now: Timestamp) -> [Remark] {
        var remarks: [Remark] = []
        for (index, problem) in snapshot.specProblems.prefix(mostSpecProblems).enumerated() {
            let rest = index == 0 ? "; the last good spec stays in force" : ""
            remarks.append(Remark(.degraded, "spec", "the spec is refused: \(problem)\(rest)"))
        }
        let more = snapshot.specProblems.count - mostSpecProblems
        if more > 0 {
            remarks.append(Remark(.degraded, "spec", "and \(more) more error\(more == 1 ? "" : "s") in the spec"))
        }
        if let problem = snapshot.storeProblem {
            remarks.append(
                Remark(.degraded, "store", "the store does not take changes: \(problem); nothing is decided"))
        }
        let silence = now - snapshot.at
        if silence > max(longestSilence, snapshot.spec.manager.interval * 3) {
            remarks.append(
                Remark(
                    .degraded, "loop",
                    "the last round was \(Duration.seconds(silence.components.seconds).specText) ago: nothing is decided"
                ))
        } else if !snapshot.isReady, snapshot.storeProblem == nil {
            remarks.append(
                Remark(
                    .progressing, "start",
                    "not ready yet: what exists is not known everywhere, and nothing is made or destroyed there"))
        }
        return remarks
    }
}

/// What a status is made from, put in order once for all pools.
private struct Survey {
    private let snapshot: FleetSnapshot
    private let nodes: [PoolKey: [Node]]
    private let decisions: [PoolKey: ScalingDecision]
    private let holds: [PoolKey: [Plan.Hold]]
    private let conditions: [PoolKey: [Plan.Condition]]
    private let outlook: NodeOutlook

    init(_ snapshot: FleetSnapshot) {
        self.snapshot = snapshot
        let present = snapshot.fleet.nodes.values.filter { $0.state != .terminated }
        nodes = Dictionary(grouping: present, by: \.pool)
        decisions = Dictionary(snapshot.plan.scaling.map { ($0.pool, $0) }) { first, _ in first }
        holds = Dictionary(grouping: snapshot.plan.held, by: \.pool)
        conditions = Dictionary(grouping: snapshot.plan.conditions, by: \.pool)
        var outlook = NodeOutlook(
            of: present, spec: snapshot.spec, fleet: snapshot.fleet, plan: snapshot.plan, now: snapshot.at)
        outlook.leavesOutSetbacks = true
        self.outlook = outlook
    }

    /// Those of the spec in its order, then those that only have nodes.
    var groupNames: [String] {
        let known = snapshot.spec.groups.map(\.name)
        let aside = snapshot.spec.setAside.map(\.name)
        return known + Set(nodes.keys.map(\.group) + aside).subtracting(known).sorted()
    }

    func group(_ name: String) -> ClusterStatus.Group {
        let spec = snapshot.spec.group(name)
        let known = spec?.regions.map(\.name) ?? []
        let others = Set(nodes.keys.filter { $0.group == name }.map(\.region)).subtracting(known).sorted()
        let regions = (known + others).map { region(PoolKey(group: name, region: $0, role: ""), spec) }
        var remarks: [ClusterStatus.Remark] = []
        if let aside = snapshot.spec.setAside.first(where: { $0.name == name }) {
            remarks.append(.init(.degraded, "setAside", aside.words))
        } else if spec == nil {
            let isHeld = holds.contains { $0.key.group == name && $0.value.contains { $0.approval != nil } }
            remarks.append(.init(isHeld ? .held : .progressing, "removed", Self.removed(isHeld: isHeld)))
        }
        if let pause = snapshot.fleet.pauses[name] {
            remarks.append(
                .init(
                    .held, "paused",
                    "paused by \(pause.by) since \(pause.since): counts stand still; 'smreconcile resume \(name)' ends it"
                ))
        }
        return ClusterStatus.Group(
            name: name, state: ClusterStatus.worst(remarks, regions.map(\.state)),
            nodes: regions.reduce(ClusterStatus.Counts()) { $0 + $1.nodes }, remarks: remarks, regions: regions,
            source: spec?.source.map { "\($0.file):\($0.line)" })
    }

    private func region(_ place: PoolKey, _ spec: NodeGroupSpec?) -> ClusterStatus.Region {
        let known = spec.map { $0.regions.contains { $0.name == place.region } ? $0.roles.map(\.name) : [] } ?? []
        let others = Set(nodes.keys.filter { $0.group == place.group && $0.region == place.region }.map(\.role))
        let names = known + others.subtracting(known).sorted()
        let roles = names.map { role(PoolKey(group: place.group, region: place.region, role: $0), spec) }
        var remarks: [ClusterStatus.Remark] = []
        // Where its nodes are may be another provider than the spec's of now.
        let inUse = nodes.filter { $0.key.group == place.group && $0.key.region == place.region }
            .flatMap { $0.value.map(\.provider) }
        for provider in Set(inUse + (spec.map { [$0.provider] } ?? [])).sorted() {
            let scope = snapshot.fleet.scopes[ProviderScope(provider: provider, region: place.region)]
            guard let trouble = scope?.trouble else { continue }
            remarks.append(
                .init(
                    .degraded, "provider",
                    "the list of provider '\(provider)' fails since \(trouble.since): \(trouble.message); nothing is made or destroyed there"
                ))
        }
        return ClusterStatus.Region(
            name: place.region, state: ClusterStatus.worst(remarks, roles.map(\.state)),
            nodes: roles.reduce(ClusterStatus.Counts()) { $0 + $1.nodes }, remarks: remarks, roles: roles)
    }

    private static func removed(isHeld: Bool) -> String {
        "not in the spec any more: its nodes \(isHeld ? "wait for the approval" : "go")"
    }

    private func role(_ pool: PoolKey, _ spec: NodeGroupSpec?) -> ClusterStatus.Role {
        let own = nodes[pool] ?? []
        let decision = decisions[pool]
        let isKnown = spec?.role(pool.role) != nil && spec?.regions.contains { $0.name == pool.region } == true
        let least = isKnown ? spec?.least(pool.role, in: pool.region) ?? 0 : 0
        let counts = ClusterStatus.Counts(
            total: own.count, inService: own.count { $0.state == .inService }, desired: decision?.desired ?? least)
        let unwell = own.compactMap { node in NodeVerdict(node, outlook).map { (node, $0) } }.sorted { left, right in
            left.1.state != right.1.state ? left.1.state > right.1.state : left.0.id < right.0.id
        }
        let listed = unwell.prefix(ClusterStatus.mostUnwell).map { node, verdict in
            ClusterStatus.Node(
                id: node.id.rawValue, state: verdict.state, lifecycle: node.state, since: node.since,
                message: verdict.message(of: node, outlook))
        }
        let named = Set(unwell.map(\.0.id.rawValue))
        var remarks = PoolRemarks(
            holds: holds[pool] ?? [], conditions: conditions[pool] ?? [], decision: decision,
            memory: snapshot.fleet.memories[pool], override: snapshot.fleet.override(of: pool, at: snapshot.at),
            isComplete: counts.inService == counts.desired && counts.total == counts.desired
        ).remarks(of: pool, besides: named)
        if !isKnown, spec != nil {
            let isHeld = holds[pool]?.contains { $0.approval != nil } == true
            remarks.append(.init(isHeld ? .held : .progressing, "removed", Self.removed(isHeld: isHeld)))
        }
        var state = ClusterStatus.worst(remarks, unwell.map(\.1.state))
        if state == .ok, counts.inService != counts.desired || counts.total != counts.desired { state = .progressing }
        return ClusterStatus.Role(
            name: pool.role, state: state, nodes: counts, remarks: remarks, unwell: listed,
            unlisted: unwell.count - listed.count)
    }
}

extension ClusterStatus {
    /// Leaves one of its groups; what concerns the whole stays.
    package mutating func narrow(to group: Group) {
        nodeGroups = [group]
        nodes = group.nodes
        state = Self.worst(remarks, [group.state])
    }
}

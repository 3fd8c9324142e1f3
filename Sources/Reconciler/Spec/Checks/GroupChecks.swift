/// Contradictions within one node group, between its roles and its regions.
enum GroupChecks {
    /// Reports what contradicts itself in a group; `node` is its `spec`.
    static func check(_ group: NodeGroupSpec, _ node: YAMLNode, _ context: SpecContext) {
        Duplicates.check(node["regions"]?.elements ?? [], key: "name", "region", context)
        checkScopes(node["scopes"]?.elements ?? [], context)
        checkParents(group, node, context)
        checkReach(group, node, context)
        checkChildLimits(group, node, context)
        for region in node["regions"]?.elements ?? [] { checkOverrides(group, region, node, context) }
        checkFailover(group, node, context)
        checkSchedules(group, node, context)
        checkSlots(group, node, context)
        checkLimit(group, node, context)
    }

    private static func checkScopes(_ scopes: [YAMLNode], _ context: SpecContext) {
        var seen: Set<String> = []
        for scope in scopes {
            guard let text = scope.text, !seen.insert(text).inserted else { continue }
            context.error("scope '\(text.shortened)' is there twice", at: scope)
        }
    }

    /// Every parent exists, and no role is its own ancestor.
    private static func checkParents(_ group: NodeGroupSpec, _ node: YAMLNode, _ context: SpecContext) {
        let parents = Dictionary(group.roles.map { ($0.name, $0.parent) }, uniquingKeysWith: { first, _ in first })
        for role in group.roles {
            guard let parent = role.parent, let place = node["roles"]?[role.name]?["parent"] else { continue }
            guard parents[parent] != nil else {
                // A role that could not be read is still there.
                if node["roles"]?.key(parent) != nil { continue }
                let near = Suggestion.nearest(to: parent, among: group.roles.map(\.name).filter { $0 != role.name })
                context.error(
                    "role '\(role.name)' has the unknown parent '\(parent)'", at: place,
                    near.map { "did you mean '\($0)'?" })
                continue
            }
            var chain = [role.name]
            var next: String? = parent
            while let current = next, !chain.contains(current) {
                chain.append(current)
                next = parents[current] ?? nil
            }
            // Only a role that is part of the cycle says so, not those that hang below it.
            if next == role.name {
                context.error("parents run in a circle: \((chain + [role.name]).joined(separator: " -> "))", at: place)
            }
        }
    }

    /// `parents` needs a parent, and numbers that hold for each parent node need such nodes.
    private static func checkReach(_ group: NodeGroupSpec, _ node: YAMLNode, _ context: SpecContext) {
        for role in group.roles {
            guard let own = node["roles"]?[role.name], let place = own["parents"] else { continue }
            guard let parent = role.parent else {
                // A parent that could not be read is still there.
                if own["parent"] != nil { continue }
                let others = group.roles.filter { $0.name != role.name }
                let near =
                    others.first { $0.capabilities.contains(.relay) }
                    ?? others.first { $0.capabilities.contains(.publish) }
                context.error(
                    "role '\(role.name)' has 'parents' and no 'parent' that they could be of",
                    at: own.key("parents") ?? place,
                    near.map { "add 'parent: \($0.name)'" })
                continue
            }
            guard role.parents == .perParent else { continue }
            for region in group.regions where group.least(parent, in: region.name) == 0 {
                guard group.most(role.name, in: region.name) > 0 else { continue }
                context.warning(
                    "region '\(region.name)' may have no '\(parent)', and then no '\(role.name)' either: its numbers hold for each of them",
                    at: place, "give '\(parent)' a min of 1 there")
                break
            }
        }
    }

    /// A limit of pulls is for roles that others pull from: parents, and those that streams are published to.
    private static func checkChildLimits(_ group: NodeGroupSpec, _ node: YAMLNode, _ context: SpecContext) {
        for role in group.roles where role.capabilities.isDisjoint(with: [.publish, .transcode]) {
            if group.roles.contains(where: { $0.parent == role.name }) { continue }
            for metric in [Metric.children, Metric.clusterChildren] {
                guard let key = node["roles"]?[role.name]?["capacity"]?.key(metric) else { continue }
                context.warning(
                    "a capacity for '\(metric)' has no effect: role '\(role.name)' is no role's parent", at: key)
            }
        }
    }

    /// Failover names regions of the group, each once, and none its own.
    private static func checkFailover(_ group: NodeGroupSpec, _ node: YAMLNode, _ context: SpecContext) {
        let known = group.regions.map(\.name)
        func check(_ names: [YAMLNode], of own: String?) {
            var seen: Set<String> = []
            for name in names {
                guard let text = name.text else { continue }
                if text == own {
                    context.error("region '\(text.shortened)' cannot take over for itself", at: name)
                } else if !known.contains(text) {
                    let near = Suggestion.nearest(to: text, among: known).map { "did you mean '\($0)'?" }
                    context.error("failover names the unknown region '\(text.shortened)'", at: name, near)
                } else if !seen.insert(text).inserted {
                    context.error("failover names region '\(text.shortened)' twice", at: name)
                }
            }
        }
        check(node["failover"]?["regions"]?.elements ?? [], of: nil)
        for region in node["regions"]?.elements ?? [] {
            check(region["failover"]?["regions"]?.elements ?? [], of: region["name"]?.text)
        }
    }

    /// A region's own numbers name roles that exist, and leave min at or below max.
    private static func checkOverrides(
        _ group: NodeGroupSpec, _ region: YAMLNode, _ node: YAMLNode, _ context: SpecContext
    ) {
        guard case .mapping(let members)? = region["roles"]?.value else { return }
        for index in stride(from: 0, to: members.count, by: 2) {
            let (key, value) = (members[index], members[index + 1])
            guard let name = key.text else { continue }
            let place = "region '\((region["name"]?.text ?? "").shortened)'"
            guard let role = group.role(name) else {
                if node["roles"]?.key(name) != nil { continue }
                let near = Suggestion.nearest(to: name, among: group.roles.map(\.name))
                context.error(
                    "\(place) names the unknown role '\(name.shortened)'", at: key, near.map { "did you mean '\($0)'?" }
                )
                continue
            }
            let own = node["roles"]?[name]
            let min = value["min"]?.text.flatMap(YAMLScalar.integer) ?? role.min
            let max = value["max"]?.text.flatMap(YAMLScalar.integer) ?? role.max
            if min > max, value["min"] != nil || value["max"] != nil {
                context.conflict(
                    "min \(min) is more than max \(max) for role '\(name)' in \(place)",
                    at: value["min"] ?? value.nearest("max"), with: value["max"], own?["min"], own?["max"])
            }
        }
    }

    /// A schedule's min or desired count stays under the max of each region, and its max above the min, unless it brings its own.
    private static func checkSchedules(_ group: NodeGroupSpec, _ node: YAMLNode, _ context: SpecContext) {
        for role in group.roles where !role.scaling.schedules.isEmpty {
            let own = node["roles"]?[role.name]
            let places = group.regions.compactMap { region in
                group.effectiveRole(role.name, in: region.name).map { (region.name, $0) }
            }
            for schedule in own?["scaling"]?["schedules"]?.elements ?? [] {
                for (region, role) in places {
                    let place = "of role '\(role.name)' in region '\(region)'"
                    for key in ["min", "desired"] where schedule["max"] == nil {
                        guard let value = schedule[key], let count = value.text.flatMap(YAMLScalar.integer),
                            count > role.max
                        else { continue }
                        context.conflict(
                            "\(key) \(count) of the schedule is more than max \(role.max) \(place)", at: value,
                            with: own?["max"])
                    }
                    if schedule["min"] == nil, let value = schedule["max"],
                        let count = value.text.flatMap(YAMLScalar.integer), count < role.min
                    {
                        context.conflict(
                            "max \(count) of the schedule is less than min \(role.min) \(place)", at: value,
                            with: own?["min"], suggestion: "give the schedule its own 'min'")
                    }
                }
            }
        }
    }

    /// Free slots that the most nodes of a role could have in some region, by its bounds or those of a schedule.
    private static func checkSlots(_ group: NodeGroupSpec, _ node: YAMLNode, _ context: SpecContext) {
        for role in group.roles {
            guard case .slots(let slots) = role.scaling.buffer,
                let buffer = node["roles"]?[role.name]?["scaling"]?["buffer"],
                let most = group.regions.map({ group.most(role.name, in: $0.name) }).max()
            else { continue }
            let parents = group.multiplier(of: role.name).map { parent in
                group.regions.map { group.most(parent, in: $0.name) }.max() ?? 0
            }
            let nodes = role.scaling.schedules.reduce(most) { most, schedule in
                max(most, schedule.max.map { RoleSpec.product($0, parents ?? 1) } ?? 0)
            }
            for (metric, free) in slots.sorted(by: { $0.key < $1.key }) {
                guard nodes > 0, let each = role.capacity[metric], free > each * Double(nodes),
                    let key = buffer.key(metric)
                else { continue }
                context.warning(
                    "\(free.short) free slots can never be kept: max \(nodes) of role '\(role.name)' have "
                        + "\((each * Double(nodes)).short) in all", at: key)
            }
        }
    }

    /// The group's limit leaves room for every min.
    private static func checkLimit(_ group: NodeGroupSpec, _ node: YAMLNode, _ context: SpecContext) {
        guard let limit = group.limits.nodes else { return }
        let needed = group.minimumNodes
        if needed > limit {
            context.conflict(
                "the group may have \(limit) nodes, and the min of its roles over all regions adds up to \(needed)",
                at: node.nearest("limits", "nodes"))
        }
    }
}

extension NodeGroupSpec {
    /// The sum of min over all regions and roles.
    package var minimumNodes: Int {
        regions.reduce(0) { sum, region in
            roles.reduce(sum) { $0 + least($1.name, in: region.name) }
        }
    }
}

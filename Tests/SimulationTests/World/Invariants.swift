import Reconciler

/// The safety rules of the design, as checks on the world from outside.
enum Invariants {
    /// Rule 2: what is not ours stands untouched. Rule 3: nothing leaks, nothing is doubled. Rule 4: never too many.
    static func checkCloud(
        _ living: [InstanceTags], _ stored: [Node], _ spec: Spec, orphans: Set<NodeID>, _ violations: Violations
    ) {
        let foreign = living.count { $0.owner != World.owner }
        violations.require(foreign == World.foreigners, "rule 2: \(foreign) foreign instances are left")
        let ours = living.filter { $0.owner == World.owner }
        violations.require(
            !stored.contains { World.isForeign($0.id) }, "rule 2: a foreign instance was taken into the store")
        let known = Dictionary(stored.map { ($0.id, $0) }) { first, _ in first }
        for tags in ours {
            violations.require(
                known[tags.node] != nil, "rule 3: instance of \(tags.node) lives and the store does not know it")
        }
        violations.require(Set(ours.map(\.node)).count == ours.count, "rule 3: a node has two instances")
        // No one can count what was on its way when its sender died.
        let sent = ours.filter { !orphans.contains($0.node) }
        for (pool, count) in Dictionary(grouping: sent, by: \.pool).mapValues(\.count) {
            guard let group = spec.group(pool.group), let role = group.effectiveRole(pool.role, in: pool.region) else {
                continue
            }
            let ceiling = group.most(pool.role, in: pool.region) + role.update.maxSurge.rounded(up: true, of: role.min)
            violations.require(count <= ceiling, "rule 4: \(count) instances in \(pool), at most \(ceiling)")
        }
    }

    /// Rule 5: a node that has clients is ended after its eviction or after its fault's time-out, and for no other reason.
    static func checkEnd(
        of node: NodeID, clients: Int, _ history: [Event], at now: Timestamp, _ violations: Violations
    ) {
        // What came after the decision does not matter: the call may be late, or repeated.
        guard let decided = history.firstIndex(where: { $0.reason == "NodeTerminating" }) else {
            violations.require(false, "rule 5: destroy of \(node) with \(clients) clients, which nobody decided")
            return
        }
        let causes = ["NodeEvicting": Scenario.evictTimeout, "NodeFault": Scenario.faultTimeout]
        let before = history[..<decided].last { $0.reason.hasPrefix("Node") && !$0.reason.hasSuffix("ordoned") }
        let wait = before.flatMap { causes[$0.reason] }
        let waited = before.map { history[decided].at - $0.at } ?? .zero
        violations.require(
            wait.map { waited >= $0 } == true,
            "rule 5: destroy of \(node) with \(clients) clients, \(waited) after \(before?.reason ?? "nothing")")
    }

    /// Rule 1: what is not known is not changed. Rule 4: what is done of free will leaves as many as are wanted.
    /// Rule 7: what leaves the spec leaves the cluster when someone approved it.
    static func checkDecisions(
        _ plan: Plan, _ fleet: Fleet, _ spec: Spec, known: [String: Bool], approved: Set<PoolKey>,
        _ violations: Violations
    ) {
        for action in plan.actions where [.create, .replace, .destroy].contains(action.kind) {
            violations.require(
                known[action.region] == true,
                "rule 1: \(action.kind) of \(action.node ?? "a node") in \(action.region), whose list is not known")
        }
        let serving = Dictionary(grouping: fleet.nodes.values.filter { $0.state == .inService }, by: \.pool)
        // A node that heals once too often goes from faulty to draining: it served nobody new before either.
        let drains = Dictionary(
            grouping: plan.actions.filter { $0.kind == .drain && $0.rule != "health.flapping" }, by: \.pool)
        for (pool, actions) in drains {
            guard let role = spec.wanted(of: pool, by: plan) else {
                violations.require(
                    approved.contains(pool), "rule 7: \(actions.count) nodes of \(pool) drain without an approval")
                continue
            }
            let least = role.min - role.update.maxUnavailable.rounded(up: false, of: role.min)
            let left = serving[pool]?.count ?? 0
            violations.require(left >= least, "rule 4: \(left) nodes of \(pool) are left in service of \(role.min)")
        }
        let specified = Set(spec.poolOrder())
        // What follows the number of its parents follows their rules.
        let fixed = specified.filter { pool in
            spec.group(pool.group)?.role(pool.role).map { $0.isFixed && $0.parents != .perParent } ?? false
        }
        // What was made for another region goes when that can make its own again.
        let fewer = drains.filter { fixed.contains($0.key) && fleet.memories[$0.key]?.spilled ?? 0 == 0 }.values
            .joined().count { $0.rule != "update" && $0.rule != "drain" }
        let all = serving.values.joined().count + drains.values.joined().count
        violations.require(
            fewer <= 1 || fewer * 100 <= spec.manager.approvalShare * all || !approved.isEmpty,
            "rule 7: \(fewer) of \(all) serving nodes drain without an approval")
    }

    /// Rule 4: what is done of free will stays within the budgets that are open, and rule 6: nothing is repaired where too much is
    /// broken.
    static func checkBudgets(
        _ plan: Plan, _ fleet: Fleet, _ spec: Spec, at now: Timestamp, _ violations: Violations
    ) {
        for pool in spec.poolOrder() {
            guard let role = spec.group(pool.group)?.effectiveRole(pool.role, in: pool.region) else { continue }
            let states = fleet.nodes.values.filter { $0.pool == pool }.map(\.state)
            let disrupted = states.count { [.draining, .evicting, .fault].contains($0) }
            let total = disrupted + states.count { $0 == .inService }
            let actions = plan.actions.filter { $0.pool == pool }
            let voluntary = actions.contains {
                $0.kind == .drain && ($0.rule == "update" || $0.rule == "roles.\(pool.role).max")
            }
            for budget in role.disruption where voluntary {
                if let window = budget.window, window.opening(at: now) == nil { continue }
                let allowed = budget.nodes.rounded(up: true, of: total)
                violations.require(
                    disrupted <= allowed,
                    "rule 4: \(disrupted) of \(total) nodes of \(pool) disrupted, allowed \(allowed)")
            }
            let isHalted = plan.conditions.contains { $0.pool == pool && $0.type == .remediation }
            violations.require(
                !isHalted || !actions.contains { $0.kind == .destroy && $0.reason.hasPrefix("faulty") },
                "rule 6: a faulty node of \(pool) is destroyed while remediation stands still")
        }
    }

    /// What the rules let grow, they do not let shrink again within the window of scaling in, also over a restart of the manager.
    static func checkSwing(
        _ plan: Plan, _ fleet: Fleet, _ spec: Spec, at now: Timestamp, grown: inout [PoolKey: Timestamp],
        _ violations: Violations
    ) {
        for decision in plan.scaling {
            let pool = decision.pool
            guard let role = spec.group(pool.group)?.effectiveRole(pool.role, in: pool.region), !role.isFixed,
                // Its bounds shrink with the number of its parents.
                role.parents != .perParent
            else { continue }
            if fleet.scaling[pool]?.override != nil || fleet.pauses[pool.group] != nil {
                grown[pool] = nil
                continue
            }
            if decision.desired > decision.current, decision.limited > decision.current { grown[pool] = now }
            guard decision.desired < decision.current, let since = grown[pool] else { continue }
            let window = role.scaling.scaleIn.stabilization
            violations.require(
                now - since >= window, "\(pool) shrinks \(now - since) after it grew, within the window of \(window)")
        }
    }

    /// Rule 8: routing names only nodes in service, capable and under their limit.
    static func checkRouted(
        _ candidate: Candidate, _ action: StreamAction, _ live: LiveState, _ violations: Violations
    ) {
        let entry = live.view.nodes[candidate.node]
        violations.require(
            entry?.isServing == true && entry?.state == .inService,
            "rule 8: \(action) was sent to \(candidate.node) in state \(String(describing: entry?.state))")
        let node = live.snapshot.fleet.nodes[candidate.node]
        violations.require(
            node?.state == .inService && node?.cordoned == false && node?.missingSince == nil,
            "rule 8: \(action) was sent to \(candidate.node), which is not in service")
        violations.require(
            entry?.capabilities.contains(action.capability) == true,
            "rule 8: \(candidate.node) cannot \(action)")
        violations.require(
            candidate.load.total(action) <= candidate.limit,
            "rule 8: \(candidate.node) has \(candidate.load.total(action)) of \(candidate.limit)")
    }

    /// Rule 10: every decision has its reason in words.
    static func checkReasons(_ plan: Plan, _ violations: Violations) {
        for action in plan.actions {
            violations.require(action.reason.count > 10, "rule 10: \(action.kind) without a reason")
        }
        for hold in plan.held {
            violations.require(hold.reason.count > 10, "rule 10: a held \(hold.kind) without a reason")
        }
    }

    /// Rule 9: at rest, the cloud is what the spec says. Rule 7: pools that left the spec without an approval are still there.
    static func checkSettled(
        _ living: [InstanceTags], _ spec: Spec, _ plan: Plan, paused: Set<String>, _ violations: Violations
    ) {
        let ours = living.filter { $0.owner == World.owner }
        let counts = Dictionary(grouping: ours, by: \.pool).mapValues(\.count)
        let heldPools = Set(
            plan.held.filter { $0.limit == "approval" }.map {
                PoolKey(group: $0.nodeGroup, region: $0.region, role: $0.role)
            })
        // A person who cordons one node and drains the other may leave nobody to take their place.
        let halted = Set(plan.conditions.filter { $0.type == .remediation }.map(\.pool)).union(
            plan.held.filter { $0.limit == "count" }.map(\.pool))
        for pool in spec.poolOrder() where !heldPools.contains(pool) && !halted.contains(pool) {
            let role = spec.wanted(of: pool, by: plan) ?? RoleSpec(name: pool.role)
            let wanted = plan.scaling.first { $0.pool == pool }?.desired ?? 0
            violations.require(
                counts[pool] ?? 0 == wanted,
                "rule 9: at rest \(pool) has \(counts[pool] ?? 0) instances, wanted \(wanted)")
            // Who pauses a group keeps its counts as they are, whatever the spec becomes.
            if paused.contains(pool.group) { continue }
            violations.require(
                plan.scaling.first { $0.pool == pool }.map { role.isFixed ? $0.desired == role.min : true } ?? false,
                "rule 9: at rest \(wanted) are wanted of \(pool), whose min is \(role.min)")
            violations.require(
                (role.min...role.max).contains(wanted),
                "rule 4: \(wanted) of \(pool) are wanted of \(role.min)...\(role.max)")
        }
        let specified = Set(spec.poolOrder())
        for (pool, count) in counts where !specified.contains(pool) {
            violations.require(
                heldPools.contains(pool), "rule 7: \(count) nodes of \(pool) are left and nothing holds them")
        }
    }
}

extension Spec {
    /// A pool's role, with its numbers for all parent nodes that a plan wants where they hold for each.
    fileprivate func wanted(of pool: PoolKey, by plan: Plan) -> RoleSpec? {
        guard let group = group(pool.group), var role = group.effectiveRole(pool.role, in: pool.region) else {
            return nil
        }
        guard role.parents == .perParent, let parent = role.parent else { return role }
        let key = PoolKey(group: pool.group, region: pool.region, role: parent)
        // Parents that are there for another region are none of this one's.
        let count = (plan.scaling.first { $0.pool == key }?.desired ?? 0) - (plan.memories[key]?.spilled ?? 0)
        (role.min, role.max) = (role.min * count, role.max * count)
        return role
    }
}

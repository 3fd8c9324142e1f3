/// Carrying out a plan in the records: intents and states. The provider calls follow from these (``Operations``).
extension Fleet {
    package mutating func apply(
        _ plan: Plan, spec: Spec, now: Timestamp, using random: inout some RandomNumberGenerator
    ) -> [Event] {
        var events: [Event] = []
        for (pool, memory) in plan.memories {
            setMemory(memory, of: pool)
            // What the spec's nodes are made from now, so that it can be told, and made again, when the spec has moved on.
            if let revision = memory.rollout?.revision, templates[revision] == nil {
                setTemplate(spec.template(of: pool), of: revision)
            }
        }
        for action in plan.actions {
            switch action.kind {
            case .create, .replace:
                events += [create(action, spec: spec, now: now, using: &random)].compactMap { $0 }
            case .drain:
                let isQuarantine = action.rule == PoolPlanner.quarantine
                if isQuarantine, let id = action.node { update(NodeID(id)) { $0.marks.isQuarantined = true } }
                events += change(
                    action, to: .draining, isQuarantine ? "NodeQuarantined" : "NodeDraining", now,
                    level: isQuarantine ? .warning : .info)
            case .undrain: events += change(action, to: .inService, "NodeUndrained", now)
            case .evict: events += change(action, to: .evicting, "NodeEvicting", now)
            case .destroy: events += change(action, to: .terminating, "NodeTerminating", now)
            case .reinstate: events += change(action, to: .inService, "NodeReinstated", now)
            case .forget: events += change(action, to: .terminated, "NodeGone", now, level: .warning)
            }
        }
        // What was approved and goes piece by piece, by budgets, is not asked about again; what is not to go any more is not approved.
        for (id, node) in nodes
        where node.marks.isRemovalApproved != plan.approvedRemovals.contains(id) && !spec.isSetAside(node.pool.group) {
            update(id) { $0.marks.isRemovalApproved.toggle() }
        }
        for (hash, reason) in plan.annotated.sorted(by: { $0.key < $1.key }) {
            events.append(
                Event(at: now, reason: "Approved", subject: hash, message: "the spec's annotation approves: \(reason)"))
        }
        events += remember(plan, spec, now: now)
        forgetTemplates(besides: plan, spec)
        // An approval is for once and for now: used or not needed, it is over. The same nodes may come to be wanted and unwanted
        // again.
        approvals = []
        return events
    }

    /// What the decisions of scaling remember; pools that are gone for good are forgotten.
    private mutating func remember(_ plan: Plan, _ spec: Spec, now: Timestamp) -> [Event] {
        var events: [Event] = []
        for decision in plan.scaling {
            let pool = decision.pool
            guard let history = plan.histories[pool] else { continue }
            let known = scaling[pool]
            if let before = known?.desired, let after = history.desired, before != after {
                let why = decision.rules.compactMap { $0.proposed == nil ? nil : $0.reason } + decision.reasons
                events.append(
                    Event(
                        at: now, reason: after > before ? "ScaledOut" : "ScaledIn", subject: "\(pool)",
                        message: "\(before) -> \(after): \(why.joined(separator: "; "))"))
            }
            if let override = known?.override, history.override == nil {
                events.append(
                    Event(
                        at: now, reason: "ScaleOverrideEnded", subject: "\(pool)",
                        message: "the time of \(override.nodes) nodes, set by \(override.by), is over"))
            }
            keepScaling(history, of: pool, at: now)
        }
        let strays = scaling.keys.filter { plan.histories[$0] == nil && !spec.isSetAside($0.group) }
        guard !strays.isEmpty else { return events }
        let inhabited = Set(nodes.values.map(\.pool))
        for pool in strays where !inhabited.contains(pool) { setScaling(ScalingHistory(), of: pool) }
        return events
    }

    /// Forgets what nodes of revisions were made from that no node has and no pool goes to or back to.
    private mutating func forgetTemplates(besides plan: Plan, _ spec: Spec) {
        let aside = memories.filter { spec.isSetAside($0.key.group) }
        let pools = (Array(plan.memories.values) + aside.values).compactMap(\.rollout)
        guard templates.count > Set(pools.map(\.revision)).count else { return }
        var needed = Set(nodes.values.map(\.revision))
        for rollout in pools { needed.formUnion([rollout.revision, rollout.stable].compactMap { $0 }) }
        for revision in templates.keys where !needed.contains(revision) { setTemplate(nil, of: revision) }
        for pool in memories.keys where plan.memories[pool] == nil && aside[pool] == nil {
            setMemory(PoolMemory(), of: pool)
        }
    }

    private mutating func create(
        _ action: Plan.Action, spec: Spec, now: Timestamp, using random: inout some RandomNumberGenerator
    ) -> Event? {
        guard let group = spec.group(action.nodeGroup),
            let revision = action.revision ?? spec.revision(of: action.pool)
        else { return nil }
        let reason =
            action.kind == .replace ? "in place of \(action.node ?? "another"): \(action.reason)" : action.reason
        var id = NodeID.draw(for: action.pool, using: &random)
        while nodes[id] != nil { id = NodeID.draw(for: action.pool, using: &random) }
        let token = String(random.next(), radix: 36) + String(random.next(), radix: 36)
        insert(
            Node(
                id: id, pool: action.pool, provider: group.provider, token: token, state: .requested, since: now,
                revision: revision, requestedAt: now, reason: reason))
        return Event(at: now, reason: "NodeRequested", subject: id.rawValue, message: reason)
    }

    private mutating func change(
        _ action: Plan.Action, to state: NodeState, _ event: String, _ now: Timestamp, level: Event.Level = .info
    ) -> [Event] {
        guard let name = action.node else { return [] }
        return [move(NodeID(name), to: state, at: now, because: action.reason, event: event, level: level)]
    }
}

extension NodeID {
    /// No vowels and nothing that is misread, so that no id is a word or a riddle.
    private static let alphabet = Array("23456789bcdfghjkmnpqrstvwxz")

    /// `group-role-xxxxxxxx`: eight characters are 38 bits.
    static func draw(for pool: PoolKey, using random: inout some RandomNumberGenerator) -> NodeID {
        let suffix = (0..<8).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }
        return NodeID("\(pool.group)-\(pool.role)-\(String(suffix))")
    }
}

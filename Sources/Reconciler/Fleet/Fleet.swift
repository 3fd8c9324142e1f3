/// Everything a decision rests on beside the spec: our nodes, and how far our knowledge of the world reaches.
package struct Fleet: Sendable, Equatable {
    package var nodes: [NodeID: Node]
    package private(set) var scaling: [PoolKey: ScalingHistory]
    /// Node groups whose counts stand still, by name.
    package private(set) var pauses: [String: ScalingPause]
    /// How rollouts stand and what keeps pools from getting nodes.
    package private(set) var memories: [PoolKey: PoolMemory]
    /// What nodes of each revision are made from, as long as one is there or may be made.
    package private(set) var templates: [String: NodeTemplate]
    /// The same in outline, of revisions that a State document describes.
    package var outlines: [String: TemplateOutline] = [:]
    /// Clients that found no node with room a moment ago, by the pool that should have had one. Not stored: they ask again.
    package var unserved: [PoolKey: Int] = [:]
    /// What is known of each provider scope; a scope that is not in here was never listed.
    package var scopes: [ProviderScope: ScopeKnowledge]
    /// Since when heartbeats are listened to without a gap. Silence before then says nothing of a node.
    package var observingSince: Timestamp
    /// Hashes of what someone approved (safety rule 7).
    package var approvals: Set<String>
    /// The nodes whose stored record is out of date.
    package private(set) var changed: Set<NodeID> = []
    /// The pools and groups whose stored record is out of date.
    package private(set) var changedScaling: Set<PoolKey> = []
    package private(set) var changedPauses: Set<String> = []
    package private(set) var changedMemories: Set<PoolKey> = []
    package private(set) var changedTemplates: Set<String> = []
    /// When the history of a pool last went to the store.
    private var scalingStored: [PoolKey: Timestamp] = [:]

    package init(
        nodes: [Node] = [], scaling: [PoolKey: ScalingHistory] = [:], pauses: [String: ScalingPause] = [:],
        memories: [PoolKey: PoolMemory] = [:], templates: [String: NodeTemplate] = [:], observingSince: Timestamp,
        approvals: Set<String> = []
    ) {
        self.nodes = Dictionary(nodes.map { ($0.id, $0) }) { _, last in last }
        self.scaling = scaling
        self.pauses = pauses
        self.memories = memories
        self.templates = templates
        scopes = [:]
        self.observingSince = observingSince
        self.approvals = approvals
    }
}

extension Fleet {
    /// Changes a node and remembers that the store does not know yet.
    package mutating func update(_ id: NodeID, _ change: (inout Node) -> Void) {
        guard nodes[id] != nil else { return }
        change(&nodes[id]!)  // proven by the guard
        changed.insert(id)
    }

    package mutating func insert(_ node: Node) {
        nodes[node.id] = node
        changed.insert(node.id)
    }

    /// Strikes a node from the fleet for good.
    package mutating func remove(_ id: NodeID) {
        nodes[id] = nil
        changed.insert(id)
    }

    /// Replaces what the scaling of a pool remembers; an empty history is forgotten.
    package mutating func setScaling(_ history: ScalingHistory, of pool: PoolKey) {
        let kept = history == ScalingHistory() ? nil : history
        guard scaling[pool] != kept else { return }
        scaling[pool] = kept
        changedScaling.insert(pool)
    }

    /// How much older the stored newest recommendation may be than the one in memory. After a restart it counts as that much newer,
    /// so that no scale-in comes earlier than without the restart.
    static let scalingLag: Duration = .seconds(10)

    /// Takes over what a decision remembers. Each round recommends, mostly the same as the last: only what is news, or what is older
    /// than ``scalingLag`` in the store, is written again.
    package mutating func keepScaling(_ history: ScalingHistory, of pool: PoolKey, at now: Timestamp) {
        guard let known = scaling[pool] else {
            setScaling(history, of: pool)
            scalingStored[pool] = now
            return
        }
        let isOld = now - (scalingStored[pool] ?? Timestamp(milliseconds: 0)) >= Self.scalingLag
        if isOld ? known != history : known.isNews(history) {
            setScaling(history, of: pool)
            scalingStored[pool] = now
        } else {
            scaling[pool] = history
        }
    }

    /// What a store gave back goes on as if time had not stood still: see ``scalingLag``.
    package mutating func resumeScaling(at now: Timestamp) {
        for (pool, history) in scaling {
            guard var last = history.recommendations.last else { continue }
            last.at = min(last.at + Self.scalingLag, max(now, last.at))
            scaling[pool]?.recommendations[history.recommendations.count - 1] = last
        }
    }

    /// Pauses a group, or ends its pause.
    package mutating func setPause(_ pause: ScalingPause?, of group: String) {
        guard pauses[group] != pause else { return }
        pauses[group] = pause
        changedPauses.insert(group)
    }

    /// Replaces what a pool remembers; an empty memory is forgotten.
    package mutating func setMemory(_ memory: PoolMemory, of pool: PoolKey) {
        let kept = memory == PoolMemory() ? nil : memory
        guard memories[pool] != kept else { return }
        memories[pool] = kept
        changedMemories.insert(pool)
    }

    /// Keeps what the nodes of a revision are made from, or forgets it.
    package mutating func setTemplate(_ template: NodeTemplate?, of revision: String) {
        guard templates[revision] != template else { return }
        templates[revision] = template
        changedTemplates.insert(revision)
    }

    /// The store's records are those of this fleet now.
    package mutating func markStored() {
        changedMemories = []
        changedTemplates = []
        changed = []
        changedScaling = []
        changedPauses = []
    }

    /// What the store must be told, without events.
    package var unstored: StoreChange {
        let ids = changed.sorted()
        var change = StoreChange(upserts: ids.compactMap { nodes[$0] }, deletes: ids.filter { nodes[$0] == nil })
        for pool in changedScaling { change.scaling[pool] = scaling[pool] ?? ScalingHistory() }
        for group in changedPauses { change.pauses.updateValue(pauses[group], forKey: group) }
        for pool in changedMemories { change.memories[pool] = memories[pool] ?? PoolMemory() }
        for revision in changedTemplates { change.templates.updateValue(templates[revision], forKey: revision) }
        return change
    }

    /// The clock was set back to `now`, or the store is of a later day: every time that lies after it becomes `now`, so that
    /// time-outs run from here on. Only protections and waiting times, which are meant to lie ahead, stay or are bounded.
    package mutating func setBack(to now: Timestamp) {
        observingSince = now
        for (scope, knowledge) in scopes {
            var clamped = knowledge
            clamped.completeAt = knowledge.completeAt.map { min($0, now) }
            clamped.trouble?.since = min(knowledge.trouble?.since ?? now, now)
            scopes[scope] = clamped
        }
        for node in nodes.values {
            var clamped = node
            clamped.since = min(node.since, now)
            clamped.requestedAt = min(node.requestedAt, now)
            clamped.createdAt = node.createdAt.map { min($0, now) }
            clamped.inServiceAt = node.inServiceAt.map { min($0, now) }
            clamped.lastHeartbeatAt = node.lastHeartbeatAt.map { min($0, now) }
            clamped.missingSince = node.missingSince.map { min($0, now) }
            clamped.marks.unreadySince = node.marks.unreadySince.map { min($0, now) }
            clamped.retryAt = node.retryAt.map { min($0, now + Backoff.longest) }
            if clamped != node { update(node.id) { $0 = clamped } }
        }
        for (pool, history) in scaling {
            var clamped = history
            for index in clamped.recommendations.indices where clamped.recommendations[index].at > now {
                clamped.recommendations[index].at = now
            }
            for index in clamped.events.indices where clamped.events[index].at > now {
                clamped.events[index].at = now
            }
            clamped.averages.removeAll { $0.at > now }
            setScaling(clamped, of: pool)
        }
        scalingStored = [:]
        for (pool, memory) in memories { setMemory(memory.setBack(to: now), of: pool) }
    }

    /// Moves a node to another state and says so.
    package mutating func move(
        _ id: NodeID, to state: NodeState, at now: Timestamp, because reason: String, event: String,
        level: Event.Level = .info
    ) -> Event {
        if state == .fault || state == .terminated { noteEnd(of: id, in: state, at: now, because: reason) }
        update(id) { $0.enter(state, at: now, because: reason) }
        return Event(at: now, level: level, reason: event, subject: id.rawValue, message: reason)
    }
}

/// How well one region of one provider is known (safety rule 1: unknown is not empty).
package struct ScopeKnowledge: Sendable, Equatable {
    /// When the newest complete list was asked for.
    package var completeAt: Timestamp?
    /// Set while the newest list failed or was cut short: since when, and the provider's word.
    package var trouble: Trouble?
    /// Instances that the newest list showed beside their node's own.
    package var duplicates: Set<String>

    package struct Trouble: Sendable, Equatable {
        package var since: Timestamp
        package var message: String
        package init(since: Timestamp, message: String) {
            self.since = since
            self.message = message
        }
    }

    package init(completeAt: Timestamp? = nil, trouble: Trouble? = nil, duplicates: Set<String> = []) {
        self.completeAt = completeAt
        self.trouble = trouble
        self.duplicates = duplicates
    }

    /// Whether creates and destroys may be decided in this scope.
    package var isKnown: Bool { completeAt != nil && trouble == nil }
}

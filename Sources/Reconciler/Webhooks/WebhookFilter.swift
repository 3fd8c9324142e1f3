extension WebhookSpec {
    /// What every event about webhooks is about: `webhook/NAME`. None of these is sent by any webhook, since two receivers that are away
    /// would then feed each other's queue.
    static let subjectPrefix = "webhook/"

    /// Whether it takes an event that is about `group`, or about no node group for nil.
    package func wants(_ event: Event, about group: String?) -> Bool {
        guard !event.subject.hasPrefix(Self.subjectPrefix), event.level.rank >= level.rank else { return false }
        guard nodeGroups.isEmpty || group.map(nodeGroups.contains) == true else { return false }
        return events.contains { NamePattern($0).matches(event.reason) }
    }
}

extension Event.Level {
    /// Greater for what matters more.
    fileprivate var rank: Int {
        switch self {
        case .info: 0
        case .warning: 1
        case .error: 2
        }
    }
}

extension FleetSnapshot {
    /// The node group that an event is about, by its subject: a group's name, `group/region/role` and the like, or a node's id; nil for all
    /// else. A node that is forgotten is known by the shape of its id, `group-role-…`.
    package func nodeGroup(of subject: String) -> String? {
        if let node = fleet.nodes[NodeID(subject)] { return node.pool.group }
        let first = subject.prefix { $0 != "/" }
        if spec.groups.contains(where: { $0.name == first }) { return String(first) }
        let owners = spec.groups.filter { group in
            group.roles.contains { subject.hasPrefix("\(group.name)-\($0.name)-") }
        }
        return owners.max { $0.name.utf8.count < $1.name.utf8.count }?.name
    }
}

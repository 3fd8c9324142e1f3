package import Foundation

/// A store in memory, for the simulation, for tests and for runs that must leave nothing behind: the same contract as the
/// one on disk, but for what survives the process.
package final class MemoryStore: Store {
    private struct Content: Sendable {
        var nodes: [NodeID: Node] = [:]
        var scaling: [PoolKey: ScalingHistory] = [:]
        var pauses: [String: ScalingPause] = [:]
        var memories: [PoolKey: PoolMemory] = [:]
        var templates: [String: NodeTemplate] = [:]
        /// The newest ``StoreLimits/events`` in the order of their ids, which have no gaps.
        var events: ArraySlice<Event> = []
        var lastEvent: Int64 = 0
        var values: [String: Data] = [:]
        var users: [String: StoredUser] = [:]
    }

    private let content = Locked(Content())

    /// An empty store.
    package init() {}

    package func load() -> StoredState {
        content.with { content in
            StoredState(
                nodes: content.nodes.values.sorted { $0.id < $1.id }, scaling: content.scaling, pauses: content.pauses,
                memories: content.memories, templates: content.templates)
        }
    }

    package func commit(_ change: StoreChange) {
        content.with { content in
            for node in change.upserts { content.nodes[node.id] = node }
            for id in change.deletes { content.nodes[id] = nil }
            for (pool, history) in change.scaling {
                content.scaling[pool] = history == ScalingHistory() ? nil : history
            }
            for (group, pause) in change.pauses { content.pauses[group] = pause }
            for (pool, memory) in change.memories {
                content.memories[pool] = memory == PoolMemory() ? nil : memory
            }
            for (revision, template) in change.templates { content.templates[revision] = template }
            for var event in change.events {
                content.lastEvent += 1
                event.id = content.lastEvent
                content.events.append(event)
            }
            // A slice, so that dropping the oldest does not move the rest each time.
            content.events = content.events.suffix(StoreLimits.events)
        }
    }

    package func events(after: Int64, limit: Int) -> [Event] {
        content.with { content in
            let newer = Int(clamping: max(0, content.lastEvent - max(0, after)))
            return Array(content.events.suffix(min(newer, max(0, limit))))
        }
    }

    package func value(_ key: String) -> Data? {
        content.with { $0.values[key] }
    }

    package func setValue(_ value: Data, for key: String) {
        content.with { $0.values[key] = value }
    }

    package func user(_ name: String) -> StoredUser? {
        content.with { $0.users[name] }
    }

    package func users() -> [StoredUser] {
        content.with { $0.users.values.sorted { $0.name < $1.name } }
    }

    package func setUser(_ user: StoredUser) {
        content.with { $0.users[user.name] = user }
    }
}

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
        var provisions: [Provision.Key: Provision] = [:]
        /// The newest ``StoreLimits/events`` in the order of their ids, which have gaps where events repeated.
        var events: ArraySlice<Event> = []
        /// The id of the newest kept event of each identity.
        var latestEvents: [Event.Identity: Int64] = [:]
        var lastEvent: Int64 = 0
        var values: [String: Data] = [:]

        /// Where in `events` those with an id above `id` begin.
        func firstEvent(after id: Int64) -> Int {
            var (low, high) = (events.startIndex, events.endIndex)
            while low < high {
                let middle = low + (high - low) / 2
                if events[middle].id <= id { low = middle + 1 } else { high = middle }
            }
            return low
        }

        mutating func add(_ new: [Event]) {
            let merge = EventMerge(new) { identity in
                // The place of an id is right before where those above it begin.
                latestEvents[identity].map { events[firstEvent(after: $0) - 1] }
            }
            if let first = merge.replaced.min() {
                // What repeats is mostly young: only what came after it is moved.
                let start = firstEvent(after: first - 1)
                let replaced = Set(merge.replaced)
                let rest = events[start...].filter { !replaced.contains($0.id) }
                events.removeSubrange(start...)
                events.append(contentsOf: rest)
            }
            for var event in merge.added {
                lastEvent += 1
                event.id = lastEvent
                events.append(event)
                latestEvents[event.identity] = lastEvent
            }
            let excess = max(events.count - StoreLimits.events, 0)
            for event in events.prefix(excess) where latestEvents[event.identity] == event.id {
                latestEvents[event.identity] = nil
            }
            // A slice, so that dropping the oldest does not move the rest each time.
            events = events.dropFirst(excess)
        }
    }

    private let content = Locked(Content())
    /// Users, tokens and the audit log.
    let identities = Locked(MemoryIdentity())
    /// Webhooks and what waits for them.
    let hooks = Locked(MemoryWebhooks())

    /// An empty store.
    package init() {}

    package func load() -> StoredState {
        content.with { content in
            StoredState(
                nodes: content.nodes.values.sorted { $0.id < $1.id }, scaling: content.scaling, pauses: content.pauses,
                memories: content.memories, templates: content.templates,
                provisions: content.provisions.values.sorted { $0.key < $1.key })
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
            for (key, provision) in change.provisions { content.provisions[key] = provision }
            content.add(change.events)
        }
    }

    package func events(after: Int64, about subject: String?, limit: Int) -> [Event] {
        content.with { content in
            let newer = content.events[content.firstEvent(after: after)...]
            guard let subject else { return Array(newer.suffix(max(0, limit))) }
            return newer.reversed().lazy.filter { $0.subject == subject }.prefix(max(0, limit)).reversed()
        }
    }

    package func oldestEvents(after: Int64, limit: Int) -> [Event] {
        content.with { Array($0.events[$0.firstEvent(after: after)...].prefix(max(0, limit))) }
    }

    package func newestEvent() -> Int64 { content.with { $0.lastEvent } }

    package func value(_ key: String) -> Data? {
        content.with { $0.values[key] }
    }

    package func setValue(_ value: Data, for key: String) {
        content.with { $0.values[key] = value }
    }

    package func value(_ key: String, orFirst first: Data) -> Data {
        content.with { content in
            let value = content.values[key] ?? first
            content.values[key] = value
            return value
        }
    }
}

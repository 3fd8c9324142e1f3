/// Every provision, found by itself and by the streams that it speaks of.
package struct ProvisionTable: Sendable {
    /// One provision and what routing takes from it, worked out once.
    package final class Entry: Sendable {
        package let provision: Provision
        package let rule: RegionRule?
        package let capabilities: Set<Capability>
        /// The streams of the ladder beside the one that has the provision's own name, the best first, each under every scope and
        /// name that it may have.
        package let levels: [[StreamKey]]

        init(_ provision: Provision) {
            self.provision = provision
            rule = provision.geoRules?.rule
            capabilities = provision.wantedCapabilities
            levels = provision.streams.filter { $0.guid != provision.guid }
                .enumerated().sorted { ($0.element.abrLevel, $0.offset) < ($1.element.abrLevel, $1.offset) }
                .map { StreamKey.all(of: $0.element.guid) }
        }
    }

    private var entries: [Provision.Key: Entry] = [:]
    /// By the name of a stream or of a provision, one of each group.
    private var byGuid: [[UInt8]: [Entry]] = [:]
    private var counts: [String: Int] = [:]

    /// A table of these, each under a key of its own.
    package init(_ provisions: some Sequence<Provision> = []) {
        for provision in provisions { set(provision) }
    }

    package var isEmpty: Bool { entries.isEmpty }

    /// Adds one, or puts it in the place of the one with its key.
    package mutating func set(_ provision: Provision) {
        remove(provision.key)
        let entry = Entry(provision)
        entries[provision.key] = entry
        counts[provision.group, default: 0] += 1
        for guid in provision.guids { byGuid[Array(guid.utf8), default: []].append(entry) }
    }

    /// Takes one out; what is not there is no failure.
    package mutating func remove(_ key: Provision.Key) {
        guard let old = entries.removeValue(forKey: key) else { return }
        counts[key.group] = counts[key.group].flatMap { $0 > 1 ? $0 - 1 : nil }
        for guid in old.provision.guids.map({ Array($0.utf8) }) {
            byGuid[guid]?.removeAll { $0 === old }
            if byGuid[guid]?.isEmpty == true { byGuid[guid] = nil }
        }
    }

    package subscript(key: Provision.Key) -> Entry? { entries[key] }

    /// Those that speak of a stream or have its name, at most one of each group.
    package func naming(_ guid: String) -> [Entry] { byGuid[Array(guid.utf8)] ?? [] }

    /// The one of a group that speaks of a stream or has its name.
    package func naming(_ guid: String, in group: String) -> Entry? {
        byGuid[Array(guid.utf8)]?.first { $0.provision.group == group }
    }

    /// How many a group has.
    package func count(of group: String) -> Int { counts[group] ?? 0 }

    /// Those of a group by name.
    package func provisions(of group: String) -> [Provision] {
        entries.values.lazy.map(\.provision).filter { $0.group == group }.sorted { $0.guid < $1.guid }
    }

    /// For how many streams each node was promised that `isLive` does not say are live.
    package func promises(notCounting isLive: (String) -> Bool) -> [NodeID: Int] {
        var counts: [NodeID: Int] = [:]
        for entry in entries.values {
            guard let node = entry.provision.distribution?.nodes.first else { continue }
            counts[node, default: 0] += entry.provision.streams.count { !isLive($0.guid) }
        }
        return counts
    }

    /// Why these may not be added to a group: something has the name already. Nil: they may. `replacing` says that they take the places
    /// of those with their keys.
    package func conflict(_ new: [Provision], replacing: Bool) -> String? {
        for provision in new {
            if !replacing, entries[provision.key] != nil {
                return
                    "there is a provision '\(provision.guid)' in node group '\(provision.group)' already; change it with PUT"
            }
            for guid in provision.guids {
                guard let other = naming(guid, in: provision.group), other.provision.guid != provision.guid else {
                    continue
                }
                return
                    "'\(guid)' belongs to the provision '\(other.provision.guid)' already; a stream has one provision"
            }
        }
        return nil
    }
}

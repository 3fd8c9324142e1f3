/// Picks nodes for the publishers of a provision ahead of time, from what there is now.
package struct ProvisionPlacement: Sendable, Equatable {
    /// Regions or zones, the most wanted first.
    package var regions: [String] = []
    /// No other region, and no fewer nodes than ``endpoints``.
    package var strict = false
    /// So many nodes are wanted, 1 or more.
    package var endpoints = 1
    /// What their roles must be capable of beside publishing; nil: as the provision says.
    package var capabilities: Set<Capability>?
    /// Whether they must transcode, whatever else says so; nil: as that says.
    package var transcode: Bool?

    package init() {}

    /// What the roles of a provision's nodes must be capable of beside publishing: the caller's word before the provision's.
    package func wanted(for provision: Provision) -> Set<Capability> {
        var wanted = (capabilities ?? provision.wantedCapabilities).subtracting([.publish])
        switch transcode {
        case true?: wanted.insert(.transcode)
        case false?: wanted.remove(.transcode)
        case nil: break
        }
        return wanted
    }

    /// The nodes, the first to be taken first; empty when none fits. Those that the provision has already stay in front while they fit;
    /// then the regions count in the wanted order, then who is not over its soft limit, then the lowest part of the limit in use,
    /// streams that were promised to a node counted in. That is publish without its draw: one caller, who can wait, gets the best.
    package func nodes(
        for provision: Provision, in view: RoutingView, promised: [NodeID: Int], isLive: (String) -> Bool
    ) -> [NodeID] {
        guard let group = view.groups.first(where: { $0.name == provision.group }) else { return [] }
        let streams = provision.streams.count { !isLive($0.guid) }
        let kept = provision.distribution?.nodes ?? []
        let zones = Dictionary(group.regions.map { ($0.name, $0.zone) }, uniquingKeysWith: { first, _ in first })
        let wanted = wanted(for: provision)
        let rule = provision.geoRules?.rule
        var places: [Place] = []
        for (node, entry) in view.nodes where entry.pool.group == group.name && entry.takesClients {
            guard let candidate = entry.publish, wanted.isSubset(of: entry.capabilities),
                wanted.contains(.transcode) || entry.capabilities.contains(.publish),
                let zone = zones[candidate.region],
                rule?.allows(region: candidate.region, zone: zone) ?? true,
                let rank = rank(of: candidate.region, zone)
            else { continue }
            // What it was promised for this very provision is not asked of it twice.
            let others = (promised[node] ?? 0) - (kept.first == node ? streams : 0)
            let (load, isOver) = candidate.load.total(.publish).addingReportingOverflow(max(others, 0) + streams)
            guard !isOver, load <= candidate.limit else { continue }
            places.append(
                Place(
                    keptAt: kept.firstIndex(of: node) ?? .max, rank: rank, isOverSoftLimit: load > candidate.softLimit,
                    load: candidate.limit == .max ? Double(load) / 1e9 : Double(load) / Double(candidate.limit),
                    node: node))
        }
        let room = group.publisherLimit - min(group.load.total(.publish), group.publisherLimit)
        guard streams <= room, !strict || places.count >= endpoints else { return [] }
        return places.sorted().prefix(endpoints).map(\.node)
    }

    /// The place of a region in the wanted order; nil where it will not do.
    private func rank(of region: String, _ zone: String?) -> Int? {
        regions.firstIndex { $0 == region || $0 == zone } ?? (strict && !regions.isEmpty ? nil : regions.count)
    }

    /// One node, with all that decides.
    private struct Place: Comparable {
        var keptAt: Int
        var rank: Int
        var isOverSoftLimit: Bool
        var load: Double
        var node: NodeID

        static func < (left: Self, right: Self) -> Bool {
            (left.keptAt, left.rank, left.isOverSoftLimit ? 1 : 0, left.load, left.node)
                < (right.keptAt, right.rank, right.isOverSoftLimit ? 1 : 0, right.load, right.node)
        }
    }
}

/// `parents` of a role: which nodes of its parent role its own nodes pull streams from.
package enum ParentReach: String, Sendable, CaseIterable, Codable {
    /// Those of any region, the nearest first.
    case global
    /// Those of its own region.
    case region
    /// One of its own region for each node, for all of its streams; `min` and `max` hold for each parent node (the reference
    /// product's AUTOGROUP, reference/stream-manager-2.md 3.4).
    case perParent
}

extension RoleSpec {
    /// The role with its numbers for so many parent nodes: bounds, and those of its schedules.
    func times(_ parents: Int) -> RoleSpec {
        var result = self
        result.min = Self.product(min, parents)
        result.max = Self.product(max, parents)
        for index in result.scaling.schedules.indices {
            let schedule = scaling.schedules[index]
            result.scaling.schedules[index].min = schedule.min.map { Self.product($0, parents) }
            result.scaling.schedules[index].max = schedule.max.map { Self.product($0, parents) }
            result.scaling.schedules[index].desired = schedule.desired.map { Self.product($0, parents) }
        }
        return result
    }

    /// More nodes than anyone can have, whatever is multiplied.
    private static let countLimit = 1_000_000

    /// A count for so many parent nodes; 1,000,000 at most, so that sums over all roles, regions and groups of a spec stay numbers.
    static func product(_ count: Int, _ parents: Int) -> Int {
        let (value, overflow) = count.multipliedReportingOverflow(by: parents)
        return overflow ? countLimit : Swift.min(value, countLimit)
    }

    /// So many nodes may pull from one of its nodes at a time, stream by stream; `Int.max`: no limit.
    var childLimit: Int {
        (capacity[Metric.children] ?? capacity[Metric.clusterChildren]).map { Metric.count($0) } ?? .max
    }
}

extension NodeGroupSpec {
    /// The parent role of a role whose numbers hold for each parent node; nil for every other role.
    func multiplier(of role: String) -> String? {
        guard let role = self.role(role), role.parents == .perParent else { return nil }
        return role.parent
    }

    /// The fewest nodes of a role in a region, parents counted in; 1,000,000 at most.
    package func least(_ role: String, in region: String) -> Int { bound(role, in: region) { $0.min } }

    /// The most nodes of a role in a region, parents counted in; 1,000,000 at most.
    package func most(_ role: String, in region: String) -> Int { bound(role, in: region) { $0.max } }

    private func bound(_ role: String, in region: String, _ number: (RoleSpec) -> Int) -> Int {
        var result = 1
        var seen: Set<String> = []
        var next: String? = role
        // A spec with a circle of parents is still being checked.
        while let name = next, seen.insert(name).inserted, let role = effectiveRole(name, in: region) {
            result = RoleSpec.product(result, number(role))
            next = multiplier(of: name)
        }
        return result
    }

    /// The regions in the order in which a node of `region` looks for a parent: its own, then by great-circle distance where both have
    /// locations, then in the spec's order.
    func regionNames(near region: String) -> [String] {
        guard let own = regions.firstIndex(where: { $0.name == region }) else { return regions.map(\.name) }
        var others = Array(regions.indices)
        others.remove(at: own)
        if let here = regions[own].location {
            let distances = regions.map { $0.location.map(here.distance(to:)) ?? .infinity }
            others.sort { (distances[$0], $0) < (distances[$1], $1) }
        }
        return [region] + others.map { regions[$0].name }
    }
}

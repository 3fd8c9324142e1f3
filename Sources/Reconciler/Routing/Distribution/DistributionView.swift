/// Which nodes pull streams from which, by the roles of the spec: part of one ``RoutingView``.
///
/// A node's role has a chain of parent roles, as edge, relay, origin. A node pulls from one of the role above its own, or from one above
/// that, or from the node where the stream is published; never from one of its own role or below. So no path has a circle, and none
/// is longer than the chain: that is how it is made, not something that is checked for.
package struct DistributionView: Sendable {
    /// One parent role, as the nodes of one pool see it.
    final class Level: Sendable {
        let group: String
        let role: String
        /// Of the pool that looks.
        let region: String
        let reach: ParentReach
        /// Pulls that one of its nodes serves at a time; `Int.max`: no limit.
        let childLimit: Int
        /// By region, the nearest first; its own alone unless the reach is global.
        let places: [[Parent]]

        init(
            group: String, role: String, region: String, reach: ParentReach, childLimit: Int, places: [[Parent]]
        ) {
            self.group = group
            self.role = role
            self.region = region
            self.reach = reach
            self.childLimit = childLimit
            self.places = places
        }

        /// Whether nodes of `pool` are parents by it.
        func reaches(_ pool: PoolKey) -> Bool {
            role == pool.role && group == pool.group && (reach == .global || region == pool.region)
        }
    }

    /// A serving node that others may pull from.
    struct Parent: Sendable {
        let id: NodeID
        let entry: RoutingView.NodeEntry
    }

    /// The roles above a pool that pass streams on, the nearest first. A role without a parent of its own passes on what was published
    /// to its node, which is the stream's source: it is none of these.
    private let levels: [PoolKey: [Level]]
    /// Of those pools that have a limit.
    private let childLimits: [PoolKey: Int]
    /// Node groups with such pools.
    private let limitedGroups: Set<String>
    /// Those whose nodes pull from nobody.
    private let sources: Set<PoolKey>
    /// What it was made of: the same makes the same.
    private let groups: [NodeGroupSpec]
    private let parents: [PoolKey: [Parent]]

    /// Of a fleet without nodes.
    static let empty = DistributionView([], before: nil) { _ in [] }

    /// `serving` tells the serving nodes of a pool, in any order. Where nothing changed since `before`, that is taken over.
    init(_ groups: [NodeGroupSpec], before: DistributionView?, serving: (PoolKey) -> [Parent]) {
        var parents: [PoolKey: [Parent]] = [:]
        for group in groups {
            for role in group.passing {
                for region in group.regions {
                    let key = PoolKey(group: group.name, region: region.name, role: role.name)
                    parents[key] = serving(key).filter { !$0.entry.endpoints.isEmpty }.sorted { $0.id < $1.id }
                }
            }
        }
        if let before, before.isMade(of: groups, parents) {
            self = before
        } else {
            self.init(groups, parents)
        }
    }

    private func isMade(of groups: [NodeGroupSpec], _ parents: [PoolKey: [Parent]]) -> Bool {
        self.parents.count == parents.count && self.groups == groups
            && parents.allSatisfy { pool, nodes in
                self.parents[pool]?.elementsEqual(nodes) { $0.entry === $1.entry } ?? false
            }
    }

    private init(_ groups: [NodeGroupSpec], _ parents: [PoolKey: [Parent]]) {
        var levels: [PoolKey: [Level]] = [:]
        var childLimits: [PoolKey: Int] = [:]
        var sources: Set<PoolKey> = []
        for group in groups {
            for role in group.roles where role.parent == nil && !role.serves(.subscribe) {
                for region in group.regions {
                    sources.insert(PoolKey(group: group.name, region: region.name, role: role.name))
                }
            }
            for role in group.roles where role.childLimit < .max {
                for region in group.regions {
                    childLimits[PoolKey(group: group.name, region: region.name, role: role.name)] = role.childLimit
                }
            }
            guard !group.passing.isEmpty else { continue }
            for region in group.regions {
                let near = group.regionNames(near: region.name)
                for role in group.roles {
                    let key = PoolKey(group: group.name, region: region.name, role: role.name)
                    levels[key] = group.chain(above: role).map { above, reach in
                        let regions = reach == .global ? near : [region.name]
                        return Level(
                            group: group.name, role: above.name, region: region.name, reach: reach,
                            childLimit: above.childLimit,
                            places: regions.map {
                                parents[PoolKey(group: group.name, region: $0, role: above.name)] ?? []
                            })
                    }
                }
            }
        }
        self.levels = levels
        self.childLimits = childLimits
        limitedGroups = Set(childLimits.keys.map(\.group))
        self.sources = sources
        self.groups = groups
        self.parents = parents
    }

    /// The roles from which nodes of `pool` pull a stream whose source is in `source`, the nearest first; the source itself comes after
    /// all of them. Where the source is of one of these roles, those above it are no way to it.
    func levels(of pool: PoolKey, to source: PoolKey) -> ArraySlice<Level> {
        let all = levels[pool] ?? []
        return all.prefix { $0.role != source.role || $0.group != source.group }
    }

    /// Whether nodes of `pool` pull from others. Those of a role without a parent do not, unless viewers are sent to them who could get
    /// nothing there then.
    func pulls(_ pool: PoolKey) -> Bool { !sources.contains(pool) }

    /// Pulls that one node of `pool` serves at a time; `Int.max`: no limit.
    package func childLimit(of pool: PoolKey) -> Int { childLimits[pool] ?? .max }

    /// Whether some nodes of a group serve only so many pulls at a time.
    func isLimited(_ group: String) -> Bool { hasLimits && limitedGroups.contains(group) }

    /// Whether a group has such a limit at all.
    var hasLimits: Bool { !limitedGroups.isEmpty }

    /// The level at which nodes of `pool` have one parent for all their streams; nil for other pools.
    func home(of pool: PoolKey) -> Level? {
        guard let first = levels[pool]?.first, first.reach == .perParent else { return nil }
        return first
    }
}

extension NodeGroupSpec {
    /// The roles that have a parent and are one.
    fileprivate var passing: [RoleSpec] {
        roles.filter { role in role.parent != nil && roles.contains { $0.parent == role.name } }
    }

    /// The roles above one that have a parent themselves, the nearest first, each with the reach that the role below it has.
    fileprivate func chain(above role: RoleSpec) -> [(role: RoleSpec, reach: ParentReach)] {
        var result: [(RoleSpec, ParentReach)] = []
        var below = role
        // A circle is an error of the spec; what was read in spite of it must end here, too.
        while result.count < roles.count, let name = below.parent, let above = self.role(name), above.parent != nil {
            // One parent for all streams is what the lowest role has; from farther above it takes what there is in its region.
            let reach = below.parents == .perParent && !result.isEmpty ? .region : below.parents
            result.append((above, reach))
            below = above
        }
        return result
    }
}

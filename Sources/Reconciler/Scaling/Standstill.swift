extension ScalingHistory {
    /// A person sets the count of a pool whose group is paused: what stands still from now on is that count, within the bounds that are in
    /// force at this moment, whatever becomes of schedules and the spec until the pause ends.
    /// - Parameter role: with the region's own numbers, for one parent node where there are `parents`.
    mutating func stand(at nodes: Int, _ role: RoleSpec, _ parents: ParentCount?, now: Timestamp) {
        let active = ActiveBounds(parents.map { role.times($0.nodes) } ?? role, boots: boots, now: now)
        let count = min(max(nodes, active.min), active.max)
        // The rate policies count it as any other change of the count.
        if let desired, desired != count, !role.isFixed { events.append(Change(at: now, change: count - desired)) }
        desired = count
        // A pool that was paused before it had a node goes by the spec of this moment: what differs when the pause ends is a change of it.
        bounds = bounds ?? Bounds(min: role.min, max: role.max, parent: parents?.role, parents: parents?.nodes)
    }
}

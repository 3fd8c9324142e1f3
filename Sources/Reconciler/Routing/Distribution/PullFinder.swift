/// Decides where a node pulls one stream from. Pure but for the loads that it counts on: the decision depends on the view, the stream's
/// source and carriers, what was assigned so far, and `now`.
///
///     edge ──▶ relay ──▶ ... ──▶ source        each step one role up, or to the source
///       └────────┴───────────────────▲         where no node above serves and has room
struct PullFinder {
    let view: RoutingView
    /// Where the stream is published.
    let source: NodeID
    /// The nodes that said that they have it.
    let carriers: [NodeID: Int]
    let homes: HomeBook
    let now: Timestamp

    /// The nodes over which the stream comes to `child`, its own parent first and the source last; nil when nobody has room for one
    /// more pull. The whole path is assigned: those above have a place for what was promised below.
    func path(to child: NodeID, _ pulls: inout StreamPulls) -> [NodeID]? {
        var path: [NodeID] = []
        var next = child
        while next != source {
            guard let parent = parent(of: next, &pulls) else { return nil }
            path.append(parent)
            next = parent
        }
        return path
    }

    /// The parent of one node: the one that it has while that serves, else the best there is.
    private func parent(of child: NodeID, _ pulls: inout StreamPulls) -> NodeID? {
        guard let entry = view.nodes[child], let origin = view.nodes[source] else { return nil }
        let levels = view.distribution.levels(of: entry.pool, to: origin.pool)
        let known = pulls[child]
        if let known, isAlive(known, child), mayStay(at: known.parent, levels) {
            pulls.touch(child, at: now)
            return known.parent
        }
        // It has the stream, and nobody here has sent it for it: its pull is in some node's report already.
        if known == nil, carriers[child] != nil { return adopt(child, levels, &pulls) }
        for level in levels {
            if let parent = parent(of: child, in: level, &pulls) { return parent }
        }
        let limit = view.distribution.childLimit(of: origin.pool)
        if take(.init(id: source, entry: origin), limit, for: child, &pulls) { return source }
        // What it has from one that leaves, and nobody else has room for, it keeps: that is no new pull.
        guard let known, carriers[child] != nil, let old = view.nodes[known.parent],
            [.inService, .draining, .evicting].contains(old.state), levels.contains(where: { $0.reaches(old.pool) })
        else { return nil }
        pulls.touch(child, at: now)
        return known.parent
    }

    private func isAlive(_ pull: StreamPulls.Pull, _ child: NodeID) -> Bool {
        now - pull.since < StreamPulls.lifetime || carriers[child] != nil
    }

    private func mayStay(at parent: NodeID, _ levels: ArraySlice<DistributionView.Level>) -> Bool {
        if parent == source { return true }
        guard let entry = view.nodes[parent], entry.isServing else { return false }
        return levels.contains { $0.reaches(entry.pool) }
    }

    private func hasStream(_ node: NodeID, _ pulls: StreamPulls) -> Bool {
        carriers[node] != nil || pulls.isPulled(from: node)
    }

    // MARK: - One level

    /// A node of the nearest region that has one with room. Its own parent first where it has one for all streams.
    private func parent(
        of child: NodeID, in level: DistributionView.Level, _ pulls: inout StreamPulls
    ) -> NodeID? {
        if level.reach == .perParent, let home = homes.home(of: child, among: level.places.first ?? []),
            let parent = first(of: [home], level, for: child, &pulls)
        {
            return parent
        }
        for place in level.places where !place.isEmpty {
            let open = place.filter { hasRoom($0, level) }
            // Who has the stream comes first: each node of a level that has it costs one pull above.
            let having = open.filter { hasStream($0.id, pulls) }
            if let parent = first(of: ordered(having), level, for: child, &pulls) { return parent }
            let others = open.filter { !hasStream($0.id, pulls) }
            if let parent = first(of: ordered(others), level, for: child, &pulls) { return parent }
        }
        return nil
    }

    private func hasRoom(_ parent: DistributionView.Parent, _ level: DistributionView.Level) -> Bool {
        parent.entry.takesClients && parent.entry.load.children.total < level.childLimit
    }

    /// The least loaded first, of equals the first by id. The nodes of one role have the same limit: in proportion to it is by number.
    private func ordered(_ parents: [DistributionView.Parent]) -> [DistributionView.Parent] {
        if parents.count < 2 { return parents }
        return parents.map { (load: $0.entry.load.children.total, parent: $0) }
            .sorted { ($0.load, $0.parent.id) < ($1.load, $1.parent.id) }.map(\.parent)
    }

    /// The first of these that can have the stream and has room still.
    private func first(
        of parents: [DistributionView.Parent], _ level: DistributionView.Level, for child: NodeID,
        _ pulls: inout StreamPulls
    ) -> NodeID? {
        for parent in parents where hasRoom(parent, level) {
            // What one node of a region cannot get, the others cannot either.
            if carriers[parent.id] == nil, parent.id != source, path(to: parent.id, &pulls) == nil { return nil }
            if take(parent, level.childLimit, for: child, &pulls) { return parent.id }
        }
        return nil
    }

    private func take(
        _ parent: DistributionView.Parent, _ limit: Int, for child: NodeID, _ pulls: inout StreamPulls
    ) -> Bool {
        let load = parent.entry.load.children
        guard load.tryAdd(limit: limit) else { return false }
        pulls.set(child, .init(parent: parent.id, load: load, since: now, askedAt: now))
        return true
    }

    // MARK: - What was there before

    /// The parent that a node most likely has: the nearest that has the stream, whether or not it has room for another.
    private func adopt(
        _ child: NodeID, _ levels: ArraySlice<DistributionView.Level>, _ pulls: inout StreamPulls
    ) -> NodeID? {
        let having = levels.lazy.flatMap(\.places).compactMap { place in
            ordered(place.filter { carriers[$0.id] != nil }).first
        }.first
        guard let parent = having ?? view.nodes[source].map({ .init(id: source, entry: $0) }) else { return nil }
        let load = parent.entry.load.children
        load.adopt()
        pulls.set(child, .init(parent: parent.id, load: load, since: now, askedAt: now))
        return parent.id
    }
}

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
    /// more pull, none when nodes of its role pull from nobody. The whole path is assigned: those above have a place for what was
    /// promised below.
    func path(to child: NodeID, _ pulls: inout StreamPulls) -> [NodeID]? {
        if let entry = view.nodes[child], !view.distribution.pulls(entry.pool) { return [] }
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
        let isCarried = carriers[child] != nil
        // It has the stream, and nobody here has sent it for it: its pull is in some node's report already.
        if pulls[child] == nil, isCarried { return adopt(child, levels, &pulls) }
        if let known = pulls[child], !isCarried, now - known.since >= StreamPulls.lifetime {
            pulls.fail(child, at: now)
        }
        let known = pulls[child]
        var nearer = levels
        if let known, let rank = rank(of: known.parent, levels) {
            // What plays is not moved, and no role is better than the one next to its own.
            if isCarried || rank == levels.startIndex { return stay(child, &pulls) }
            nearer = levels[..<rank]
        }
        for level in nearer {
            if let parent = parent(of: child, in: level, avoided: false, &pulls) { return parent }
        }
        if nearer.endIndex < levels.endIndex || known?.parent == source { return stay(child, &pulls) }
        let limit = view.distribution.childLimit(of: origin.pool)
        if take(.init(id: source, entry: origin), limit, for: child, &pulls) { return source }
        // Better one that it got nothing from than none.
        for level in levels {
            if let parent = parent(of: child, in: level, avoided: true, &pulls) { return parent }
        }
        // What it has from one that leaves, and nobody else has room for, it keeps: that is no new pull.
        guard let known, isCarried, let old = view.nodes[known.parent],
            [.inService, .draining, .evicting].contains(old.state), levels.contains(where: { $0.reaches(old.pool) })
        else { return nil }
        return stay(child, &pulls)
    }

    private func stay(_ child: NodeID, _ pulls: inout StreamPulls) -> NodeID? {
        pulls.touch(child, carries: carriers[child] != nil, at: now)
        return pulls[child]?.parent
    }

    /// At which of the levels a parent is that serves; their end for the source, nil when it may not be the parent any more.
    private func rank(of parent: NodeID, _ levels: ArraySlice<DistributionView.Level>) -> Int? {
        if parent == source { return levels.endIndex }
        guard let entry = view.nodes[parent], entry.isServing else { return nil }
        return levels.firstIndex { $0.reaches(entry.pool) }
    }

    // MARK: - One level

    /// A node of the nearest region that has one with room. Its own parent first where it has one for all streams. Those that failed it
    /// are left out, or all that there are.
    private func parent(
        of child: NodeID, in level: DistributionView.Level, avoided: Bool, _ pulls: inout StreamPulls
    ) -> NodeID? {
        if avoided, !pulls.hasFailures { return nil }
        func isOpen(_ parent: DistributionView.Parent) -> Bool {
            hasRoom(parent, level) && pulls.avoids(parent.id, child, at: now) == avoided
        }
        if level.reach == .perParent, let home = homes.home(of: child, among: level.places.first ?? []), isOpen(home),
            let parent = first(of: [home], level, for: child, &pulls)
        {
            return parent
        }
        for place in level.places where !place.isEmpty {
            // Who has the stream comes first, then to whom it comes already: each other node costs one more pull above.
            var having: [DistributionView.Parent] = []
            var promised: [DistributionView.Parent] = []
            var others: [DistributionView.Parent] = []
            for parent in place where isOpen(parent) {
                if carriers[parent.id] != nil {
                    having.append(parent)
                } else if isPromised(parent.id, pulls) {
                    promised.append(parent)
                } else {
                    others.append(parent)
                }
            }
            if let parent = first(of: ordered(having), level, for: child, &pulls) { return parent }
            if let parent = first(of: ordered(promised), level, for: child, &pulls) { return parent }
            // What one of these cannot get, the others cannot either.
            if let parent = first(of: ordered(others), level, for: child, isAlike: true, &pulls) { return parent }
        }
        return nil
    }

    private func isPromised(_ node: NodeID, _ pulls: StreamPulls) -> Bool {
        if pulls.isPulled(from: node, at: now) { return true }
        return pulls[node].map { now - $0.since < StreamPulls.lifetime } ?? false
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

    /// The first of these that can have the stream and has room still; of those that are alike none when the first cannot have it.
    private func first(
        of parents: [DistributionView.Parent], _ level: DistributionView.Level, for child: NodeID,
        isAlike: Bool = false,
        _ pulls: inout StreamPulls
    ) -> NodeID? {
        for parent in parents where hasRoom(parent, level) {
            if parent.id != source, path(to: parent.id, &pulls) == nil {
                if isAlike { return nil }
                continue
            }
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

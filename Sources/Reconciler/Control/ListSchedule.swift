/// Which lists are due: each scope once per interval, also when heartbeats or results make for rounds between.
enum ListSchedule {
    /// The scopes to list now, in their order.
    ///
    /// - Parameters:
    ///   - underWay: lists that are not answered yet.
    ///   - lastListed: when each scope was last asked.
    static func due(
        _ spec: Spec, _ fleet: Fleet, underWay: Set<ProviderScope>, lastListed: [ProviderScope: Timestamp],
        now: Timestamp
    ) -> [ProviderScope] {
        var scopes = spec.providerScopes()
        // What the spec has is in there: these are the nodes of pools and providers that it has no more.
        // A node whose media server ended, by its own last word, may be gone: that is asked at once.
        var doubtful: Set<ProviderScope> = []
        for node in fleet.nodes.values where node.state != .terminated {
            let scope = node.scope
            if !scopes.contains(scope) { scopes.insert(scope) }
            guard node.state == .inService, let since = node.marks.unreadySince else { continue }
            if since >= lastListed[scope] ?? now { doubtful.insert(scope) }
        }
        return scopes.subtracting(underWay).sorted().filter { scope in
            guard let last = lastListed[scope] else { return true }
            return now - last >= spec.manager.interval || doubtful.contains(scope)
        }
    }
}

extension RouteQuery {
    /// The group's regions in this client's order, as far as it and the stream's rule allow them; nil when it has no preference.
    package func regionOrder(of group: RoutingView.GroupView) -> RegionOrder? {
        guard hasPreference, let order = preference(group) else { return nil }
        guard let rule = regionRule else { return order }
        let allowed = order.filter { rule.allows(region: group.regions[$0].name, zone: group.regions[$0].zone) }
        return RegionOrder(wanted: allowed, rest: .none)
    }

    /// Whether the client says anything about where it is or wants to be.
    var hasPreference: Bool { place != nil || !regions.isEmpty }

    private func preference(_ group: RoutingView.GroupView) -> RegionOrder? {
        let atlas = group.atlas
        var wanted: [Int] = []
        for name in regions {
            for index in atlas.regions(named: name) where !wanted.contains(index) { wanted.append(index) }
        }
        if strict, !regions.isEmpty { return RegionOrder(wanted: wanted, rest: .none) }
        if let place, atlas.hasLocations {
            return RegionOrder(wanted: wanted, rest: .near(place, atlas.order(near: place), atlas))
        }
        return wanted.isEmpty ? nil : RegionOrder(wanted: wanted, rest: .listed(count: group.regions.count))
    }

    /// Names that are told in an answer, and signs of each.
    private static let toldNames = 4
    private static let toldLength = 48

    /// Why no node will do, in words, when a client allows no regions but such as none of the groups has: mostly a typing error.
    func strictlyNowhere(in groups: [RoutingView.GroupView]) -> String? {
        guard strict, !regions.isEmpty,
            !groups.contains(where: { group in regions.contains { !group.atlas.regions(named: $0).isEmpty } })
        else { return nil }
        var names = regions.prefix(Self.toldNames).map { "'\($0.prefix(Self.toldLength))'" }
        if regions.count > Self.toldNames { names.append("\(regions.count - Self.toldNames) more") }
        let last = names.removeLast()
        let list = names.isEmpty ? last : "\(names.joined(separator: ", ")) or \(last)"
        return "no region or zone is called \(list), and strict=true allows no other"
    }
}

/// Where a group's regions are and what they are called: the same object from view to view while that stays the same, so that what was
/// worked out about a client's cell is kept.
final class RegionAtlas: Sendable {
    /// So many cells are kept, per group, which is an eighth of the globe: cells of one continent hardly ever share a slot. One takes
    /// about half a kilobyte at 30 regions.
    private static let shardCount = 16
    private static let shardSize = 512

    /// One region.
    struct Place: Sendable, Equatable {
        /// Its name.
        var name: String
        /// The parent that a client may also ask for.
        var zone: String?
        /// Nil: nobody knows.
        var location: GeoPoint?
    }

    /// The regions in the group's order.
    let places: [Place]
    /// Whether any region has a location; else a client's place says nothing.
    let hasLocations: Bool
    private let sites: [GeoPoint.Site?]
    /// Indices by names of regions and zones.
    private let byName: [String: [Int]]
    /// Cells by their number; another cell of the same slot takes it over. Empty until the first client with a place.
    private let shards: [Locked<[CellOrder?]>]

    /// The atlas of these regions.
    init(_ places: [Place]) {
        self.places = places
        sites = places.map { $0.location.map(GeoPoint.Site.init) }
        hasLocations = places.contains { $0.location != nil }
        var byName: [String: [Int]] = [:]
        for (index, place) in places.enumerated() {
            byName[place.name, default: []].append(index)
            if let zone = place.zone, zone != place.name { byName[zone, default: []].append(index) }
        }
        self.byName = byName
        shards = hasLocations ? (0..<Self.shardCount).map { _ in Locked([]) } : []
    }

    /// The regions of that name, and those in the zone of that name; none when it is unknown.
    func regions(named name: String) -> [Int] { byName[name] ?? [] }

    /// The regions by their distance from the cell of this place. Only where some region has a location.
    func order(near place: GeoPoint) -> CellOrder {
        let cell = GeoCell(place)
        let shard = shards[cell.index % Self.shardCount]
        let slot = cell.index / Self.shardCount % Self.shardSize
        let known = shard.with { $0.isEmpty ? nil : $0[slot] }
        if let known, known.cell == cell { return known }
        // Outside of the lock: another client of the cell may do the same, which costs microseconds once.
        let made = CellOrder(cell, sites)
        shard.with { slots in
            if slots.isEmpty { slots = Array(repeating: nil, count: Self.shardSize) }
            slots[slot] = made
        }
        return made
    }

    /// The distance of a region from a place, in metres; infinite when nobody knows where it is.
    func distance(of region: Int, from place: GeoPoint.Site) -> Double {
        sites[region].map(place.distance(to:)) ?? .infinity
    }
}

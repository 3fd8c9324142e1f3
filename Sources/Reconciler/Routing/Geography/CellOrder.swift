/// The regions of a group by their distance from one cell: sorted once, for every client in it.
///
/// It is right for all of them. From a place in the cell, a region is at most the cell's radius nearer or farther than from its centre
/// (triangle inequality). So where two neighbours in the order are more than twice that apart, all before are nearer than all after,
/// for every place in the cell. There the order is cut; what lies between two cuts is a *run*, mostly of one region, whose order
/// depends on where in the cell the client is, and is found from the client's own distances when it comes to that.
final class CellOrder: Sendable {
    /// What the arithmetic may be wrong by, in metres: the haversine formula loses digits near the other end of the globe.
    private static let slack = 10.0

    /// Which cell it is.
    let cell: GeoCell
    /// Indices of all regions, the nearest first; those without a place come last, in the group's order.
    let regions: [Int]
    /// Where the runs end, in `regions`.
    let ends: [Int]

    /// The order of regions at these places.
    init(_ cell: GeoCell, _ sites: [GeoPoint.Site?]) {
        self.cell = cell
        let centre = GeoPoint.Site(cell.centre)
        let width = 2 * cell.radius + Self.slack
        let sorted = sites.enumerated()
            .map { (index: $0.offset, distance: $0.element.map(centre.distance(to:)) ?? .infinity) }
            .sorted { ($0.distance, $0.index) < ($1.distance, $1.index) }
        regions = sorted.map(\.index)
        ends = (1...max(1, sorted.count)).filter { end in
            guard end < sorted.count else { return end == sorted.count }
            // Without a place each is a run of its own: nothing is to be found out about it.
            return sorted[end].distance == .infinity || sorted[end].distance - sorted[end - 1].distance > width
        }
    }
}

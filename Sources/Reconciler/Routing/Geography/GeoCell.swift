/// One of the cells of a degree by a degree into which the globe is cut, so that much of what is asked about a place is worked out
/// once for all the places near it.
struct GeoCell: Sendable, Hashable {
    private static let rows = 180
    private static let columns = 360

    /// 0..<64,800, from the south pole and the date line on.
    let index: Int

    /// The cell that a place lies in. Every place lies in one, also the poles and both sides of the date line.
    init(_ place: GeoPoint) {
        let row = Self.step(place.latitude + 90, below: Self.rows)
        let column = Self.step(place.longitude + 180, below: Self.columns)
        index = row * Self.columns + column
    }

    /// Whole degrees; what lies outside of the range counts to its nearest end.
    private static func step(_ degrees: Double, below count: Int) -> Int {
        degrees > 0 ? Int(min(degrees, Double(count - 1))) : 0
    }

    private var south: Double { Double(index / Self.columns) - 90 }
    private var west: Double { Double(index % Self.columns) - 180 }

    /// Its middle.
    var centre: GeoPoint { GeoPoint(latitude: south + 0.5, longitude: west + 0.5) }

    /// So far from ``centre``, in metres, is no place in it, its borders included; at most 79 km.
    ///
    /// The farthest is a corner. By the haversine formula, the distance from the centre grows with the difference of longitude along a
    /// parallel, and is convex in latitude along a meridian, so that it is largest at one of its ends.
    var radius: Double {
        let centre = centre
        return max(
            centre.distance(to: GeoPoint(latitude: south, longitude: west)),
            centre.distance(to: GeoPoint(latitude: south + 1, longitude: west)))
    }
}

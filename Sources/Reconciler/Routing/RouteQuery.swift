internal import Foundation

/// One routing question.
package struct RouteQuery: Sendable, Equatable {
    package var stream: StreamKey
    package var action: StreamAction
    /// Nil: the node's first endpoint.
    package var `protocol`: String?
    /// Regions or zones, the most wanted first.
    package var regions: [String]
    /// No region but those in `regions`.
    package var strict: Bool
    package var place: GeoPoint?

    package init(
        stream: StreamKey, action: StreamAction, protocol: String? = nil, regions: [String] = [], strict: Bool = false,
        place: GeoPoint? = nil
    ) {
        self.stream = stream
        self.action = action
        self.protocol = `protocol`
        self.regions = regions
        self.strict = strict
        self.place = place
    }

    /// The group's regions as indices, best first; nil when the client has no preference.
    func regionOrder(of group: RoutingView.GroupView) -> [Int]? {
        if regions.isEmpty, place == nil { return nil }
        var order: [Int] = []
        for wanted in regions {
            for (index, region) in group.regions.enumerated()
            where region.name == wanted || region.zone == wanted {
                if !order.contains(index) { order.append(index) }
            }
        }
        if strict, !regions.isEmpty { return order }
        if order.isEmpty, place == nil { return nil }
        let rest = group.regions.indices.filter { !order.contains($0) }
        guard let place else { return order + rest }
        func distance(_ index: Int) -> Double {
            group.regions[index].location.map { place.distance(to: $0) } ?? .infinity
        }
        return order + rest.map { ($0, distance($0)) }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0)
    }

    func accepts(_ candidate: Candidate, in group: RoutingView.GroupView) -> Bool {
        if !strict || regions.isEmpty { return true }
        guard let region = group.regions.first(where: { $0.name == candidate.region }) else { return false }
        return regions.contains(region.name) || region.zone.map(regions.contains) == true
    }
}

/// The answer to one routing question.
package enum RouteAnswer: Sendable {
    case node(Candidate)
    /// Nothing to be sent to: 404, in words.
    case notFound(String)
    /// Nothing has room: 503, in words.
    case unavailable(String, retryAfter: Duration)

    /// After which time a client that found no room is told to ask again.
    package static let retryAfter: Duration = .seconds(2)
}

extension GeoPoint {
    /// The mean radius of the earth in metres (IUGG R1).
    private static let earthRadius = 6_371_008.8

    /// The great-circle distance in metres, by the haversine formula.
    package func distance(to other: GeoPoint) -> Double {
        let radians = Double.pi / 180
        let latitudes = (other.latitude - latitude) * radians
        let longitudes = (other.longitude - longitude) * radians
        let a =
            pow(sin(latitudes / 2), 2)
            + cos(latitude * radians) * cos(other.latitude * radians) * pow(sin(longitudes / 2), 2)
        return 2 * Self.earthRadius * asin(min(1, a.squareRoot()))
    }
}

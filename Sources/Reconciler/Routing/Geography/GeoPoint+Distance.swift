internal import Foundation

extension GeoPoint {
    /// The mean radius of the earth in metres (IUGG R1).
    private static let earthRadius = 6_371_008.8

    /// The great-circle distance in metres, by the haversine formula.
    package func distance(to other: GeoPoint) -> Double {
        let radians = Double.pi / 180
        let latitudes = sin((other.latitude - latitude) * radians / 2)
        let longitudes = sin((other.longitude - longitude) * radians / 2)
        let a =
            latitudes * latitudes
            + cos(latitude * radians) * cos(other.latitude * radians) * longitudes * longitudes
        return 2 * Self.earthRadius * asin(min(1, a.squareRoot()))
    }
}

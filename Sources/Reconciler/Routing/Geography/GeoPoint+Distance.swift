internal import Foundation

extension GeoPoint {
    /// The mean radius of the earth in metres (IUGG R1).
    private static let earthRadius = 6_371_008.8

    /// The great-circle distance in metres, by the haversine formula.
    package func distance(to other: GeoPoint) -> Double { Site(self).distance(to: Site(other)) }

    /// A place with what the formula needs of it again and again.
    struct Site: Sendable {
        private let latitude: Double
        private let longitude: Double
        private let cosine: Double

        /// That of a place in degrees.
        init(_ place: GeoPoint) {
            latitude = place.latitude * (.pi / 180)
            longitude = place.longitude * (.pi / 180)
            cosine = cos(latitude)
        }

        /// In metres.
        func distance(to other: Site) -> Double {
            let latitudes = sin((other.latitude - latitude) / 2)
            let longitudes = sin((other.longitude - longitude) / 2)
            let a = latitudes * latitudes + cosine * other.cosine * longitudes * longitudes
            return 2 * GeoPoint.earthRadius * asin(min(1, a.squareRoot()))
        }
    }
}

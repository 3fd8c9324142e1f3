internal import Reconciler

/// Where a client wants to be served, from the parameters of its request.
enum ClientPreference {
    /// Names that a client may list: there is no cloud with so many regions.
    static let maximumRegions = 64

    /// Takes `protocol`, `region`, `zone`, `subgroup`, `strict`, `lat` and `lon` into the query. Throws when one of them cannot be
    /// understood, and names it.
    static func read(_ fields: FormFields, into query: inout RouteQuery) throws(Problem) {
        query.protocol = try fields.text("protocol").flatMap { $0.isEmpty ? nil : $0 }
        for name in ["region", "zone", "subgroup"] {
            query.regions += try fields.list(name)
            guard query.regions.count <= maximumRegions else {
                throw .badRequest("the parameter '\(name)' makes it more than \(maximumRegions) regions and zones")
            }
        }
        query.strict = try fields.flag("strict")
        if query.strict, query.regions.isEmpty {
            throw .badRequest("'strict=true' needs 'region' or 'zone': it allows no other")
        }
        let latitude = try fields.number("lat", in: -90...90)
        let longitude = try fields.number("lon", in: -180...180)
        switch (latitude, longitude) {
        case (nil, nil): break
        case (let latitude?, let longitude?): query.place = GeoPoint(latitude: latitude, longitude: longitude)
        case (_?, nil): throw .badRequest("the parameter 'lat' is there without 'lon'; they go together")
        case (nil, _?): throw .badRequest("the parameter 'lon' is there without 'lat'; they go together")
        }
    }
}

extension APIServices {
    /// The place of the client's address, where the query has none and one matters.
    func locate(_ request: borrowing HTTPRequest, for query: inout RouteQuery) {
        guard let locator, query.place == nil, !query.strict || query.regions.isEmpty,
            let address = ClientAddress.of(request, trusting: live.view.trustedProxies)
        else { return }
        query.place = locator.place(of: address)
    }
}

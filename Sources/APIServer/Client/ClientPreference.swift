internal import Reconciler

/// Where a client wants to be served, from the parameters of its request.
enum ClientPreference {
    /// Names that a client may list: there is no cloud with so many regions.
    static let maximumRegions = 64

    /// Nodes that a client may ask for at once: it tries one after the other.
    static let maximumEndpoints: Int64 = 100

    /// What ``read(_:into:)`` reads. `action`: what the examples are for.
    static func parameters(_ action: StreamAction) -> [RouteDocument.Parameter] {
        sharedParameters + [
            .words(
                "capabilities", Capability.allCases.map(\.rawValue), "What the node must be capable of, with commas.",
                example: .string(action.rawValue))
        ]
    }

    private static let sharedParameters: [RouteDocument.Parameter] = [
        .text("protocol", "Of the media, as in the spec's endpoints.", example: "rtmp"),
        .text("region", "Regions or zones in the order of preference, with commas.", example: "us-east,eu-west"),
        .text("zone", "The same as `region`."), .text("subgroup", "The same as `region`."),
        .flag("strict", "No other region than those."),
        .number("lat", -90...90, "The client's latitude, with `lon`.", example: 53.3, together: "place"),
        .number("lon", -180...180, "The client's longitude, with `lat`.", example: -6.3, together: "place"),
        .integer("endpoints", 1...maximumEndpoints, "A list of so many nodes."),
    ]

    /// What publishers may ask for beside.
    static let transcode = RouteDocument.Parameter.flag(
        "transcode", "A transcoder, with the origin that it sends to; for publishers.")

    /// What else publish and subscribe read.
    static let ticketParameters: [RouteDocument.Parameter] = [
        .flag("ticket", "With a ticket, or without one; if not said, where the node needs one."),
        .text("client", "For whom the ticket is; if not said, for the caller.", lengths: 1...128),
    ]

    /// Takes `protocol`, `region`, `zone`, `subgroup`, `strict`, `lat`, `lon`, `endpoints`, `capabilities` and `transcode` into the
    /// query. Throws when one of them cannot be understood, and names it.
    ///
    /// - Parameter bearsStrictAlone: `strict` without a region means nothing, as clients of the reference product send it.
    static func read(
        _ fields: FormFields, into query: inout RouteQuery, bearsStrictAlone: Bool = false
    ) throws(Problem) {
        query.protocol = try fields.text("protocol").flatMap { $0.isEmpty ? nil : $0 }
        for name in ["region", "zone", "subgroup", "subGroup"] {
            query.regions += try fields.list(name)
            guard query.regions.count <= maximumRegions else {
                throw .badRequest("the parameter '\(name)' makes it more than \(maximumRegions) regions and zones")
            }
        }
        query.strict = try fields.flag("strict")
        if query.strict, query.regions.isEmpty, !bearsStrictAlone {
            throw .badRequest("'strict=true' needs 'region' or 'zone': it allows no other")
        }
        query.capabilities.formUnion(try capabilities(fields))
        query.transcode = try fields.flag("transcode")
        query.endpoints = Int(try fields.integer("endpoints", in: 1...maximumEndpoints) ?? 1)
        if query.transcode {
            if query.action == .subscribe { throw .badRequest("the parameter 'transcode' is for publishers") }
            if query.endpoints > 1 {
                throw .badRequest(
                    "the parameter 'endpoints' goes with one transcoder only: leave it out, or 'transcode'")
            }
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

    /// In any case of letters: older clients write TRANSCODE.
    private static func capabilities(_ fields: FormFields) throws(Problem) -> [Capability] {
        var found: [Capability] = []
        for name in try fields.list("capabilities") {
            guard let capability = Capability(rawValue: name.lowercased()) else {
                let known = Capability.allCases.map(\.rawValue)
                let more =
                    Suggestion.nearest(to: name, among: known).map { "did you mean '\($0)'?" }
                    ?? "known are \(known.joined(separator: ", "))"
                throw .badRequest("the parameter 'capabilities' has the unknown '\(name.prefix(40))'; \(more)")
            }
            found.append(capability)
        }
        return found
    }
}

extension APIServices {
    /// The place of the client's address, where the query has none and one matters.
    func locate(_ request: borrowing HTTPRequest, for query: inout RouteQuery, in view: RoutingView) {
        guard let locator, query.place == nil, !query.strict || query.regions.isEmpty,
            let address = ClientAddress.of(request, trusting: view.trustedProxies)
        else { return }
        query.place = locator.place(of: address)
    }
}

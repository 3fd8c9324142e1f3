extension Shape where Value == NodeGroupSpec {
    /// `spec` of the kind `NodeGroup`; its name is in `metadata`.
    static let nodeGroup = Shape.object("spec", make: { NodeGroupSpec(name: "", provider: "") }) { fields in
        fields.add("provider", .name("provider"), "The Provider that makes its nodes.", example: "lab", required: true)
        {
            $0.provider = $1
        }
        fields.add(
            "scopes", Shape<String>.scope.list(), "The stream scopes it serves; default: every scope.",
            example: ["live"],
            synonyms: ["scope", "apps"]
        ) { $0.scopes = $1 }
        fields.add(
            "image", .text,
            "What a node is made of, in the words of the provider. For all roles; a role may have its own.",
            example: "media-2.4"
        ) { $0.image = $1 }
        fields.add(
            "failover", Shape<[String]>.failover,
            "Regions that take over what another cannot make; one may have its own."
        ) { $0.failover = $1 }
        fields.add("limits", Shape<GroupLimits>.groupLimits, "Ceilings of the whole group.") { $0.limits = $1 }
        fields.add("tickets", Shape<TicketPolicy>.ticketPolicy, "Whether its nodes let in clients without a ticket.") {
            $0.tickets = $1
        }
        fields.add("regions", Shape<RegionSpec>.region.list(atLeast: 1), "Where its nodes run.", required: true) {
            $0.regions = $1
        }
        fields.add(
            "roles", Shape<[RoleSpec]>.roles, "The kinds of nodes in it.", required: true, synonyms: ["nodeRoles"]
        ) { $0.roles = $1 }
    } check: { group, node, context in
        GroupChecks.check(group, node, context)
    }
}

extension Shape where Value == [RoleSpec] {
    /// `roles`: in the order of the file, at least one.
    static let roles = Shape<RoleSpec>.role.named("role").byName(
        "role", names: NameRule.schema, checking: NameRule.problem
    ).map(schema: ["minProperties": 1]) { members, node, context -> [RoleSpec]? in
        if members.isEmpty, node.isEmptyMapping { context.error("a node group needs at least one role", at: node) }
        return members.map { member in
            var role = member.value
            role.name = member.name
            return role
        }
    }
}

extension YAMLNode {
    /// Whether this is a mapping without keys.
    var isEmptyMapping: Bool {
        if case .mapping(let members) = value { return members.isEmpty }
        return false
    }
}

extension Shape where Value == GroupLimits {
    /// `limits` of a group.
    static let groupLimits = Shape.object("limits", make: { GroupLimits() }) { fields in
        fields.add(
            "publishers", .integer(0...Int(Int32.max)),
            "Over it, publish is answered by 503; default: no such limit.", example: 500
        ) {
            $0.publishers = $1
        }
        fields.add(
            "subscribers", .integer(0...Int(Int32.max)),
            "Over it, subscribe is answered by 503; default: no such limit.", example: 200000
        ) {
            $0.subscribers = $1
        }
        fields.add(
            "nodes", .nodeCount, "No more nodes than this, over all regions and roles; default: no such limit.",
            example: 60
        ) { $0.nodes = $1 }
    }
}

extension Shape where Value == RegionSpec {
    /// One of `regions`.
    static let region = Shape.object("region", nameKey: "name", make: { RegionSpec(name: "") }) { fields in
        fields.add(
            "name", .name("region"), "Its name, for clients and for the provider.", example: "us-east", required: true
        ) {
            $0.name = $1
        }
        fields.add("zone", .name("zone"), "A parent that a client may also ask for.", example: "americas") {
            $0.zone = $1
        }
        fields.add(
            "location", Shape<GeoPoint>.location, "Where it is, for the nearest region.",
            example: ["latitude": 39.0, "longitude": -77.5],
            synonyms: ["coordinates", "position", "geo"]
        ) { $0.location = $1 }
        fields.add(
            "settings", .settings, "Passed to the provider.", example: ["subnet": "subnet-1"],
            synonyms: ["cloudProperties"]
        ) { $0.settings = $1 }
        fields.add("failover", Shape<[String]>.failover, "Regions that take over what cannot be made here.") {
            $0.failover = $1
        }
        fields.add(
            "roles", Shape<RegionSpec.RoleOverride>.override.byName("role"), "This region's own numbers, by role."
        ) { $0.roles = Dictionary($1.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }) }
    }
}

extension Shape where Value == [String] {
    /// `failover`: `{regions: [us-west, eu-west]}`.
    static let failover = Shape.object("failover", make: { [] }) { fields in
        fields.add(
            "regions", Shape<String>.name("region").list(), "In the order in which they are asked.",
            example: ["us-west"], required: true
        ) {
            $0 = $1
        }
    }
}

extension Shape where Value == RegionSpec.RoleOverride {
    /// One of the `roles` of a region.
    static let override = Shape.object("region's role", make: { RegionSpec.RoleOverride() }) { fields in
        fields.add(
            "min", .nodeCount, "At least so many nodes here; default: the role's.", example: 2,
            synonyms: SpecSynonyms.min
        ) { $0.min = $1 }
        fields.add(
            "max", .nodeCount, "At most so many nodes here; default: the role's.", example: 40,
            synonyms: SpecSynonyms.max
        ) { $0.max = $1 }
    }
}

extension Shape where Value == GeoPoint {
    /// `location` of a region.
    static let location = Shape.object("location", make: { GeoPoint(latitude: 0, longitude: 0) }) { fields in
        fields.add("latitude", .number(-90...90), "Degrees north.", example: 39.0, required: true, synonyms: ["lat"]) {
            $0.latitude = $1
        }
        fields.add(
            "longitude", .number(-180...180), "Degrees east.", example: -77.5, required: true,
            synonyms: ["lon", "lng", "long"]
        ) {
            $0.longitude = $1
        }
    }
}

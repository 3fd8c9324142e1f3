internal import Foundation

extension ProductDocument {
    /// A node group of ours as a `NodeGroupConfig`, for clients of the product that look at one that they did not make: what it says
    /// holds, and what theirs has no place for is left out, as are values that are nobody's to read. JSON with sorted keys.
    package static func exported(_ group: NodeGroupSpec, isPaused: Bool) -> String {
        let document = Exported(group, isPaused: isPaused)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(document) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }

    private struct Exported: Encodable {
        var name: String
        var description: String?
        var cloudPlatform: String
        var isScalingPaused: Bool
        var maxPublishers: Int?
        var maxSubscribers: Int?
        var images: [String: Image] = [:]
        var roles: [String: Role] = [:]
        var groups: [String: Group] = [:]

        init(_ group: NodeGroupSpec, isPaused: Bool) {
            name = group.annotations[ProductImport.nameAnnotation] ?? group.name
            description = group.annotations[ProductImport.descriptionAnnotation]
            cloudPlatform = group.provider.uppercased()
            isScalingPaused = isPaused
            maxPublishers = group.limits.publishers
            maxSubscribers = group.limits.subscribers
            for role in group.roles {
                let image = "\(role.name)_image"
                images[image] = Image(name: image, image: role.image ?? group.image ?? "", properties: role)
                roles[role.name] = Role(role, image: image)
            }
            let zones = ProductDocument.zoneNames(group.regions)
            for region in group.regions {
                let leaf = Group(region, of: group, named: name)
                guard let zone = region.zone.flatMap({ zones[$0] }) else {
                    groups[region.name] = leaf
                    continue
                }
                var parent = groups[zone] ?? Group(zone: zone, named: name)
                parent.childGroups = (parent.childGroups ?? []) + [leaf]
                groups[zone] = parent
            }
        }
    }

    private struct Image: Encodable {
        var name: String
        var image: String
        var cloudProperties: String?

        init(name: String, image: String, properties role: RoleSpec) {
            self.name = name
            self.image = image
            let type = role.instanceType.map { ["instance_type=\($0)"] } ?? []
            let settings = role.settings.filter { ProductDocument.canSayInRole($0.key, $0.value) }
            cloudProperties = ProductDocument.properties(settings, after: type)
        }
    }

    private struct Role: Encodable {
        var name: String
        var imageName: String
        var capabilities: [String]
        var parentRoleName: String?
        var parentCardinality: String?

        init(_ role: RoleSpec, image: String) {
            name = role.name
            imageName = image
            // A relay is a role without capabilities there.
            capabilities = Capability.allCases.filter { role.capabilities.contains($0) && $0 != .relay }.map {
                $0.rawValue.uppercased()
            }
            parentRoleName = role.parent
            guard role.parent != nil else { return }
            switch role.parents {
            case .global: parentCardinality = "GLOBAL"
            case .region: parentCardinality = "SUBGROUP"
            case .perParent: parentCardinality = "AUTOGROUP"
            }
        }
    }

    private struct Group: Encodable {
        var nodeGroupName: String
        var subGroupName: String
        var groupType: String
        var cloudProperties: String?
        var rulesByRole: [String: Rule]?
        var childGroups: [Group]?

        init(zone: String, named name: String) {
            nodeGroupName = name
            subGroupName = zone
            groupType = "geozone"
        }

        init(_ region: RegionSpec, of group: NodeGroupSpec, named name: String) {
            nodeGroupName = name
            subGroupName = region.name
            groupType = "region"
            let settings = region.settings.filter { ProductDocument.canSay($0.key, $0.value, inRegion: region.name) }
            cloudProperties = ProductDocument.properties(settings, after: [])
            var rules: [String: Rule] = [:]
            for role in group.roles {
                guard let own = group.effectiveRole(role.name, in: region.name) else { continue }
                rules[role.name] = Rule(own, in: region.name, of: name)
            }
            rulesByRole = rules
        }
    }

    private struct Rule: Encodable {
        var nodeGroupName: String
        var subGroupName: String
        var nodeRoleName: String
        var min: Int
        var max: Int
        var increment: Int
        var outExpression: String?
        var inExpression: String?
        var capacityRankingExpression: String?
        var capacityLimitExpression: String?

        init(_ role: RoleSpec, in region: String, of group: String) {
            nodeGroupName = group
            subGroupName = region
            nodeRoleName = role.name
            min = role.min
            max = role.max
            increment = 1
            if let rule = role.scaling.rules.first {
                (outExpression, inExpression, increment) = ProductDocument.expressions(rule, role)
            }
            if let limit = role.capacityLimit {
                capacityRankingExpression = ProductMetric.theirs(limit.expression).text
                capacityLimitExpression = "\(limit.below)"
            } else if let (ranking, limit) = ProductDocument.limit(role) {
                capacityRankingExpression = ranking
                capacityLimitExpression = limit
            } else {
                capacityRankingExpression = role.capacityRanking.map { ProductMetric.theirs($0).text }
            }
        }
    }

    /// `name=value;name=value`; nil for none.
    private static func properties(_ settings: [String: String], after first: [String]) -> String? {
        let parts = settings.sorted { $0.key < $1.key }.map { name, value in "\(name)=\(shown(value, of: name))" }
        let all = first + parts
        return all.isEmpty ? nil : all.joined(separator: ";")
    }

    /// Whether `name=value` in `cloudProperties` of a region is read as this setting again. What is not is left out, and stays as it is
    /// when the document comes back.
    static func canSay(_ name: String, _ value: String, inRegion region: String) -> Bool {
        canSay(name, value) && !(name == "region" && value == region)
    }

    /// As ``canSay(_:_:inRegion:)``, of a role: a size of machine is no setting there.
    static func canSayInRole(_ name: String, _ value: String) -> Bool {
        canSay(name, value) && !ProductWriter.sizes.contains(name)
    }

    private static func canSay(_ name: String, _ value: String) -> Bool {
        // Blanks at the ends are not read, nor is what has no value.
        let ends: [Character?] = [name.first, name.last, value.first, value.last]
        return !name.contains(";") && !name.contains("=") && !value.contains(";")
            && ends.allSatisfy { sign in sign != nil && sign != " " && sign != "\t" }
    }

    /// What each zone is called as a sub group: no two of them have one name there, so that one which is a region's too gets another.
    private static func zoneNames(_ regions: [RegionSpec]) -> [String: String] {
        let own = Set(regions.map(\.name))
        let zones = Set(regions.compactMap(\.zone))
        var taken = own.union(zones)
        var names: [String: String] = [:]
        for zone in zones.sorted() {
            var name = zone
            var count = 1
            // As long as a name may be, with what is put behind it.
            while own.contains(zone), taken.contains(name) {
                name = "\(zone.prefix(50))-zone" + (count == 1 ? "" : "-\(count)")
                count += 1
            }
            taken.insert(name)
            names[zone] = name
        }
        return names
    }

    /// What the product ranks by, and the limit of that, in the place of limits of ours; nil for none. It has one value for both: of
    /// several kinds of clients, and of nodes that pull, the sum of their shares, with which none of the limits is exceeded.
    private static func limit(_ role: RoleSpec) -> (ranking: String, limit: String)? {
        let clients = [Metric.publishers, Metric.subscribers].filter { role.capacity[$0] ?? 0 > 0 }
        let children = [Metric.children, Metric.clusterChildren].filter { role.capacity[$0] ?? 0 > 0 }
        let counts = (clients + children.prefix(1)).compactMap { metric in
            role.capacity[metric].map { (name: ProductMetric.theirs(metric), most: $0) }
        }
        guard let first = counts.first else { return nil }
        if counts.count == 1 { return (first.name, "\(first.most)") }
        return (counts.map { "\($0.name) / \($0.most)" }.joined(separator: " + "), "1")
    }

    /// A rule as two expressions: of a target those between which nothing changes.
    private static func expressions(_ rule: ScalingRule, _ role: RoleSpec) -> (String?, String?, Int) {
        func number(_ value: ScalingRule.TargetValue, _ metric: String) -> Double {
            switch value {
            case .average(let number): number
            case .utilization(let percent): (role.capacity[metric] ?? 0) * Double(percent) / 100
            }
        }
        switch rule {
        case .expression(let out, let back, let step, _):
            return (out.map { ProductMetric.theirs($0).text }, back.map { ProductMetric.theirs($0).text }, step)
        case .watermarks(let metric, let high, let low, _):
            let name = ProductMetric.theirs(metric)
            return ("avg(\(name)) > \(number(high, metric))", "avg(\(name)) < \(number(low, metric))", 1)
        case .target(let metric, let target, _):
            let value = number(target, metric)
            let out = value * Double(100 + role.scaling.toleranceOut) / 100
            let back = value * Double(100 - role.scaling.toleranceIn) / 100
            let name = ProductMetric.theirs(metric)
            return ("avg(\(name)) > \(out)", "avg(\(name)) < \(back)", 1)
        }
    }
}

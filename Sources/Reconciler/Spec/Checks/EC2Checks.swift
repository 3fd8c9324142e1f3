/// What a node group must say when its provider is of the type `ec2`.
enum EC2Checks {
    /// The settings of its regions and roles are known, and every role has an instance type and, in every region, an image.
    static func check(_ group: NodeGroupSpec, _ document: YAMLNode, _ ec2: EC2Spec, _ context: SpecContext) {
        let others = ec2.bootstrap.settingNames
        let regions = document["spec"]?["regions"]?.elements ?? []
        let roles = document.nearest("spec", "roles")
        for node in regions { checkSettings(node, besides: others, context) }
        for role in group.roles {
            guard let node = roles[role.name] else { continue }
            let title = roles.key(role.name) ?? node
            checkSettings(node, besides: others, context)
            if role.instanceType == nil {
                context.conflict(
                    "role '\(role.name)' has no 'instanceType', which ec2 needs", at: title,
                    suggestion: "add one, such as instanceType: c6i.large")
            }
            guard role.image == nil, group.image == nil, role.settings["image"] == nil else { continue }
            for region in group.regions where region.settings["image"] == nil {
                context.conflict(
                    "role '\(role.name)' has no image in region '\(region.name)'", at: title,
                    suggestion: "add 'image: ami-…' to the settings of the region, or 'image' to the role or the group")
                break
            }
        }
        checkVolumes(group, roles, context)
        checkSpot(group, document, ec2, context)
    }

    /// A highest price is one of spot instances.
    private static func checkSpot(
        _ group: NodeGroupSpec, _ document: YAMLNode, _ ec2: EC2Spec, _ context: SpecContext
    ) {
        let name = "spotMaxPrice"
        func isUsed(_ region: RegionSpec, _ role: RoleSpec) -> Bool {
            let merged = region.settings.merging(role.settings) { _, own in own }
            return EC2Settings.read(merged).settings.spot ?? ec2.spot
        }
        func report(_ owner: YAMLNode?, _ who: String) {
            guard let settings = owner?["settings"], let key = settings.key(name) else { return }
            context.conflict(
                "'\(name)' does nothing: no node of \(who) is asked for as spot", at: key, with: settings[name],
                settings["spot"],
                suggestion: "add 'spot: true', or take it away")
        }
        for region in group.regions {
            let node = document["spec"]?["regions"]?.elements.first { $0["name"]?.text == region.name }
            // What a role says itself stands above it.
            let roles = group.roles.filter { $0.settings[name] == nil }
            if region.settings[name] != nil, !roles.contains(where: { isUsed(region, $0) }) {
                report(node, "region '\(region.name)' that it is for")
            }
        }
        for role in group.roles where role.settings[name] != nil {
            if !group.regions.contains(where: { isUsed($0, role) }) {
                report(document.nearest("spec", "roles")[role.name], "role '\(role.name)'")
            }
        }
    }

    private static func checkSettings(_ owner: YAMLNode, besides others: Set<String>, _ context: SpecContext) {
        guard let settings = owner["settings"] else { return }
        for problem in EC2Settings.read(texts(of: settings), besides: others).problems
        where problem.kind != .incomplete {
            let place = problem.kind == .unknown ? settings.key(problem.name) : settings[problem.name]
            context.conflict(problem.message, at: place ?? settings, suggestion: problem.suggestion)
        }
    }

    /// A region's settings and a role's may complete each other.
    private static func checkVolumes(_ group: NodeGroupSpec, _ roles: YAMLNode, _ context: SpecContext) {
        for role in group.roles {
            for region in group.regions {
                let merged = region.settings.merging(role.settings) { _, own in own }
                guard let problem = EC2Settings.read(merged).problems.first(where: { $0.kind == .incomplete }) else {
                    continue
                }
                context.conflict(
                    "role '\(role.name)' in region '\(region.name)': \(problem.message)",
                    at: roles.key(role.name) ?? roles, suggestion: problem.suggestion)
                break
            }
        }
    }

    private static func texts(of node: YAMLNode) -> [String: String] {
        guard case .mapping(let members) = node.value else { return [:] }
        var texts: [String: String] = [:]
        for index in stride(from: 0, to: members.count, by: 2) {
            if let name = members[index].text, let text = members[index + 1].text { texts[name] = text }
        }
        return texts
    }
}

extension ProductWriter {
    /// A region or a role with the properties that it is sent.
    struct Owner: Sendable {
        /// For a person: `role 'edge'`.
        let title: String
        /// Ours.
        let name: String
        /// Those that count.
        let properties: [ProductConfig.Property]
    }

    /// All regions, or all roles, of the group.
    struct Owners: Sendable {
        let all: [Owner]
        /// The settings of now, by name.
        let kept: [String: [String: String]]
        let areRegions: Bool
    }

    /// The regions with their properties, those of the group and of the sub groups above them among these.
    func owners(ofRegions regions: [(name: String, leaf: ProductConfig.Leaf)]) -> Owners {
        let all = regions.map { region in
            Owner(
                title: "sub group '\(region.leaf.name.value)'", name: region.name,
                properties: (config.properties + region.leaf.properties).effective.filter {
                    !($0.name == "region" && $0.value == region.name)
                })
        }
        let now = (kept?.regions ?? []).map { ($0.name, $0.settings) }
        return Owners(all: all, kept: Dictionary(now, uniquingKeysWith: { first, _ in first }), areRegions: true)
    }

    /// The roles with their properties, those of their images among these.
    func owners(ofRoles roles: [(name: String, role: ProductConfig.Role)]) -> Owners {
        let all = roles.map { entry in
            Owner(
                title: "role '\(entry.role.name.value)'", name: entry.name,
                properties: properties(of: entry.role).filter { !Self.sizes.contains($0.name) })
        }
        let now = (kept?.roles ?? []).map { ($0.name, $0.settings) }
        return Owners(all: all, kept: Dictionary(now, uniquingKeysWith: { first, _ in first }), areRegions: false)
    }

    /// Those of a role that count: its image's, and its own over them.
    func properties(of role: ProductConfig.Role) -> [ProductConfig.Property] {
        guard let image = role.imageName?.value else { return role.properties.effective }
        let properties = config.images[image]?.properties ?? []
        let users = config.roles.filter { $0.imageName?.value == image }
        return ((users.count > 1 ? properties.map(\.shared) : properties) + role.properties).effective
    }

    /// Names that Amazon's provider has for what the product's properties say.
    private static let ec2Names = [
        "subnet": "subnet", "security_group": "securityGroups", "volume_size": "volumeSize",
        "volume_type": "volumeType", "key_name": "keyName", "instance_profile": "instanceProfile",
    ]

    /// What the provider calls a property; nil: it has no such setting. An export has the names of our own, so that these are taken too.
    private func setting(_ property: ProductConfig.Property) -> String? {
        guard provider.isEC2 else { return property.name }
        if let name = Self.ec2Names[property.name] { return name }
        let isUnknown = EC2Settings.read([property.name: ""]).problems.contains { $0.kind == .unknown }
        return isUnknown ? nil : property.name
    }

    /// Passed to the provider; for `ec2` in its own words, and what it has no word for is said to be left out. A secret that is masked is
    /// the one of now.
    mutating func settings(of name: String, in owners: Owners) -> [YAMLText.Member] {
        guard let owner = owners.all.first(where: { $0.name == name }) else { return [] }
        var members: [YAMLText.Member] = []
        for property in owner.properties {
            if provider.isEC2, property.name == "region", owners.areRegions {
                note(
                    "\(owner.title): it is in the region '\(property.value)' of Amazon's: give the provider 'ec2.regions: {\(name): \(property.value)}'"
                )
                continue
            }
            guard let key = setting(property) else {
                leaveOut(property, of: owner, in: owners)
                continue
            }
            guard let value = property.isMask ? secret(property, key, of: owner, in: owners) : property.value else {
                continue
            }
            // Twice when it is there in the product's words and in ours: the last counts.
            members.removeAll { $0.key == key }
            members.append(.init(key, .setting(value)))
        }
        guessDevice(for: owner, in: &members)
        return members + unsaid(owner, owners, besides: members)
    }

    /// Says that ec2 has no such setting; an error where the group has it now, as for the user data of its provider, and would lose it.
    private mutating func leaveOut(_ property: ProductConfig.Property, of owner: Owner, in owners: Owners) {
        guard owners.kept[owner.name]?[property.name] != nil else {
            note("\(owner.title): ec2 has no setting for '\(property.name)=\(property.value)'")
            return
        }
        context.error(
            "\(owner.title): the setting '\(property.name.shortened)' is none of ec2's, and would be lost",
            at: property.node ?? anywhere, "change the group in its own words: PUT /as/v1/nodegroups/{name}")
    }

    /// Amazon finds the root volume by its device name, which the product's words do not have.
    private mutating func guessDevice(for owner: Owner, in members: inout [YAMLText.Member]) {
        guard provider.isEC2, owner.properties.contains(where: { $0.name == "volume_size" }),
            !members.contains(where: { $0.key == "volumeDevice" })
        else { return }
        let place = members.firstIndex { $0.key == "volumeSize" }.map { $0 + 1 } ?? members.endIndex
        members.insert(.init("volumeDevice", .text("/dev/xvda")), at: place)
        note(
            "\(owner.title): volumeDevice '/dev/xvda' is a guess for the root volume: put in the root device name of your image"
        )
    }

    /// The secret of now that a mask stands for. Where that is not certain, nil and an error: a secret that is lost, or that of another
    /// region, would be found when nodes do not start.
    private func secret(
        _ property: ProductConfig.Property, _ key: String, of owner: Owner, in owners: Owners
    ) -> String? {
        let own = owners.kept[owner.name]?[key]
        if let own, !property.isShared || isOne(property, key, in: owners) { return own }
        context.error(
            "\(owner.title): the value of '\(property.name.shortened)' is masked, and which secret that is cannot be told",
            at: property.node ?? anywhere, "put in the secret itself")
        return nil
    }

    /// Whether a mask that stands above several stands for one secret: whoever has it now has the same one, and those that are to have it
    /// do. One with a mask of its own keeps what it has, and does not count.
    private func isOne(_ mask: ProductConfig.Property, _ key: String, in owners: Owners) -> Bool {
        var apart: Set<String> = []
        for owner in owners.all {
            if owner.properties.contains(where: { $0.isSame(as: mask) }) {
                if owners.kept[owner.name]?[key] == nil { return false }
            } else if owner.properties.contains(where: { $0.isMask && setting($0) == key }) {
                apart.insert(owner.name)
            }
        }
        let values = owners.kept.filter { !apart.contains($0.key) }.compactMap { $0.value[key] }
        return Set(values).count == 1
    }

    /// The settings of now that no property can say, so that nobody was shown them: they stay.
    private mutating func unsaid(
        _ owner: Owner, _ owners: Owners, besides members: [YAMLText.Member]
    ) -> [YAMLText.Member] {
        var result: [YAMLText.Member] = []
        for (key, value) in (owners.kept[owner.name] ?? [:]).sorted(by: { $0.key < $1.key }) {
            let canBeSaid =
                owners.areRegions
                ? ProductDocument.canSay(key, value, inRegion: owner.name) : ProductDocument.canSayInRole(key, value)
            guard !canBeSaid, !members.contains(where: { $0.key == key }) else { continue }
            result.append(.init(key, .setting(value)))
            note("\(owner.title): the setting '\(key.shortened)', which cloudProperties cannot say, stays as it is")
        }
        return result
    }
}

extension ProductImport.Provider {
    /// Whether settings are in the words of Amazon's.
    fileprivate var isEC2: Bool {
        guard case .named(_, isEC2: true?) = self else { return false }
        return true
    }
}

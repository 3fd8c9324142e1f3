/// Makes a node group of ours out of a ``ProductConfig``: names, regions, and the document as a whole. Roles are in
/// `ProductWriter+Roles.swift`, settings in `ProductWriter+Settings.swift`.
struct ProductWriter {
    let config: ProductConfig
    let provider: ProductImport.Provider
    let context: SpecContext
    /// The group as it is now, whose secrets stay where the config has masks for them; nil when there is none.
    let kept: NodeGroupSpec?
    /// One sentence each, in the order of the file as far as there is one.
    var notes: [String]

    /// Where the product's nodes listen unless they were told otherwise: RTMP, and HTTP for WHIP, WHEP and the rest.
    private static let endpoints: [(protocol: String, port: Int)] = [("rtmp", 1935), ("http", 5080)]

    init(
        _ config: ProductConfig, _ provider: ProductImport.Provider, _ context: SpecContext,
        keeping kept: NodeGroupSpec?
    ) {
        self.config = config
        self.provider = provider
        self.context = context
        self.kept = kept
        notes = config.leftOut
    }

    /// The YAML; nil, and errors in the context, when the group cannot be one of ours.
    mutating func make() -> (name: String, yaml: String)? {
        if let base = config.base {
            context.error(
                "this is an overlay of '\(base.value.shortened)', which has no counterpart", at: base.node ?? anywhere,
                "give the roles of that group 'scaling.schedules' with other bounds")
            return nil
        }
        if config.leaves.isEmpty { context.error("the node group has no sub groups to run nodes in", at: anywhere) }
        guard let name = ours(config.name, "node group") else { return nil }
        let roles = config.roles.compactMap { role in ours(role.name, "role").map { (name: $0, role: role) } }
        let regions = config.leaves.compactMap { leaf in ours(leaf.name, "sub group").map { (name: $0, leaf: leaf) } }
        checkReferences()
        checkTwice(roles.map { ($0.name, $0.role.name) }, "role")
        checkTwice(regions.map { ($0.name, $0.leaf.name) }, "sub group")
        guard context.diagnostics.isEmpty else { return nil }
        var spec: [YAMLText.Member] = [.init("provider", .text(providerName))]
        let images = Set(config.roles.compactMap(image))
        let common = images.count == 1 && config.roles.allSatisfy { image($0) != nil } ? images.first : nil
        if let common { spec.append(.init("image", .text(common))) }
        let limits = [("publishers", config.publisherLimit), ("subscribers", config.subscriberLimit)]
        let given = limits.compactMap { name, limit in limit.map { YAMLText.Member(name, .number($0)) } }
        if !given.isEmpty { spec.append(.init("limits", .braces(given))) }
        let schedules = self.schedules()
        let pools = roles.map {
            Pool($0.name, $0.role, regions.map { ($0.name, $0.leaf) }, isScheduled: !schedules.isEmpty)
        }
        let places = owners(ofRegions: regions)
        spec.append(.init("regions", .list(regions.map { region($0.name, $0.leaf, pools, places) })))
        let kinds = owners(ofRoles: roles)
        spec.append(
            .init("roles", .block(pools.map { .init($0.name, .block(role($0, common, schedules, kinds))) })))
        guard context.diagnostics.isEmpty else { return nil }
        noteGeneral(pools)
        return (name, standIn + document(name, spec))
    }

    // MARK: - The document

    /// Where an error is that has no other place.
    var anywhere: YAMLNode {
        config.name.node ?? YAMLNode(value: .mapping([]), line: 1, column: 1)
    }

    private func document(_ name: String, _ spec: [YAMLText.Member]) -> String {
        var annotations: [YAMLText.Member] = []
        if config.name.value != name {
            annotations.append(.init(ProductImport.nameAnnotation, .text(config.name.value)))
        }
        if let description = config.description, !description.isEmpty {
            annotations.append(.init(ProductImport.descriptionAnnotation, .text(description)))
        }
        var metadata: [YAMLText.Member] = [.init("name", .text(name))]
        if !annotations.isEmpty { metadata.append(.init("annotations", .block(annotations))) }
        return YAMLText.block([
            .init("apiVersion", .text(SpecDocument.apiVersion)), .init("kind", .text("NodeGroup")),
            .init("metadata", .block(metadata)), .init("spec", .block(spec)),
        ]).document
    }

    private var providerName: String {
        switch provider {
        case .standIn: ProductName.ours(config.platform.value) ?? "nodes"
        case .named(let name, _): name
        }
    }

    private var standIn: String {
        guard provider == .standIn else { return "" }
        return
            "# A stand-in for \(config.platform.value.shortened): nothing is made by it. docs/providers.md has the others.\n"
            + Self.provider(providerName, "simulated", nil) + "---\n"
    }

    /// A provider of a type, with these settings of the type, if any.
    static func provider(_ name: String, _ type: String, _ settings: String?) -> String {
        """
        apiVersion: \(SpecDocument.apiVersion)
        kind: Provider
        metadata:
          name: \(YAMLText.quoted(name))
        spec:
          type: \(type)
        \(settings.map { "  \(type): \($0)\n" } ?? "")
        """
    }

    // MARK: - Regions

    private mutating func region(
        _ name: String, _ leaf: ProductConfig.Leaf, _ pools: [Pool], _ places: Owners
    ) -> YAMLText {
        var members: [YAMLText.Member] = [.init("name", .text(name))]
        if let zone = leaf.ancestors.last, let own = ours(zone, "sub group") {
            members.append(.init("zone", .text(own)))
            if leaf.ancestors.count > 1 {
                let lost = leaf.ancestors.dropLast().map { "'\($0.value)'" }.joined(separator: " and ")
                note(
                    "sub group '\(leaf.name.value)': a region has one zone, '\(own)'; \(lost) above it cannot be asked for"
                )
            }
        }
        let settings = self.settings(of: name, in: places)
        if !settings.isEmpty { members.append(.init("settings", .braces(settings))) }
        let own = pools.compactMap { pool -> YAMLText.Member? in
            guard let bounds = pool.bounds[name], bounds != pool.common else { return nil }
            return .init(pool.name, .braces([.init("min", .number(bounds.min)), .init("max", .number(bounds.max))]))
        }
        if !own.isEmpty { members.append(.init("roles", .block(own))) }
        return .block(members)
    }

    // MARK: - Names and notes

    mutating func note(_ words: String) {
        if !notes.contains(words) { notes.append(words) }
    }

    /// The name as ours; nil, and an error, when nothing of it can stay.
    mutating func ours(_ name: ProductConfig.Mark<String>, _ title: String) -> String? {
        guard let own = ProductName.ours(name.value) else {
            context.error(
                "\(title) name '\(name.value.shortened)' has nothing that a name here may have: a-z, 0-9 and '-'",
                at: name.node ?? anywhere)
            return nil
        }
        if own != name.value { note("\(title) '\(name.value)' is named '\(own)' here: names are a-z, 0-9 and '-'") }
        return own
    }

    /// Names that differ there, and are the same here.
    private func checkTwice(_ names: [(own: String, name: ProductConfig.Mark<String>)], _ title: String) {
        var first: [String: String] = [:]
        for (own, name) in names {
            guard let earlier = first.updateValue(name.value, forKey: own) else { continue }
            context.error(
                "\(title) '\(name.value.shortened)' would be named '\(own)' here, as '\(earlier.shortened)' is",
                at: name.node ?? anywhere)
        }
    }

    private func checkReferences() {
        let names = config.roles.map(\.name.value)
        for role in config.roles {
            if let image = role.imageName, config.images[image.value] == nil {
                context.error(
                    Suggestion.noSuch("image", image.value.shortened, among: config.images.keys.sorted()),
                    at: image.node ?? anywhere)
            }
            if let parent = role.parent, !parent.value.isEmpty, !names.contains(parent.value) {
                context.error(
                    Suggestion.noSuch("role", parent.value.shortened, among: names), at: parent.node ?? anywhere)
            }
        }
        for leaf in config.leaves {
            for rule in leaf.rules where !names.contains(rule.role.value) {
                context.error(
                    Suggestion.noSuch("role", rule.role.value.shortened, among: names), at: rule.role.node ?? anywhere)
            }
        }
    }

    private func image(_ role: ProductConfig.Role) -> String? {
        role.imageName.flatMap { config.images[$0.value]?.image }
    }

    /// Image of a role where it is not that of all.
    func image(_ role: ProductConfig.Role, besides common: String?) -> String? {
        image(role).flatMap { $0 == common ? nil : $0 }
    }

    /// Where nodes that take clients listen.
    static var endpointList: YAMLText {
        .words(endpoints.map { .braces([.init("protocol", .text($0.protocol)), .init("port", .number($0.port))]) })
    }

    private mutating func noteGeneral(_ pools: [Pool]) {
        for leaf in config.leaves {
            let ruled = Set(leaf.rules.map(\.role.value))
            let without = config.roles.map(\.name.value).filter { !ruled.contains($0) }
            if without.isEmpty { continue }
            let names = without.map { "'\($0)'" }.joined(separator: ", ")
            note(
                "sub group '\(leaf.name.value)' has no rule for the role\(without.count == 1 ? "" : "s") \(names): no nodes of it there"
            )
        }
        if pools.contains(where: \.takesClients) {
            let words = Self.endpoints.map { "\($0.protocol) \($0.port)" }.joined(separator: " and ")
            note("endpoints are the product's usual ones, \(words): change them where your nodes listen elsewhere")
        }
        if config.isScalingPaused {
            note(ProductNote.pauseIsByHand)
        }
        if case .named(let name, isEC2: nil) = provider {
            note(
                "settings are in the product's words, for the type of the provider '\(name)' is not known here: with '-f SPEC' they are in those of ec2 where it is one"
            )
        }
        if provider == .standIn {
            note(
                "the provider '\(providerName)' is simulated: put in the one that makes your machines on \(config.platform.value.shortened)"
            )
        }
    }
}

/// Reads the JSON of a ``ProductConfig``. Errors have lines and columns as those of specs do.
///
/// Types are taken as the product's own clients send them: `min` and `max` are numbers or texts, `groups` is also `subGroups`. A key that is
/// not known is left out and said to be.
struct ProductReader {
    private let context: SpecContext
    private var config = ProductConfig()

    private init(_ context: SpecContext) { self.context = context }

    /// The config in a document; nil, and errors in the context, when it is none.
    static func read(_ document: YAMLNode, _ context: SpecContext) -> ProductConfig? {
        guard case .mapping = document.value else {
            context.key = ""
            context.expected("a node group as JSON, an object with name, roles and groups", document)
            return nil
        }
        var reader = ProductReader(context)
        reader.read(document)
        return context.diagnostics.contains { $0.severity == .error } ? nil : reader.config
    }

    private mutating func read(_ node: YAMLNode) {
        for (key, value) in node.members {
            switch key {
            case "name": config.name = required(key, value)
            case "description": config.description = text(key, value)
            case "isScalingPaused": config.isScalingPaused = flag(key, value)
            case "cloudPlatform": config.platform = required(key, value)
            case "cloudProperties": config.properties = properties(key, value).map(\.shared)
            case "maxPublishers": config.publisherLimit = integer(key, value, 0...Int(Int32.max))
            case "maxSubscribers": config.subscriberLimit = integer(key, value, 0...Int(Int32.max))
            case "baseNodeGroupName": config.base = text(key, value).map { .init($0, value) }
            case "schedules": config.schedules = values(key, value).map { schedule($0, $1) }
            case "images":
                for (name, image) in values(key, value) { config.images[name] = self.image(image) }
            case "roles": config.roles = values(key, value).map { role($0, $1) }
            case "groups", "subGroups":
                for (name, group) in values(key, value) { self.group(name, group, under: [], []) }
            default: leaveOut(key, value, of: "")
            }
        }
        for key in ["name", "cloudPlatform", "roles"] where node[key] == nil {
            context.error("missing key '\(key)' in the node group", at: node)
        }
        if node["groups"] == nil, node["subGroups"] == nil {
            context.error("missing key 'groups' in the node group: where its nodes run", at: node)
        }
        if let groups = node["groups"], node["subGroups"] != nil {
            context.error("'groups' and 'subGroups' mean the same: give one of them", at: groups)
        }
    }

    // MARK: - Parts

    private mutating func image(_ node: YAMLNode) -> ProductConfig.Image {
        var image = ProductConfig.Image()
        for (key, value) in node.members {
            switch key {
            case "name": break
            case "image": image.image = required(key, value).value
            case "cloudProperties": image.properties = properties(key, value)
            default: leaveOut(key, value, of: "image '\(node["name"]?.text ?? image.image)'")
            }
        }
        if node["image"] == nil { context.error("missing key 'image' in the image", at: node) }
        return image
    }

    private mutating func role(_ name: String, _ node: YAMLNode) -> ProductConfig.Role {
        var role = ProductConfig.Role()
        role.name = .init(name, node)
        for (key, value) in node.members {
            switch key {
            case "name": role.name = required(key, value)
            case "imageName": role.imageName = text(key, value).map { .init($0, value) }
            case "lifecycle": role.isManual = word(key, value, ["AUTO", "MANUAL"]) == "MANUAL"
            case "capabilities":
                for element in list(key, value) {
                    context.key = key
                    if let word = text(key, element) { role.capabilities.append(.init(word.uppercased(), element)) }
                }
            case "parentRoleName": role.parent = text(key, value).map { .init($0, value) }
            case "parentCardinality":
                role.cardinality = word(key, value, ["GLOBAL", "SUBGROUP", "AUTOGROUP"]).map { .init($0, value) }
            case "cloudProperties": role.properties = properties(key, value)
            default: leaveOut(key, value, of: "role '\(name)'")
            }
        }
        return role
    }

    private mutating func group(
        _ name: String, _ node: YAMLNode, under ancestors: [ProductConfig.Mark<String>],
        _ inherited: [ProductConfig.Property]
    ) {
        // As deep as no hierarchy of places is: a hostile document ends here.
        guard ancestors.count < 8 else {
            context.error("sub groups within each other more than 8 deep", at: node)
            return
        }
        guard case .mapping = node.value else {
            context.key = name
            context.expected("a sub group", node)
            return
        }
        var own = ProductConfig.Leaf()
        own.name = .init(name, node)
        own.ancestors = ancestors
        own.properties = inherited
        for (key, value) in node.members {
            switch key {
            case "subGroupName": own.name = required(key, value)
            case "cloudProperties": own.properties += properties(key, value)
            case "rulesByRole": own.rules = values(key, value).map { rule($0, $1) }
            // A label, a link to where it stands already, and what is read below.
            case "groupType", "nodeGroupName", "childGroups", "parentGroupName": break
            default: leaveOut(key, value, of: "sub group '\(name)'")
            }
        }
        var seen: Set<String> = []
        for rule in own.rules where !seen.insert(rule.role.value).inserted {
            context.error(
                "two rules for the role '\(rule.role.value.shortened)' in sub group '\(own.name.value.shortened)'",
                at: rule.role.node ?? node)
        }
        guard let children = node["childGroups"], !children.isNull, !children.isEmptyCollection else {
            config.leaves.append(own)
            return
        }
        if !own.rules.isEmpty, let rules = node["rulesByRole"] {
            context.error("sub group '\(own.name.value)' has rulesByRole and childGroups: only one of them", at: rules)
        }
        let named =
            children.elements.isEmpty
            ? values("childGroups", children)
            : children.elements.map { ($0["subGroupName"]?.text ?? "", $0) }
        for (name, child) in named { group(name, child, under: ancestors + [own.name], own.properties.map(\.shared)) }
    }

    private mutating func rule(_ role: String, _ node: YAMLNode) -> ProductConfig.Rule {
        var rule = ProductConfig.Rule()
        var bounds: (min: Int?, max: Int?)
        rule.role = .init(role, node)
        for (key, value) in node.members {
            switch key {
            case "nodeRoleName": rule.role = required(key, value)
            case "min": bounds.min = integer(key, value, 0...SpecLimits.nodes)
            case "max": bounds.max = integer(key, value, 0...SpecLimits.nodes)
            case "increment": rule.increment = integer(key, value, 1...SpecLimits.nodes) ?? 1
            case "outExpression": rule.out = expression(key, value)
            case "inExpression": rule.in = expression(key, value)
            case "capacityRankingExpression": rule.ranking = expression(key, value)
            case "capacityLimitExpression": rule.limit = expression(key, value)
            case "nodeGroupName", "subGroupName": break
            default: leaveOut(key, value, of: "rule of role '\(role)'")
            }
        }
        for key in ["min", "max"] where node[key] == nil {
            context.error("missing key '\(key)' in the rule of role '\(role)'", at: node)
        }
        // What could not be read is an error already.
        if let min = bounds.min, let max = bounds.max, min > max {
            context.error("min \(min) is more than max \(max) in the rule of role '\(role)'", at: node["min"] ?? node)
        }
        (rule.min, rule.max) = (bounds.min ?? 0, bounds.max ?? 0)
        return rule
    }

    private mutating func schedule(_ name: String, _ node: YAMLNode) -> ProductConfig.Schedule {
        var schedule = ProductConfig.Schedule()
        schedule.name = name
        for (key, value) in node.members {
            switch key {
            case "name": schedule.name = required(key, value).value
            case "startAt": schedule.startAt = required(key, value)
            case "durationS": schedule.duration = integer(key, value, 60...31_536_000) ?? 0
            default: leaveOut(key, value, of: "schedule '\(name)'")
            }
        }
        for key in ["startAt", "durationS"] where node[key] == nil {
            context.error("missing key '\(key)' in the schedule '\(name)'", at: node)
        }
        return schedule
    }

    // MARK: - Values

    private mutating func leaveOut(_ key: String, _ value: YAMLNode, of owner: String) {
        guard !value.isNull, !value.isEmptyCollection else { return }
        if let words = ProductNote.leftOut(key, value, of: owner) { config.leftOut.append(words) }
    }

    private func text(_ key: String, _ node: YAMLNode) -> String? {
        if node.isNull { return nil }
        guard let text = node.text, !node.isNumberOrBoolean else {
            context.key = key
            context.expected("a text", node)
            return nil
        }
        return text
    }

    private func required(_ key: String, _ node: YAMLNode) -> ProductConfig.Mark<String> {
        let text = text(key, node)
        if text == "" || node.isNull { context.error("'\(key)' is empty", at: node) }
        return .init(text ?? "", node)
    }

    /// An expression, or a number in its place; nil for nothing.
    private func expression(_ key: String, _ node: YAMLNode) -> ProductConfig.Mark<String>? {
        if node.isNumberOrBoolean { return node.text.map { .init($0, node) } }
        guard let text = text(key, node), !text.isEmpty else { return nil }
        return .init(text, node)
    }

    private func word(_ key: String, _ node: YAMLNode, _ known: [String]) -> String? {
        guard let text = text(key, node)?.uppercased() else { return nil }
        if known.contains(text) { return text }
        context.key = key
        context.expected("one of \(known.joined(separator: ", "))", node)
        return nil
    }

    private func flag(_ key: String, _ node: YAMLNode) -> Bool {
        if node.isNull { return false }
        if let flag = node.text.flatMap(YAMLScalar.boolean) { return flag }
        context.key = key
        context.expected("true or false", node)
        return false
    }

    private func integer(_ key: String, _ node: YAMLNode, _ range: ClosedRange<Int>) -> Int? {
        if node.isNull { return nil }
        if let value = node.text.flatMap({ Int($0) }), range.contains(value) { return value }
        context.key = key
        context.expected("a whole number from \(range.lowerBound) to \(range.upperBound)", node)
        return nil
    }

    private func list(_ key: String, _ node: YAMLNode) -> [YAMLNode] {
        if node.isNull { return [] }
        guard case .sequence(let elements) = node.value else {
            context.key = key
            context.expected("a list", node)
            return []
        }
        return elements
    }

    /// The members of an object whose values are objects.
    private func values(_ key: String, _ node: YAMLNode) -> [(String, YAMLNode)] {
        if node.isNull { return [] }
        guard case .mapping = node.value else {
            context.key = key
            context.expected("an object", node)
            return []
        }
        return node.members.filter { name, value in
            if case .mapping = value.value { return true }
            context.key = name
            context.expected("an object", value)
            return false
        }
    }

    /// `name=value;name=value`; a part without a value, or one whose value is empty, says nothing.
    private func properties(_ key: String, _ node: YAMLNode) -> [ProductConfig.Property] {
        guard let text = text(key, node) else { return [] }
        return text.split(separator: ";").compactMap { part in
            let part = part.trimmingSpaces
            guard !part.isEmpty else { return nil }
            guard let sign = part.firstIndex(of: "="), sign > part.startIndex else {
                context.error("'\(String(part).shortened)' in '\(key)' is not NAME=VALUE", at: node)
                return nil
            }
            let value = part[part.index(after: sign)...].trimmingSpaces
            if value.isEmpty { return nil }
            return ProductConfig.Property(
                name: String(part[..<sign].trimmingSpaces), value: String(value), node: node)
        }
    }
}

extension YAMLNode {
    /// Keys and values of a mapping, in its order; none for anything else.
    var members: [(key: String, value: YAMLNode)] {
        guard case .mapping(let members) = value else { return [] }
        return stride(from: 0, to: members.count, by: 2).map { (members[$0].text ?? "", members[$0 + 1]) }
    }

    /// `{}` or `[]`.
    var isEmptyCollection: Bool {
        switch value {
        case .scalar: false
        case .sequence(let elements): elements.isEmpty
        case .mapping(let members): members.isEmpty
        }
    }
}

extension Substring {
    /// Without blanks at both ends.
    fileprivate var trimmingSpaces: Substring {
        var text = drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}

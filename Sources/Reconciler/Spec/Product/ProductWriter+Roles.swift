extension ProductWriter {
    /// The members of one role, in the order in which ours are written.
    mutating func role(
        _ pool: Pool, _ commonImage: String?, _ schedules: [ProductSchedule], _ kinds: Owners
    ) -> [YAMLText.Member] {
        let role = pool.role
        let title = "role '\(role.name.value)'"
        var members: [YAMLText.Member] = []
        if let parent = role.parent, !parent.value.isEmpty, let own = ours(parent, "role") {
            members.append(.init("parent", .text(own)))
            switch role.cardinality?.value {
            case "SUBGROUP": members.append(.init("parents", .text(ParentReach.region.rawValue)))
            case "AUTOGROUP": members.append(.init("parents", .text(ParentReach.perParent.rawValue)))
            default: break
            }
        }
        members.append(.init("capabilities", .words(capabilities(of: role).map { .text($0.rawValue) })))
        if pool.takesClients { members.append(.init("endpoints", Self.endpointList)) }
        members += capacity(of: pool)
        if let image = image(role, besides: commonImage) { members.append(.init("image", .text(image))) }
        if let type = properties(of: role).last(where: { Self.sizes.contains($0.name) }) {
            members.append(.init("instanceType", .text(type.value)))
        }
        let settings = self.settings(of: pool.name, in: kinds)
        if !settings.isEmpty { members.append(.init("settings", .braces(settings))) }
        members.append(.init("min", .number(pool.common.min)))
        members.append(.init("max", .number(pool.common.max)))
        let scaling = self.scaling(of: pool, schedules)
        if !scaling.isEmpty { members.append(.init("scaling", .block(scaling))) }
        noteDifferences(pool, title)
        return members
    }

    /// Properties that name a size of machine.
    static let sizes = ["instance_type", "instanceType"]

    private mutating func noteDifferences(_ pool: Pool, _ title: String) {
        if !pool.others.isEmpty {
            let places = pool.others.map { "'\($0)'" }.joined(separator: ", ")
            note(
                "\(title): its rule is another in \(places), and is the same everywhere here: only min and max may differ by region"
            )
        }
        if !pool.otherNumbers.isEmpty {
            let places = pool.otherNumbers.map { "'\($0)'" }.joined(separator: ", ")
            note("\(title): a schedule has the same numbers in every region; those of \(places) are not carried over")
        }
        if pool.role.isManual {
            note("\(title) is MANUAL: it has no rules here, and 'smreconcile scale' changes its count")
        }
    }

    private mutating func capabilities(of role: ProductConfig.Role) -> [Capability] {
        var found: [Capability] = []
        for mark in role.capabilities {
            if let own = Capability(rawValue: mark.value.lowercased()) {
                if !found.contains(own) { found.append(own) }
            } else if ["MIX", "XILINX", "ZIXI"].contains(mark.value) {
                note(
                    "role '\(role.name.value)': the capability \(mark.value) has no counterpart here; its nodes are made, and nobody is sent to them for it"
                )
            } else {
                context.error(
                    "unknown capability '\(mark.value.shortened)'",
                    at: mark.node ?? YAMLNode(value: .mapping([]), line: 1, column: 1),
                    "the product has PUBLISH, SUBSCRIBE, TRANSCODE, MIX, XILINX and ZIXI")
            }
        }
        // What others pull from and no client is sent to is a relay.
        let isParent = config.roles.contains { $0.parent?.value == role.name.value }
        return found.isEmpty && role.capabilities.isEmpty && isParent ? [.relay] : found
    }

    // MARK: - Scaling

    private mutating func scaling(of pool: Pool, _ schedules: [ProductSchedule]) -> [YAMLText.Member] {
        var members: [YAMLText.Member] = []
        if let rule = pool.rule, !pool.role.isManual, rule.max > 0, let text = scalingRule(rule, pool) {
            members.append(.init("rules", .list([text])))
        }
        if let bounds = pool.scheduled, bounds.max > 0, !schedules.isEmpty {
            members.append(
                .init(
                    "schedules",
                    .list(
                        schedules.map { schedule in
                            .braces(
                                schedule.members + [
                                    .init("min", .number(bounds.min)), .init("max", .number(bounds.max)),
                                ])
                        })))
        }
        return members
    }

    private mutating func scalingRule(_ rule: ProductConfig.Rule, _ pool: Pool) -> YAMLText? {
        let out = expression(rule.out, .scale, pool)
        var back = expression(rule.in, .scale, pool)
        let bounds = pool.scheduled ?? pool.common
        if let calm = FlapChecks.calmed(
            back, beside: out, step: rule.increment, min: bounds.min, max: bounds.max)
        {
            note(
                "role '\(pool.role.name.value)': inExpression '\(back?.text ?? "")' is '\(calm.text)' here: with step \(rule.increment) it would flap, scaling in would make outExpression true again"
            )
            back = calm
        }
        var members: [YAMLText.Member] = []
        if let out { members.append(.init("scaleOut", .text(out.text))) }
        if let back { members.append(.init("scaleIn", .text(back.text))) }
        if members.isEmpty { return nil }
        return .braces(members + [.init("step", .number(rule.increment))])
    }

    /// An expression of the product in our metrics; nil, and an error in its text, when it is none.
    private mutating func expression(
        _ mark: ProductConfig.Mark<String>?, _ form: Expression.Form, _ pool: Pool
    ) -> Expression? {
        read(mark, form, pool).map(ProductMetric.ours)
    }

    /// An expression of the product, whose grammar is part of ours; nil, and an error in its text, when it is none.
    private mutating func read(
        _ mark: ProductConfig.Mark<String>?, _ form: Expression.Form, _ pool: Pool
    ) -> Expression? {
        guard let mark else { return nil }
        let read: Expression
        do throws(ExpressionError) {
            read = try context.expression(mark.value, form: form)
        } catch {
            if let node = mark.node { context.error(error.message, at: node, offset: error.offset, error.suggestion) }
            return nil
        }
        let metrics = read.metrics.sorted()
        for metric in metrics {
            let title = "role '\(pool.role.name.value)'"
            if let words = ProductMetric.renamed[metric] {
                note("\(title): \(words)")
            } else if !ProductMetric.reported.contains(metric) {
                note(
                    "\(title): '\(metric)' is no metric of our agent: where nodes do not report it, nothing follows from it"
                )
            }
        }
        return read
    }

    // MARK: - Capacity

    /// `capacity`, `capacityRanking` and `capacityLimit`: the product has one limit on the value that it ranks by.
    private mutating func capacity(of pool: Pool) -> [YAMLText.Member] {
        guard let rule = pool.rule else { return [] }
        let read = read(rule.ranking, .capacity, pool)
        let ranking = read.map(ProductMetric.ranking)
        let limit = expression(rule.limit, .capacity, pool)
        let ranked = ranking.flatMap { $0.root.hasMetric ? $0 : nil }
        let rankingMember = ranked.map { YAMLText.Member("capacityRanking", .text($0.text)) }
        guard let limit else { return [rankingMember].compactMap { $0 } }
        guard var bound = limit.evaluate(node: [:]).number, !limit.root.hasMetric else {
            // Both in the product's units, for they are compared.
            let rank = read.map { ProductMetric.ours($0).text } ?? "0"
            return [rankingMember, limited("(\(rank)) - (\(limit.text)) + 1", below: 1)].compactMap { $0 }
        }
        if let read, ProductMetric.isPercent(read) { bound /= 100 }
        if case .metric(let metric)? = ranked?.root, Self.counts.contains(metric), bound >= 1 {
            let capacity = YAMLText.Member("capacity", .braces([.init(metric, .number(bound))]))
            // Load in proportion to the limit is what decides without a ranking.
            return isUsual(metric, pool) ? [capacity] : [capacity, rankingMember].compactMap { $0 }
        }
        if let ranked, bound > 0 { return [rankingMember, limited(ranked.text, below: bound)].compactMap { $0 } }
        let rank = ranking?.evaluate(node: [:]).number ?? 0
        if pool.takesClients, ranked != nil || rank >= bound {
            note(
                "role '\(pool.role.name.value)': with capacityLimitExpression '\(limit.text)' the product sends nobody there; that limit is not carried over"
            )
        }
        return [rankingMember].compactMap { $0 }
    }

    private func limited(_ expression: String, below bound: Double) -> YAMLText.Member {
        .init("capacityLimit", .braces([.init("expression", .text(expression)), .init("below", .number(bound))]))
    }

    /// Metrics that count what a node has, so that a limit of them is a capacity.
    private static let counts: Set<String> = [
        Metric.publishers, Metric.subscribers, Metric.children, Metric.clusterChildren,
    ]

    /// Whether the metric is the only thing that its clients could be ranked by.
    private func isUsual(_ metric: String, _ pool: Pool) -> Bool {
        let capabilities = Set(pool.role.capabilities.map(\.value))
        switch metric {
        case Metric.publishers: return !capabilities.contains("SUBSCRIBE")
        case Metric.subscribers: return capabilities.isDisjoint(with: ["PUBLISH", "TRANSCODE"])
        default: return !pool.takesClients
        }
    }
}

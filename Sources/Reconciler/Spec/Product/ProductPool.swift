extension ProductWriter {
    /// One role with its numbers in every region.
    struct Pool {
        /// Ours.
        let name: String
        let role: ProductConfig.Role
        /// The rule of the first sub group that has nodes of it; nil when none has a rule.
        let rule: ProductConfig.Rule?
        /// What holds where a region says nothing else.
        let common: Bounds
        /// By region.
        let bounds: [String: Bounds]
        /// What holds while the group's schedule is open; nil: the group is always there.
        let scheduled: Bounds?
        /// Regions whose rule says something else than `rule` beside the numbers.
        let others: [String]
        /// Regions whose numbers are others while the schedule is open.
        let otherNumbers: [String]

        struct Bounds: Equatable {
            var min: Int
            var max: Int
        }

        /// Its numbers in these regions; a sub group without a rule for it has none of its nodes.
        init(
            _ name: String, _ role: ProductConfig.Role, _ regions: [(name: String, leaf: ProductConfig.Leaf)],
            isScheduled: Bool
        ) {
            self.name = name
            self.role = role
            let rules = regions.map { region in
                (region.name, region.leaf.rules.last { $0.role.value == role.name.value })
            }
            let first = rules.lazy.compactMap(\.1).first { $0.max > 0 } ?? rules.lazy.compactMap(\.1).first
            rule = first
            let usual = first.map { Bounds(min: $0.min, max: $0.max) } ?? Bounds(min: 0, max: 0)
            let numbers = rules.map { name, rule in
                (name, rule.map { Bounds(min: $0.min, max: $0.max) } ?? Bounds(min: 0, max: 0))
            }
            scheduled = isScheduled ? usual : nil
            common = isScheduled ? Bounds(min: 0, max: 0) : usual
            bounds = isScheduled ? [:] : Dictionary(numbers, uniquingKeysWith: { $1 })
            otherNumbers = isScheduled ? numbers.filter { $0.1 != usual }.map(\.0) : []
            others = rules.compactMap { region, rule in
                guard let rule, let first, rule.max > 0, !rule.says(sameAs: first) else { return nil }
                return region
            }
        }

        /// Whether clients are sent to its nodes.
        var takesClients: Bool {
            role.capabilities.contains { ["PUBLISH", "SUBSCRIBE", "TRANSCODE"].contains($0.value) }
        }
    }
}

extension ProductConfig.Rule {
    /// Whether both scale and rank alike, whatever their bounds.
    fileprivate func says(sameAs other: Self) -> Bool {
        increment == other.increment && out?.value == other.out?.value && `in`?.value == other.in?.value
            && ranking?.value == other.ranking?.value && limit?.value == other.limit?.value
    }
}

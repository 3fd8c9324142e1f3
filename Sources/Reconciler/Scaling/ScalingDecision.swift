/// How one pool's desired count came about: measured, proposed, recommended, stabilised, limited, decided.
///
///     rules ─▶ proposed ─max─▶ + buffer ─▶ recommended ─▶ stabilized ─▶ limited (rate) ─▶ desired (min, max, by hand)
package struct ScalingDecision: Sendable, Equatable, Codable {
    package var nodeGroup: String
    package var region: String
    package var role: String
    /// The count before this decision: what was decided last, else the nodes that are there and not leaving.
    package var current: Int
    /// In service, warmed up and heard of lately: whose load counts.
    package var ready: Int
    /// In service.
    package var serving: Int
    package var rules: [RuleOutcome]
    /// What the rules and the buffer ask for together.
    package var recommended: Int
    /// ``recommended``, held by the safest recommendation of the stabilisation windows.
    package var stabilized: Int
    /// ``stabilized``, as far as the rate policies let it go at once.
    package var limited: Int
    /// ``limited``, between min and max, or what a person or a schedule set.
    package var desired: Int
    /// The bounds in force, with the schedules that are open.
    package var min: Int
    package var max: Int
    /// In words, one sentence per step.
    package var reasons: [String]
    /// What is wanted and held back, and for how long, in words; empty when nothing is.
    package var waiting: [String]

    package init(_ pool: PoolKey, current: Int, ready: Int, serving: Int, min: Int, max: Int) {
        nodeGroup = pool.group
        region = pool.region
        role = pool.role
        self.current = current
        self.ready = ready
        self.serving = serving
        self.min = min
        self.max = max
        rules = []
        recommended = current
        stabilized = current
        limited = current
        desired = current
        reasons = []
        waiting = []
    }

    package var pool: PoolKey { PoolKey(group: nodeGroup, region: region, role: role) }
}

/// What one rule made of what was measured.
package struct RuleOutcome: Sendable, Equatable, Codable {
    /// Which rule, as ``ScalingRule/name`` has it: `connections.subscriber target 60%`.
    package var rule: String
    /// What was measured; nil: unknown.
    package var value: Value?
    /// How many nodes it asks for; nil: it has no opinion, as a rule that only grows has while there is nothing to grow for.
    package var proposed: Int?
    /// In words, with the numbers in them.
    package var reason: String

    package init(rule: String, value: Value?, proposed: Int?, reason: String) {
        self.rule = rule
        self.value = value
        self.proposed = proposed
        self.reason = reason
    }

    private enum CodingKeys: String, CodingKey { case rule, value, proposed, reason }

    /// All four are always there, null for what is unknown: programs need not ask first.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(rule, forKey: .rule)
        try container.encode(value, forKey: .value)
        try container.encode(proposed, forKey: .proposed)
        try container.encode(reason, forKey: .reason)
    }

    /// A number for a metric (whole percent of the capacity, or an average per node), a word for an expression.
    package enum Value: Sendable, Equatable, Codable {
        case number(Double)
        /// `scaleOut`, `scaleIn` or `neither`: which expression is true.
        case word(String)

        package init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else {
                self = .word(try container.decode(String.self))
            }
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .number(let number): try container.encode(number)
            case .word(let word): try container.encode(word)
            }
        }
    }
}

/// What one rule says, for those who put the rules together.
struct RuleVerdict {
    /// For plans and people.
    var outcome: RuleOutcome
    /// The count that the measured load alone asks for, on top of which a buffer of nodes is kept. Nil: the rule is not about load in
    /// proportion to nodes, or the count stays for another reason than the load.
    var needed: Int?
    /// The count stays since the load is near enough to the target.
    var isWithinTolerance = false
    /// The rule has a band in which the count stays, two marks.
    var isBand = false
    /// Its metric is missing: nothing may shrink.
    var isUnknown = false
    /// What it was measured to be in this round, for rules that look at several periods: 1 and 0 for true and false.
    var samples: [Sample] = []

    struct Sample {
        var of: String
        var value: Double
    }
}

/// What a rule looks at.
struct RuleInput {
    let scaling: ScalingSpec
    let capacity: [String: Double]
    let load: PoolLoad
    /// The count that "no change" means.
    let current: Int
    /// Clients that found no room a moment ago.
    let unserved: Int
    let history: PeriodHistory

    /// What one node can take of a metric; the spec was checked to have it where percent are used.
    func capacity(of metric: String) -> Double { capacity[metric] ?? 0 }
}

extension ScalingRule {
    /// What it asks for.
    func verdict(_ input: RuleInput) -> RuleVerdict {
        switch self {
        case .target(let metric, let target, let periods):
            TargetRule(name: name, metric: metric, target: target, periods: periods).verdict(input)
        case .watermarks(let metric, let high, let low, let periods):
            WatermarkRule(name: name, metric: metric, high: high, low: low, periods: periods).verdict(input)
        case .expression(let scaleOut, let scaleIn, let step, let periods):
            ExpressionRule(name: name, scaleOut: scaleOut, scaleIn: scaleIn, step: step, periods: periods)
                .verdict(input)
        }
    }
}

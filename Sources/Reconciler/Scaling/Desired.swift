/// What a pool's desired count depends on.
struct ScalingInput {
    let pool: PoolKey
    /// With the region's own numbers.
    let role: RoleSpec
    /// Nodes that neither leave nor are faulty.
    let wanted: [Node]
    let history: ScalingHistory
    /// Set while the group's counts stand still.
    let pause: ScalingPause?
    let unserved: Int
    /// Not heard of for `suspectAfter`.
    let isSilent: (Node) -> Bool
    let now: Timestamp
}

extension ScalingInput {
    /// How long the newest nodes took from their request to service, in milliseconds: those that are there, else what is remembered.
    var boots: [Int] {
        let times = wanted.compactMap { node -> (at: Timestamp, boot: Int)? in
            guard let at = node.inServiceAt, at > node.requestedAt else { return nil }
            return (at, Int((at - node.requestedAt).wholeMilliseconds))
        }
        if times.isEmpty { return history.boots }
        return times.sorted { $0.at < $1.at }.suffix(ScalingHistory.rememberedBoots).map(\.boot)
    }
}

/// How many nodes a pool should have: rules, buffer, stabilisation, rate, bounds, and a person's word, in this order.
enum Desired {
    /// The decision, and what to remember of it once it is carried out.
    static func decide(_ input: ScalingInput) -> (decision: ScalingDecision, history: ScalingHistory) {
        var decider = Decider(input)
        decider.decide()
        return (decider.decision, decider.history)
    }
}

/// One decision in the making, step by step.
private struct Decider {
    private let input: ScalingInput
    private let load: PoolLoad
    private let bounds: ActiveBounds
    private(set) var decision: ScalingDecision
    private(set) var history: ScalingHistory

    private var scaling: ScalingSpec { input.role.scaling }
    private var now: Timestamp { input.now }
    private var current: Int { decision.current }
    private var isFixed: Bool { input.role.isFixed }

    init(_ input: ScalingInput) {
        self.input = input
        load = PoolLoad(
            input.wanted, warmup: input.role.scaling.warmup, now: input.now, isSilent: input.isSilent)
        bounds = ActiveBounds(input.role, boots: input.boots, now: input.now)
        history = input.history
        decision = ScalingDecision(
            input.pool, current: input.history.desired ?? input.wanted.count, ready: load.ready.count,
            serving: load.serving, min: bounds.min, max: bounds.max)
    }

    mutating func decide() {
        if isFixed {
            decision.recommended = bounds.min
            decision.stabilized = bounds.min
            decision.limited = bounds.min
            history.recommendations = []
        } else {
            recommend()
            stabilize()
            limit()
        }
        decision.reasons += bounds.reasons
        settle()
        remember()
    }

    // MARK: - What the rules ask for

    private mutating func recommend() {
        let periods = PeriodHistory(averages: history.averages, now: now)
        let ruleInput = RuleInput(
            scaling: scaling, capacity: input.role.capacity, load: load, current: current, unserved: input.unserved,
            history: periods)
        let verdicts = scaling.rules.map { $0.verdict(ruleInput) }
        history.averages = periods.recording(zip(verdicts, scaling.rules.map(\.periods)).map { ($0, $1) })
        decision.rules = verdicts.map(\.outcome)
        let buffer = Buffer(scaling.buffer, current: current, load: load, capacity: input.role.capacity)
        var best: (count: Int, words: String)?
        for verdict in verdicts {
            guard let count = buffer.adding(to: verdict) else { continue }
            if best == nil || count > best?.count ?? 0 {
                let more = count - (verdict.outcome.proposed ?? count)
                let extra = more > 0 ? " and \(more) more as buffer" : ""
                best = (count, "'\(verdict.outcome.rule)'\(extra)")
            }
        }
        if let free = buffer.alone(hasRules: !scaling.rules.isEmpty) {
            decision.reasons.append(free.reason)
            if let count = free.count, count > best?.count ?? -1 { best = (count, "the buffer") }
        }
        let unknown = verdicts.filter(\.isUnknown).map(\.outcome.rule)
        decision.recommended = best?.count ?? current
        if let silent = unknown.first, decision.recommended < current {
            decision.recommended = current
            decision.reasons.append(
                "recommended \(current): '\(silent)' is unknown, and what is unknown may not shrink")
        } else if let best {
            let others = verdicts.compactMap(\.outcome.proposed).count
            let most = others > 1 ? ", which asks for the most" : ""
            decision.reasons.append("recommended \(best.count) by \(best.words)\(most)")
        } else {
            decision.reasons.append("recommended \(current): no rule asks for a change")
        }
    }

    // MARK: - How fast it may follow

    private mutating func stabilize() {
        let recommended = decision.recommended
        decision.stabilized = Stabilization.stabilize(
            recommended, current: current, history.recommendations, scaling, now: now)
        if decision.stabilized != recommended,
            let release = Stabilization.release(
                of: recommended, current: current, history.recommendations, scaling, now: now)
        {
            let shrinks = recommended < current
            let window = shrinks ? scaling.scaleIn.stabilization : scaling.scaleOut.stabilization
            decision.reasons.append(
                "stabilized at \(decision.stabilized): \(shrinks ? "as many as" : "as few as") \(release.held.nodes) were "
                    + "recommended in the last \(window.specText)")
            decision.waiting.append(
                "scaling \(shrinks ? "in" : "out") to \(recommended) waits until \(release.at) "
                    + "(\(Self.left(until: release.at, now))): at \(release.held.at) the recommendation was "
                    + "\(release.held.nodes)")
        }
        history.recommendations = Stabilization.record(recommended, history.recommendations, scaling, now: now)
    }

    private mutating func limit() {
        let wanted = decision.stabilized
        let events = history.events
        var behavior: ScalingSpec.Behavior?
        decision.limited = wanted
        if wanted > current {
            let highest = RateLimit.highest(from: current, events, scaling.scaleOut, now: now)
            if highest < wanted { (decision.limited, behavior) = (highest, scaling.scaleOut) }
        } else if wanted < current {
            let lowest = RateLimit.lowest(from: current, events, scaling.scaleIn, now: now)
            if lowest > wanted { (decision.limited, behavior) = (lowest, scaling.scaleIn) }
        }
        guard let behavior else { return }
        let direction = wanted > current ? "scaleOut" : "scaleIn"
        if behavior.select == .disabled {
            decision.reasons.append("limited to \(decision.limited): \(direction).select is disabled")
            decision.waiting.append("scaling to \(wanted) never happens: \(direction).select is disabled")
            return
        }
        let policies = behavior.policies.map(\.words).joined(separator: behavior.select == .min ? " and " : " or ")
        decision.reasons.append("limited to \(decision.limited) of \(wanted): \(direction) goes by \(policies)")
        let again = RateLimit.release(events, behavior, now: now)
        decision.waiting.append(
            "scaling on to \(wanted) goes by \(policies)"
                + (again.map { "; the next step is possible at \($0) (\(Self.left(until: $0, now)))" } ?? ""))
    }

    // MARK: - Bounds, and a person's word

    private mutating func settle() {
        let wanted = decision.limited
        decision.desired = min(max(wanted, bounds.min), bounds.max)
        if isFixed {
            if bounds.reasons.isEmpty {
                decision.reasons.append(
                    "min of role '\(input.pool.role)' in \(input.pool.region) is \(bounds.min), and it has no scaling rules"
                )
            }
        } else if wanted < bounds.min {
            decision.reasons.append("min is \(bounds.min)")
        } else if wanted > bounds.max {
            decision.reasons.append("max is \(bounds.max)")
            decision.waiting.append("\(wanted) are wanted, and max is \(bounds.max)")
        }
        if let exact = bounds.desired { decision.desired = exact }
        if let override = input.history.override {
            if let until = override.until, until <= now {
                history.override = nil
            } else {
                decision.desired = min(max(override.nodes, bounds.min), bounds.max)
                let end =
                    override.until.map { "until \($0) (\(Self.left(until: $0, now)))" } ?? "until it is taken back"
                decision.reasons.append("set to \(override.nodes) by \(override.by) \(end)")
                if override.nodes != decision.desired {
                    decision.reasons.append("the bounds are \(bounds.min) to \(bounds.max)")
                }
            }
        }
        if let pause = input.pause {
            if decision.desired != current { decision.waiting.append("\(decision.desired) would be wanted now") }
            decision.desired = current
            decision.reasons.append("paused by \(pause.by) since \(pause.since): \(current) stay")
        }
    }

    private mutating func remember() {
        let change = decision.desired - current
        history.events = RateLimit.counted(history.events, scaling, now: now)
        if change != 0, !isFixed { history.events.append(.init(at: now, change: change)) }
        history.desired = decision.desired
    }

    private static func left(until time: Timestamp, _ now: Timestamp) -> String {
        // Whole seconds: nobody waits for milliseconds.
        Duration.seconds(max((time - now).wholeMilliseconds + 999, 0) / 1000).specText
    }
}

extension ScalingSpec.Policy {
    /// `4 nodes per 1m`.
    fileprivate var words: String {
        switch change {
        case .nodes(let count): "\(count) node\(count == 1 ? "" : "s") per \(period.specText)"
        case .percent(let percent): "\(percent)% per \(period.specText)"
        }
    }
}

/// What a pool's desired count depends on.
struct ScalingInput {
    let pool: PoolKey
    /// With the region's own numbers, for all parent nodes.
    let role: RoleSpec
    /// How these came about, where they hold for each parent node.
    let arithmetic: String?
    /// The bounds fell since parent nodes went by scaling: the rate policies hold for what is above them now.
    let fellByScaling: Bool
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
        if let arithmetic = input.arithmetic { decision.reasons.append(arithmetic) }
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
                let hasMore = count > verdict.outcome.proposed ?? count
                best = (count, "'\(verdict.outcome.rule)'\(hasMore ? " with the buffer" : "")")
            }
        }
        if let free = buffer.alone(hasRules: !scaling.rules.isEmpty, unserved: input.unserved) {
            decision.reasons.append(free.reason)
            if let count = free.count, count > best?.count ?? -1 { best = (count, "the buffer") }
        }
        // Someone waits, and no rule or buffer can tell how many that makes: one node more than carry load already.
        if input.unserved > 0, load.warm + 1 > best?.count ?? current {
            best = (load.warm + 1, "clients who found no room")
        }
        let unknown = verdicts.filter(\.isUnknown).map(\.outcome.rule)
        decision.recommended = best?.count ?? current
        if let silent = unknown.first, decision.recommended < current {
            decision.recommended = current
            decision.reasons.append(
                "recommended \(current): '\(silent)' is unknown, and what is unknown may not shrink")
        } else if let best {
            let others = verdicts.compactMap(\.outcome.proposed).count
            decision.reasons.append(
                "recommended \(best.count) by \(best.words)\(others > 1 ? ", the most of all" : "")")
        } else {
            let why = unknown.isEmpty ? "no rule asks for a change" : "nothing that is known asks for a change"
            decision.reasons.append("recommended \(current): \(why)")
        }
        if let silent = unknown.first, load.serving > 0 {
            let more = unknown.count > 1 ? " and \(unknown.count - 1) more are" : " is"
            decision.waiting.append("'\(silent)'\(more) not measured: nothing shrinks until it is")
        }
    }

    // MARK: - How fast it may follow

    private mutating func stabilize() {
        let recommended = decision.recommended
        decision.stabilized = Stabilization.stabilize(
            recommended, current: current, history.recommendations, scaling, now: now)
        if decision.stabilized != recommended,
            let held = Stabilization.holding(
                recommended, current: current, history.recommendations, scaling, now: now)
        {
            let shrinks = recommended < current
            let window = shrinks ? scaling.scaleIn.stabilization : scaling.scaleOut.stabilization
            decision.reasons.append(
                "stabilized at \(decision.stabilized): \(held.nodes) were recommended at \(held.at), within the last "
                    + window.specText)
            let steps = Stabilization.steps(
                to: recommended, current: current, history.recommendations, scaling, now: now)
            let words = bounded(steps).filter { shrinks == ($0.nodes < current) }.map {
                "to \($0.nodes) at \($0.at) (\(Self.left(until: $0.at, now)))"
            }
            if !words.isEmpty {
                decision.waiting.append(
                    "scaling \(shrinks ? "in" : "out") \(words.joined(separator: ", then "))")
            }
        }
    }

    /// Steps as the bounds let them come: those that change nothing are none.
    private func bounded(_ steps: [(at: Timestamp, nodes: Int)]) -> [(at: Timestamp, nodes: Int)] {
        var result: [(at: Timestamp, nodes: Int)] = []
        for step in steps {
            let count = min(max(step.nodes, bounds.min), bounds.max)
            if count != result.last?.nodes ?? current { result.append((step.at, count)) }
        }
        return result
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
        let aim = min(max(wanted, bounds.min), bounds.max)
        let isFelt = aim != min(max(decision.limited, bounds.min), bounds.max)
        if behavior.select == .disabled {
            decision.reasons.append("limited to \(decision.limited): \(direction).select is disabled")
            if isFelt { decision.waiting.append("scaling to \(aim) never happens: \(direction).select is disabled") }
            return
        }
        let policies = behavior.policies.map(\.words).joined(separator: behavior.select == .min ? " and " : " or ")
        decision.reasons.append(
            "limited to \(decision.limited) on the way to \(wanted): \(direction) goes by \(policies)")
        guard isFelt else { return }
        let again = RateLimit.release(events, behavior, now: now)
        decision.waiting.append(
            "scaling on to \(aim) goes by \(policies)"
                + (again.map { "; the next step is possible at \($0) (\(Self.left(until: $0, now)))" } ?? ""))
    }

    // MARK: - Bounds, and a person's word

    private mutating func settle() {
        let wanted = decision.limited
        // Fewer parents make for a lower max; their children go no faster than by their own rules.
        let lowest =
            input.fellByScaling && !isFixed && current > bounds.max
            ? RateLimit.lowest(from: current, history.events, scaling.scaleIn, now: now) : bounds.max
        let ceiling = max(bounds.max, lowest)
        decision.desired = min(max(wanted, bounds.min), ceiling)
        if isFixed {
            if bounds.reasons.isEmpty {
                decision.reasons.append(
                    "min of role '\(input.pool.role)' in \(input.pool.region) is \(bounds.min), and it has no scaling rules"
                )
            }
        } else if wanted < bounds.min {
            decision.reasons.append("min is \(bounds.min)")
        } else if wanted > bounds.max {
            decision.reasons.append(
                "max is \(bounds.max)"
                    + (ceiling > bounds.max ? ", for fewer parents: scaleIn lets it go to \(ceiling) now" : ""))
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
        // What the rules would wait for is of no account while a count is set.
        if bounds.desired != nil || history.override != nil { decision.waiting = [] }
        if let pause = input.pause {
            decision.waiting = decision.desired == current ? [] : ["\(decision.desired) would be wanted now"]
            decision.desired = current
            decision.reasons.append("paused by \(pause.by) since \(pause.since): \(current) stay")
        }
    }

    private mutating func remember() {
        if !isFixed {
            // A count that a person or a schedule holds is as good as recommended: when their time ends, the window begins.
            let isHeld = input.pause != nil || history.override != nil || !bounds.reasons.isEmpty
            let recommended = isHeld ? max(decision.recommended, decision.desired) : decision.recommended
            history.recommendations = Stabilization.record(recommended, history.recommendations, scaling, now: now)
        }
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

/// Keeps a metric at a target, see ``ReplicaArithmetic``.
struct TargetRule {
    let name: String
    let metric: String
    let target: ScalingRule.TargetValue
    let periods: ScalingRule.Periods

    func verdict(_ input: RuleInput) -> RuleVerdict {
        let load = input.load
        let arithmetic = ReplicaArithmetic(
            values: load.values(of: metric), missing: load.missing(metric), warming: load.warming, target: target,
            capacity: input.capacity(of: metric), toleranceOut: input.scaling.toleranceOut,
            toleranceIn: input.scaling.toleranceIn)
        let words = MetricWords(metric: metric, target: target)
        let current = input.current
        var verdict: RuleVerdict
        switch arithmetic.answer(current: current) {
        case .unknown:
            verdict = words.unknown(name, load)
        case .keep(let measured, let reason):
            let why =
                switch reason {
                case .withinTolerance:
                    "within \(tolerance(input.scaling)) of \(target): \(current) stay"
                case .silentNodes:
                    "but \(words.count(load.missing(metric), "node")) that should report it and do not could turn that "
                        + "around: \(current) stay"
                case .warmingNodes:
                    "but the \(words.count(load.warming, "node")) on the way up will take a share: \(current) stay"
                }
            verdict = RuleVerdict(
                outcome: RuleOutcome(
                    rule: name, value: .number(measured.value), proposed: current,
                    reason: "\(words.measured(measured, input)), target \(target): \(why)"))
            if reason == .withinTolerance {
                verdict.needed = arithmetic.exact(measured)
                verdict.isWithinTolerance = true
            }
            verdict.samples = [.init(of: name, value: measured.value)]
        case .nodes(let count, let measured, let filled):
            let assumed =
                filled == 0
                ? "" : " (\(words.count(filled, "more node")) counted as \(count > current ? "idle" : "full"))"
            let shown = filled == 0 ? words.arithmetic(measured, count) : "with them \(count) carry it at the target"
            verdict = RuleVerdict(
                outcome: RuleOutcome(
                    rule: name, value: .number(measured.value), proposed: count,
                    reason: "\(words.measured(measured, input)), target \(target)\(assumed): \(shown)"),
                needed: filled == 0 ? arithmetic.exact(measured) : count)
            verdict.samples = [.init(of: name, value: measured.value)]
            let isBeyond: (Double) -> Bool =
                count > current
                ? { $0 > words.value * (1 + Double(input.scaling.toleranceOut) / 100) }
                : { $0 < words.value * (1 - Double(input.scaling.toleranceIn) / 100) }
            if count != current, let missing = input.history.missing(periods, of: name, beyond: isBeyond) {
                verdict.wait(at: current, missing)
            }
        }
        let each = words.perNode(capacity: input.capacity(of: metric))
        verdict.addSaturation(input, metric: metric, perNode: each)
        verdict.addUnserved(input, metric: metric, perNode: each)
        return verdict
    }

    private func tolerance(_ scaling: ScalingSpec) -> String {
        scaling.toleranceOut == scaling.toleranceIn
            ? "\(scaling.toleranceOut)%" : "+\(scaling.toleranceOut)% and -\(scaling.toleranceIn)%"
    }
}

/// The sentences that rules on a metric share.
struct MetricWords {
    let metric: String
    let target: ScalingRule.TargetValue

    /// The target as a number: percent, or per node.
    var value: Double {
        switch target {
        case .utilization(let percent): Double(percent)
        case .average(let each): each
        }
    }

    /// What one node takes at the target.
    func perNode(capacity: Double) -> Double {
        switch target {
        case .utilization(let percent): capacity * Double(percent) / 100
        case .average(let each): each
        }
    }

    /// `connections.subscriber is 84% (840 of 1000 on 5 nodes)`.
    func measured(_ measured: ReplicaArithmetic.Measurement, _ input: RuleInput) -> String {
        let nodes = count(measured.nodes, "node")
        switch target {
        case .utilization:
            let whole = input.capacity(of: metric) * Double(measured.nodes)
            return "\(metric) is \(Int(measured.value))% (\(measured.sum.short) of \(whole.short) on \(nodes))"
        case .average: return "\(metric) is \(measured.value.short) a node (\(measured.sum.short) on \(nodes))"
        }
    }

    /// `4 × 87/60 is 5.8, so 6`.
    func arithmetic(_ measured: ReplicaArithmetic.Measurement, _ count: Int) -> String {
        let exact = ((Double(measured.nodes) * measured.value / value) * 100).rounded() / 100
        let rounded = exact == Double(count) ? "" : ", so \(count)"
        return "\(measured.nodes) × \(measured.value.short)/\(value.short) is \(exact.short)\(rounded)"
    }

    func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    /// No node reports the metric.
    func unknown(_ name: String, _ load: PoolLoad) -> RuleVerdict {
        let why: String
        if load.warm == 0 {
            why = load.warming == 0 ? "there is no node to measure" : "the nodes are on their way up"
        } else {
            why = "\(count(load.warm, "node")) should report it, and none does"
        }
        return RuleVerdict(
            outcome: RuleOutcome(
                rule: name, value: nil, proposed: nil,
                reason: "\(metric) is unknown: \(why); the count is held, and may not shrink"), isUnknown: true)
    }
}

extension RuleVerdict {
    /// The rule does not ask for it long enough yet.
    mutating func wait(at current: Int, _ missing: String) {
        outcome.reason += "; \(current) stay until \(missing)"
        outcome.proposed = current
        needed = nil
    }

    /// The share of the capacity from which on a young node's report counts: what is nearly full is not idle, however young.
    private static let fullPercent = 90.0

    /// Nodes that are nearly full together need more, also while some of them are too young to be measured.
    mutating func addSaturation(_ input: RuleInput, metric: String, perNode: Double) {
        let load = input.load
        let capacity = input.capacity(of: metric)
        let values = load.allValues(of: metric)
        guard load.warming > 0, capacity > 0, perNode > 0, !values.isEmpty, values.count == load.serving,
            values.count > load.warm
        else { return }
        let sum = values.sorted().reduce(0, +)
        guard sum * 100 >= Self.fullPercent * capacity * Double(values.count) else { return }
        let count = ReplicaArithmetic.ceiling(sum / perNode)
        guard count > outcome.proposed ?? input.current else { return }
        outcome.value = outcome.value ?? .number(sum / Double(values.count))
        outcome.proposed = count
        outcome.reason +=
            "; but all \(values.count) nodes in service, the young ones too, are nearly full (\(sum.short) of "
            + "\((capacity * Double(values.count)).short)): at \(perNode.short) a node that is \(count)"
        isUnknown = false
        needed = count
    }

    /// Clients that wait for room are load that no node can report.
    mutating func addUnserved(_ input: RuleInput, metric: String, perNode: Double) {
        guard input.unserved > 0, metric == Metric.subscribers || metric == Metric.publishers, perNode > 0 else {
            return
        }
        let waiting = Double(input.unserved)
        let served = input.load.allValues(of: metric).sorted().reduce(0, +)
        let count = max(
            input.load.warm + ReplicaArithmetic.ceiling(waiting / perNode),
            ReplicaArithmetic.ceiling((served + waiting) / perNode))
        guard count > outcome.proposed ?? input.current || outcome.proposed == nil && count > 0 else { return }
        outcome.proposed = max(count, outcome.proposed ?? input.current)
        outcome.reason +=
            "; \(input.unserved == 1 ? "1 client" : "\(input.unserved) clients") found no room: at \(perNode.short) a node "
            + "that is \(count)"
        isUnknown = false
        needed = outcome.proposed
    }
}

/// Grows above one mark, shrinks below another, and leaves the count alone between them (Datadog's WatermarkPodAutoscaler,
/// `controllers/datadoghq/replica_calculator.go`).
///
/// Growing rounds up and shrinking rounds down to whole nodes, and shrinking leaves at least one. The tolerance widens the band on both
/// sides. Nodes that report nothing or are still coming count as idle while growing; shrinking, the former count as full.
struct WatermarkRule {
    let name: String
    let metric: String
    let high: ScalingRule.TargetValue
    let low: ScalingRule.TargetValue
    let periods: ScalingRule.Periods

    func verdict(_ input: RuleInput) -> RuleVerdict {
        let load = input.load
        let values = load.values(of: metric)
        let upper = MetricWords(metric: metric, target: high)
        let lower = MetricWords(metric: metric, target: low)
        let each = upper.perNode(capacity: input.capacity(of: metric))
        guard !values.isEmpty else {
            var verdict = upper.unknown(name, load)
            verdict.addUnserved(input, metric: metric, perNode: each)
            return verdict
        }
        let ceiling = each * (1 + Double(input.scaling.toleranceOut) / 100)
        let floor = lower.perNode(capacity: input.capacity(of: metric))
        let bottom = floor * (1 - Double(input.scaling.toleranceIn) / 100)
        let missing = load.missing(metric)
        let sum = values.sorted().reduce(0, +)
        let average = sum / Double(values.count)
        let current = input.current
        var proposed = current
        var why = "between low \(low) and high \(high): \(current) stay"
        if isAbove(average, ceiling) {
            let nodes = values.count + missing + load.warming
            let spread = sum / Double(nodes)
            let count = ReplicaArithmetic.ceiling(sum / each)
            if isAbove(spread, ceiling), count >= current {
                proposed = count
                why = "above high \(high): spread at that mark it is \(count) nodes"
            } else {
                let who =
                    load.warming > 0
                    ? "the nodes on the way up will take a share" : "nodes that report nothing may be idle"
                why = "above high \(high), but \(who): \(current) stay"
            }
        } else if isAbove(bottom, average) {
            let full = high.isUtilization ? input.capacity(of: metric) : each
            let total = sum + Double(missing) * full
            let count = max(1, ReplicaArithmetic.floor(total / floor))
            if missing == 0 || isAbove(bottom, total / Double(values.count + missing)), count <= current {
                proposed = count
                why = "below low \(low): spread at that mark it is \(count) node\(count == 1 ? "" : "s")"
            } else {
                why = "below low \(low), but nodes that report nothing could be full: \(current) stay"
            }
        }
        let shown: Double
        if case .utilization = high {
            let percent = ReplicaArithmetic.floor(
                sum * 100 / (input.capacity(of: metric) * Double(values.count)))
            shown = Double(percent)
        } else {
            shown = average
        }
        let measured = ReplicaArithmetic.Measurement(value: shown, nodes: values.count, sum: sum)
        var verdict = RuleVerdict(
            outcome: RuleOutcome(
                rule: name, value: .number(shown), proposed: proposed,
                reason: "\(upper.measured(measured, input)), \(why)"))
        verdict.samples = [.init(of: name, value: average)]
        // The band between the marks is a tolerance to a buffer: it is put on what carries the load at the high mark.
        verdict.needed = ReplicaArithmetic.ceiling(sum / each)
        verdict.isBand = true
        let isBeyond: (Double) -> Bool = proposed > current ? { $0 > ceiling } : { $0 < bottom }
        if proposed != current, let waiting = input.history.missing(periods, of: name, beyond: isBeyond) {
            verdict.wait(at: current, waiting)
        }
        verdict.addSaturation(input, metric: metric, perNode: each)
        verdict.addUnserved(input, metric: metric, perNode: each)
        return verdict
    }

    /// Above by more than binary fractions are off.
    private func isAbove(_ value: Double, _ mark: Double) -> Bool {
        value > mark + abs(mark) * ReplicaArithmetic.rounding
    }
}

extension ScalingRule.TargetValue {
    var isUtilization: Bool {
        if case .utilization = self { return true }
        return false
    }
}

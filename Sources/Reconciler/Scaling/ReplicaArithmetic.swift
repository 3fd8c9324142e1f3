/// How many nodes bring a measured load to its target: the replica arithmetic of Kubernetes' horizontal pod autoscaler
/// (`GetResourceReplicas` and `GetRawResourceReplicas` in `pkg/controller/podautoscaler/replica_calculator.go`).
///
/// - A utilisation is a whole percent, rounded down, of what all measured nodes can take together.
/// - Within the tolerance of the target the count stays.
/// - Growing, nodes that are still coming or that report nothing count as idle. Shrinking, those that report nothing count as full
///   (of a utilisation: at their capacity, of an average: at the target).
/// - What these assumptions turn around is no change at all.
struct ReplicaArithmetic {
    /// What the ready nodes report, one number each.
    let values: [Double]
    /// Nodes that should report and do not.
    let missing: Int
    /// Nodes on their way up.
    let warming: Int
    let target: ScalingRule.TargetValue
    /// What one node can take; only a utilisation needs it.
    let capacity: Double
    let toleranceOut: Int
    let toleranceIn: Int

    /// What came out.
    enum Answer: Equatable {
        /// No node reports the metric.
        case unknown
        /// The count stays, and why.
        case keep(Measurement, Reason)
        /// So many nodes, which is not the current count of necessity.
        case nodes(Int, Measurement, filled: Int)
    }

    enum Reason: Equatable { case withinTolerance, silentNodes, warmingNodes }

    /// A utilisation in percent or an average per node, over the measured nodes.
    struct Measurement: Equatable {
        var value: Double
        var nodes: Int
        var sum: Double
    }

    /// The answer while `current` nodes are wanted.
    func answer(current: Int) -> Answer {
        guard !values.isEmpty else { return .unknown }
        let sum = values.sorted().reduce(0, +)
        let first = measure(sum, nodes: values.count)
        let direction = compare(first)
        let counts = direction > 0 && warming > 0
        if !counts, missing == 0 {
            if isWithinTolerance(first) { return .keep(first, .withinTolerance) }
            return .nodes(settled(needed(first), sum, current), first, filled: 0)
        }
        var nodes = values.count
        var total = sum
        if direction < 0 {
            nodes += missing
            total += Double(missing) * assumedWhenShrinking
        } else if direction > 0 {
            nodes += missing
        }
        if counts { nodes += warming }
        let second = measure(total, nodes: nodes)
        let turned = compare(second)
        let cause: Reason = missing > 0 ? .silentNodes : .warmingNodes
        if isWithinTolerance(second) {
            return .keep(first, isWithinTolerance(first) ? .withinTolerance : cause)
        }
        if direction != turned { return .keep(first, cause) }
        let count = settled(needed(second), total, current)
        if turned < 0 && count > current || turned > 0 && count < current { return .keep(first, cause) }
        return .nodes(count, first, filled: nodes - values.count)
    }

    /// A smaller count from which the same load would not ask for more again. Whole percent are coarse where the target is small: four
    /// percent of five nodes and six of four are one load, and the count must not swing between them.
    private func settled(_ count: Int, _ sum: Double, _ current: Int) -> Int {
        guard count < current, count > 0, case .utilization(let percent) = target else { return count }
        var count = count
        while count < current {
            let measured = measure(sum, nodes: count)
            if measured.value <= Double(percent) || isWithinTolerance(measured) { break }
            count += 1
        }
        return count
    }

    /// So many nodes carry the measured load at exactly the target, by the load itself and not by whole percent: the buffer counts from
    /// there. Whole percent of different counts come to different needs of one load, and the count would swing between them.
    func exact(_ measured: Measurement) -> Int {
        switch target {
        case .utilization(let percent): Self.ceiling(measured.sum * 100 / (capacity * Double(percent)))
        case .average(let each): Self.ceiling(measured.sum / each)
        }
    }

    /// So many nodes by the measurement as it is shown.
    private func needed(_ measured: Measurement) -> Int {
        switch target {
        case .utilization(let percent): Self.ceiling(measured.value * Double(measured.nodes) / Double(percent))
        case .average(let each): Self.ceiling(measured.sum / each)
        }
    }

    private func measure(_ sum: Double, nodes: Int) -> Measurement {
        switch target {
        case .utilization:
            let percent = Self.floor(sum * 100 / (capacity * Double(nodes)))
            return Measurement(value: Double(percent), nodes: nodes, sum: sum)
        case .average: return Measurement(value: sum / Double(nodes), nodes: nodes, sum: sum)
        }
    }

    private var targetValue: Double {
        switch target {
        case .utilization(let percent): Double(percent)
        case .average(let each): each
        }
    }

    private var assumedWhenShrinking: Double {
        switch target {
        case .utilization: capacity
        case .average(let each): each
        }
    }

    /// -1 below the target, 1 above it, 0 at it.
    private func compare(_ measured: Measurement) -> Int {
        let difference = measured.value - targetValue
        return abs(difference) <= targetValue * Self.rounding ? 0 : difference < 0 ? -1 : 1
    }

    private func isWithinTolerance(_ measured: Measurement) -> Bool {
        let ratio = measured.value / targetValue
        return ratio >= 1 - Double(toleranceIn) / 100 - Self.rounding
            && ratio <= 1 + Double(toleranceOut) / 100 + Self.rounding
    }

    /// What binary fractions are off by: a sum of tenths must not cost a node.
    static let rounding = 1e-9

    static func ceiling(_ value: Double) -> Int { count((value - rounding * Swift.max(1, value)).rounded(.up)) }
    static func floor(_ value: Double) -> Int { count((value + rounding * Swift.max(1, value)).rounded(.down)) }

    /// No load, however mistaken, is more nodes than anyone has.
    private static func count(_ value: Double) -> Int {
        value.isFinite && value > 0 ? Int(Swift.min(value, 1e9)) : value > 0 ? 1_000_000_000 : 0
    }
}

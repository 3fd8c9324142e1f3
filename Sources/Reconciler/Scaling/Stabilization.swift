/// What the newest recommendations allow at once: the safest of a window, per direction
/// (`stabilizeRecommendationWithBehaviors` in Kubernetes' `pkg/controller/podautoscaler/horizontal.go`).
enum Stabilization {
    /// `recommended` held between the lowest recommendation of the scale-out window, for growing, and the highest of the scale-in
    /// window, for shrinking.
    static func stabilize(
        _ recommended: Int, current: Int, _ history: [ScalingHistory.Recommendation], _ scaling: ScalingSpec,
        now: Timestamp
    ) -> Int {
        var up = recommended
        var down = recommended
        for known in history {
            let age = now - known.at
            if age < scaling.scaleOut.stabilization { up = min(up, known.nodes) }
            if age < scaling.scaleIn.stabilization { down = max(down, known.nodes) }
        }
        return min(max(current, up), down)
    }

    /// The recommendation that holds a change to `recommended` now: the highest of the window when shrinking, the lowest when growing.
    static func holding(
        _ recommended: Int, current: Int, _ history: [ScalingHistory.Recommendation], _ scaling: ScalingSpec,
        now: Timestamp
    ) -> ScalingHistory.Recommendation? {
        let shrinks = recommended < current
        let window = shrinks ? scaling.scaleIn.stabilization : scaling.scaleOut.stabilization
        let inWindow = history.filter { now - $0.at < window }
        return shrinks
            ? inWindow.filter { $0.nodes > recommended }.max { ($0.nodes, $0.at) < ($1.nodes, $1.at) }
            : inWindow.filter { $0.nodes < recommended }.min { ($0.nodes, $1.at) < ($1.nodes, $0.at) }
    }

    /// When a held change comes, step by step, if nothing else is recommended until then.
    static func steps(
        to recommended: Int, current: Int, _ history: [ScalingHistory.Recommendation], _ scaling: ScalingSpec,
        now: Timestamp
    ) -> [(at: Timestamp, nodes: Int)] {
        let shrinks = recommended < current
        let window = shrinks ? scaling.scaleIn.stabilization : scaling.scaleOut.stabilization
        var result: [(at: Timestamp, nodes: Int)] = []
        for moment in history.map({ $0.at + window }).filter({ $0 > now }).sorted() {
            let count = stabilize(recommended, current: current, history, scaling, now: moment)
            if count != result.last?.nodes ?? stabilize(recommended, current: current, history, scaling, now: now) {
                result.append((moment, count))
            }
        }
        return result
    }

    /// The history with a new recommendation, without what no window can need any more: only the newest of equal ones, and of those
    /// that a newer one overrides in both directions none.
    static func record(
        _ recommended: Int, _ history: [ScalingHistory.Recommendation], _ scaling: ScalingSpec, now: Timestamp
    ) -> [ScalingHistory.Recommendation] {
        var kept: [ScalingHistory.Recommendation] = [.init(at: now, nodes: recommended)]
        var (highest, lowest) = (recommended, recommended)
        for known in history.reversed() where known.at <= now {
            let age = now - known.at
            let isHighest = age < scaling.scaleIn.stabilization && known.nodes > highest
            let isLowest = age < scaling.scaleOut.stabilization && known.nodes < lowest
            guard isHighest || isLowest else { continue }
            highest = max(highest, known.nodes)
            lowest = min(lowest, known.nodes)
            kept.append(known)
        }
        return kept.reversed()
    }
}

internal import Reconciler

/// Selection alone, the whole decision, and how evenly a burst lands.
enum RoutingBenchmarks {
    /// A region of so many nodes that have room, spread and packed; then one where nobody has any.
    static func selection(nodes count: Int) {
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        let place = Place(nodes: count, limit: 1_000_000, .spread)
        var random = SeededRandom(seed: 1)
        Measure.each("selection alone, two choices", count) { _ in precondition(place.pick(&random) != nil) }
        let full = Place(nodes: count, limit: 0, .spread)
        Measure.each("selection alone, nobody has room", count) { _ in precondition(full.pick(&random) == nil) }
        let packed = Place(nodes: count, limit: 1_000_000, .pack)
        Measure.each("subscribe, packing: the whole decision", count) { _ in
            precondition(packed.route(at: now, &random).candidate != nil)
        }
    }

    /// 1,000,000 viewers within one moment on 1,000 edges: the fullest against the mean, and against the limit.
    static func burst() {
        for limit in [1_100, 1_000_000] {
            let place = Place(nodes: 1_000, limit: limit, .spread)
            var random = SeededRandom(seed: 1)
            let time = Measure.time {
                for _ in 0..<1_000_000 { precondition(place.pick(&random) != nil) }
            }
            let totals = place.totals
            let mean = totals.reduce(0, +) / totals.count
            let fullest = totals.max() ?? 0
            precondition(fullest <= limit)
            Measure.line(
                "a burst of 1,000,000 on 1,000 edges of \(limit): \(time / 1_000_000) each, mean \(mean), fullest \(fullest)"
                    + " (\((fullest - mean) * 1000 / mean) per mille above), emptiest \(totals.min() ?? 0)")
        }
    }
}

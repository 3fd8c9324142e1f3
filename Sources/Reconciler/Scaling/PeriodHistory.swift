/// The averages of past periods, for rules that act only on several in a row (the Jitsi autoscaler's `scaleUpPeriodsCount`: all of
/// the last periods, so that one spike is none). A period without a measurement is no evidence for anything.
struct PeriodHistory {
    let averages: [ScalingHistory.Average]
    let now: Timestamp

    /// Nil when the last periods that ended all lie beyond the threshold, or one is enough; else what is waited for.
    func missing(_ periods: ScalingRule.Periods, of name: String, beyond: (Double) -> Bool) -> String? {
        guard periods.count > 1 else { return nil }
        let length = periods.length.wholeMilliseconds
        let present = Self.start(of: now, length)
        let series = Self.series(name, periods)
        var proven = 0
        while proven < periods.count {
            let at = Timestamp(milliseconds: present - Int64(proven + 1) * length)
            guard let average = averages.first(where: { $0.of == series && $0.at == at }), average.count > 0,
                beyond(average.sum / Double(average.count))
            else { break }
            proven += 1
        }
        if proven == periods.count { return nil }
        return "all of the last \(periods.count) periods of \(periods.length.specText) say so (\(proven) did)"
    }

    /// The averages with new samples, without what no rule looks at any more. A rule that is unknown in this round still remembers
    /// its periods.
    func recording(_ verdicts: [(verdict: RuleVerdict, periods: ScalingRule.Periods)]) -> [ScalingHistory.Average] {
        var result: [ScalingHistory.Average] = []
        var done: Set<String> = []
        for (verdict, periods) in verdicts where periods.count > 1 {
            let length = periods.length.wholeMilliseconds
            let present = Timestamp(milliseconds: Self.start(of: now, length))
            let oldest = Timestamp(milliseconds: present.milliseconds - Int64(periods.count) * length)
            for name in ["", ": out", ": in"].map({ verdict.outcome.rule + $0 }) {
                let key = Self.series(name, periods)
                // Two rules that are alike have one series.
                guard done.insert(key).inserted else { continue }
                var series = averages.filter { $0.of == key && $0.at >= oldest && $0.at <= present }
                if let sample = verdict.samples.first(where: { $0.of == name }) {
                    if let index = series.firstIndex(where: { $0.at == present }) {
                        series[index].sum += sample.value
                        series[index].count += 1
                    } else {
                        series.append(.init(of: key, at: present, sum: sample.value, count: 1))
                    }
                }
                result += series
            }
        }
        return result
    }

    /// The name of a series: a rule's, and how long and how many its periods are, so that two rules on one metric keep apart.
    private static func series(_ name: String, _ periods: ScalingRule.Periods) -> String {
        "\(name) (\(periods.count) × \(periods.length.specText))"
    }

    private static func start(of now: Timestamp, _ length: Int64) -> Int64 {
        let remainder = now.milliseconds % length
        return now.milliseconds - (remainder < 0 ? remainder + length : remainder)
    }
}

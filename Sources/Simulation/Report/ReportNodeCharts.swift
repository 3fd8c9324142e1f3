import Reconciler

/// The charts of nodes and of how full they were: all pools together, then each pool.
struct ReportNodeCharts {
    let subject: ReportSubject

    /// More pools than these are folded.
    private static let openPools = 12

    var html: String {
        let pools = subject.result.pools
        if pools.isEmpty { return "<p class=\"note\">The spec has no pools.</p>" }
        var html = ""
        if pools.count > 1 { html += "<figure><h3>All pools</h3>\(all)</figure><h2>Nodes by pool</h2>" }
        html += "<div class=\"cards\">\(pools.prefix(Self.openPools).map(card).joined())</div>"
        let rest = pools.dropFirst(Self.openPools)
        if !rest.isEmpty {
            let summary = ReportText.plural(rest.count, "more pool")
            html +=
                "<details><summary>\(summary)</summary><div class=\"cards\">\(rest.map(card).joined())</div></details>"
        }
        return html
    }

    private func series(_ style: String, _ values: [Int], of result: SimulationResult) -> SVGChart.Series {
        SVGChart.Series(style: style, isArea: style == "served", values: values, times: result.times, end: result.end)
    }

    // MARK: All pools

    private var all: String {
        let pools = subject.result.pools
        let desired = Self.sum(pools.map(\.desired))
        let billed = Self.sum(pools.map(\.billed))
        let others = subject.other.map { other in (other, Self.sum(other.pools.map(\.desired))) }
        var chart = SVGChart(words: "Nodes of all pools over time", start: subject.start, end: subject.end)
        chart.series = [series("served", Self.sum(pools.map(\.serving)), of: subject.result)]
        chart.series.append(series("billed", billed, of: subject.result))
        if let (other, values) = others, subject.isApart(values, from: desired) {
            chart.series.append(series("other", values, of: other))
        }
        chart.series.append(series("wanted", desired, of: subject.result))
        chart.marks = subject.result.actions.filter { $0.from != $0.to }.map { mark($0, names: true) }
        var wide = chart
        wide.width = 2000
        wide.plotHeight = 400
        wide.timeTicks = 12
        wide.columnWidth = 2
        let serving = Self.sum(pools.map(\.serving))
        let count = min(desired.count, billed.count, serving.count)
        wide.hovers = subject.hovers(over: count) { band in
            func most(_ values: [Int]) -> String { "at most \(ReportText.count(values[band].max() ?? 0))" }
            return "\(most(desired)) desired, \(most(serving)) serving, \(most(billed)) billed"
        }
        let legend = nodeLegend(desired: desired, billed: billed, other: others?.1)
        return legend + "<div class=\"narrow\">\(chart.svg)</div><div class=\"wide\">\(wide.svg)</div>"
    }

    private static func sum(_ series: [[Int]]) -> [Int] {
        var result = [Int](repeating: 0, count: series.map(\.count).max() ?? 0)
        for values in series {
            for (index, value) in values.enumerated() { result[index] += value }
        }
        return result
    }

    // MARK: One pool

    private func card(_ pool: SimulationResult.Pool) -> String {
        "<figure><h3>\(ReportText.escape(pool.pool.description))</h3>\(nodes(pool))\(utilization(pool))</figure>"
    }

    private func nodes(_ pool: SimulationResult.Pool) -> String {
        let result = subject.result
        let other = subject.otherPool(pool.pool)
        var chart = SVGChart(
            words: "Nodes of \(pool.pool) over time, at most \(pool.peakNodes), between \(pool.min) and \(pool.max)",
            start: subject.start, end: subject.end, plotHeight: 220)
        chart.series = [series("served", pool.serving, of: result), series("billed", pool.billed, of: result)]
        if let other, let otherResult = subject.other, subject.isApart(other.desired, from: pool.desired) {
            chart.series.append(series("other", other.desired, of: otherResult))
        }
        chart.series.append(series("wanted", pool.desired, of: result))
        let highest = chart.series.flatMap(\.values).max() ?? 0
        // A bound far above the counts would press them flat.
        let isMaxShown = pool.max <= 4 || pool.max / 2 <= highest
        chart.levels = [.init(value: pool.min, style: "bound")]
        if isMaxShown { chart.levels.append(.init(value: pool.max, style: "bound")) }
        chart.marks = result.actions.filter { $0.pool == pool.pool && $0.from != $0.to }.map { mark($0, names: false) }
        let bounds = "min \(ReportText.count(pool.min)), max \(ReportText.count(pool.max))"
        let bound = isMaxShown ? bounds : "\(bounds) (above the chart)"
        return nodeLegend(desired: pool.desired, billed: pool.billed, other: other?.desired, bound: bound) + chart.svg
    }

    private func utilization(_ pool: SimulationResult.Pool) -> String {
        let other = subject.otherPool(pool.pool)
        guard pool.utilization.contains(where: { $0 >= 0 }) else {
            return "<p class=\"note\">Utilisation: this pool has no capacity to be measured against.</p>"
        }
        let metric = pool.metric.isEmpty ? "" : " of \(pool.metric)"
        let peak = ReportSubject.peak(pool.utilization)
        var words = "utilisation\(metric)"
        if let peak, peak.index < subject.result.times.count {
            words +=
                ", peak \(ReportText.count(peak.value))% at \(subject.times.moment(subject.result.times[peak.index]))"
        }
        var chart = SVGChart(
            words: "Utilisation of \(pool.pool)\(metric) over time, at most \(peak?.value ?? 0)%",
            start: subject.start, end: subject.end, unit: "%", plotHeight: 150)
        var legend = ReportLegend()
        legend.add(.line, style: "wanted", words)
        if let other, !subject.isApart(other.utilization, from: pool.utilization) {
            legend.add(.none, "other: the same utilisation")
        } else if let other, let otherResult = subject.other {
            chart.series.append(series("other", other.utilization, of: otherResult))
            legend.add(.line, style: "other", "other, peak \(ReportText.count(max(0, other.utilization.max() ?? 0)))%")
        }
        chart.series.append(series("wanted", pool.utilization, of: subject.result))
        chart.levels = [.init(value: 100, style: "full", words: "full")]
        return legend.html + chart.svg
    }

    private func mark(_ action: SimulationResult.Action, names: Bool) -> SVGChart.Mark {
        let name = names ? " \(action.pool)" : ""
        return SVGChart.Mark(
            at: action.at, isUp: action.to > action.from,
            words: "\(subject.times.moment(action.at))\(name) \(action.from) → \(action.to)")
    }

    private func nodeLegend(desired: [Int], billed: [Int], other: [Int]?, bound: String? = nil) -> String {
        func most(_ values: [Int]) -> String { "at most \(ReportText.count(values.max() ?? 0))" }
        var legend = ReportLegend()
        legend.add(.line, style: "wanted", "desired, \(most(desired))")
        legend.add(.area, style: "served", "serving")
        legend.add(.line, style: "billed", "billed, \(most(billed))")
        if let other {
            if subject.isApart(other, from: desired) {
                legend.add(.line, style: "other", "other: desired, \(most(other))")
            } else {
                legend.add(.none, "other: the same desired")
            }
        }
        // In the plot the lines of the counts would strike the words through.
        if let bound { legend.add(.line, style: "bound", bound) }
        legend.add(.up, "scaled out")
        legend.add(.down, "scaled in")
        return legend.html
    }
}

import Reconciler

/// The charts of viewers wanted, served and refused against capacity: all together, then each region.
struct ReportViewerCharts {
    let subject: ReportSubject

    /// More regions than these are folded; the ones with the most refused stay.
    private static let openRegions = 6

    var html: String {
        let result = subject.result
        guard let all = result.viewers.first else { return "<p class=\"note\">No viewers were simulated.</p>" }
        var html = "<figure>" + overview(all) + "</figure>"
        let regions = result.regions
        if regions.count == 1, let only = regions.first {
            html += "<p class=\"note\">All of them in one region: \(ReportText.escape(only.name)).</p>"
        }
        guard regions.count > 1 else { return html }
        html += "<h2>Viewers by region</h2>"
        guard regions.count > Self.openRegions else { return html + cards(regions) }
        let rank = regions.indices.sorted { Self.weight(regions[$0], $0) < Self.weight(regions[$1], $1) }
        let open = Set(rank.prefix(Self.openRegions))
        html +=
            "<p class=\"note\">Here are the \(Self.openRegions) regions with the most refused, then the most viewers.</p>"
        html += cards(regions.indices.filter(open.contains).map { regions[$0] })
        let rest = regions.indices.filter { !open.contains($0) }.map { regions[$0] }
        let summary = ReportText.plural(rest.count, "more region")
        return html + "<details><summary>\(summary)</summary>\(cards(rest))</details>"
    }

    private static func weight(_ region: SimulationResult.ViewerSeries, _ index: Int) -> (Int, Int, Int) {
        (-region.refused.reduce(0, +), -(region.wanted.max() ?? 0), index)
    }

    private func cards(_ regions: [SimulationResult.ViewerSeries]) -> String {
        let cards = regions.map { region in
            "<figure><h3>\(ReportText.escape(region.name))</h3>\(legend(region))\(chart(region).svg)</figure>"
        }
        return "<div class=\"cards\">\(cards.joined())</div>"
    }

    /// Drawn twice, so that its text is readable on a phone and its peaks on a desk.
    private func overview(_ all: SimulationResult.ViewerSeries) -> String {
        let narrow = chart(all)
        var wide = narrow
        wide.width = 2000
        wide.plotHeight = 500
        wide.timeTicks = 12
        wide.columnWidth = 2
        wide.hovers = hovers(all)
        return legend(all) + "<div class=\"narrow\">\(narrow.svg)</div><div class=\"wide\">\(wide.svg)</div>"
    }

    private func chart(_ viewers: SimulationResult.ViewerSeries) -> SVGChart {
        let result = subject.result
        func series(_ style: String, _ values: [Int], isArea: Bool = false) -> SVGChart.Series {
            SVGChart.Series(style: style, isArea: isArea, values: values, times: result.times, end: result.end)
        }
        let refused = viewers.refused.reduce(0, +)
        var chart = SVGChart(
            words:
                "Viewers in \(viewers.name == "all" ? "all regions" : viewers.name) against capacity over time, \(ReportText.count(refused)) refused",
            start: subject.start, end: subject.end)
        if zip(viewers.wanted, viewers.served).contains(where: { $0 > $1 }) {
            chart.series.append(series("short", viewers.wanted, isArea: true))
        }
        chart.series.append(series("served", viewers.served, isArea: true))
        chart.series.append(series("capacity", viewers.capacity))
        if showsCarried(viewers) { chart.series.append(series("billed", viewers.carried)) }
        let strip = refused == 0 ? "none refused" : "\(ReportText.count(refused)) refused"
        chart.strips = [
            .init(style: refused == 0 ? "refused none" : "refused", words: strip, series: series("", viewers.refused))
        ]
        if let other = subject.other, let others = subject.otherViewers(viewers.name) {
            func otherSeries(_ values: [Int]) -> SVGChart.Series {
                SVGChart.Series(style: "other", values: values, times: other.times, end: other.end)
            }
            if subject.isApart(others.capacity, from: viewers.capacity) {
                chart.series.append(otherSeries(others.capacity))
            }
            let count = ReportText.count(others.refused.reduce(0, +))
            chart.strips.append(
                .init(style: "orefused", words: "other: \(count) refused", series: otherSeries(others.refused)))
        }
        chart.series.append(series("wanted", viewers.wanted))
        return chart
    }

    /// Whether the nodes of a region serve others than its viewers; a few who are on leaving nodes make no difference.
    private func showsCarried(_ viewers: SimulationResult.ViewerSeries) -> Bool {
        guard viewers.name != "all" else { return false }
        let most = max(viewers.carried.max() ?? 0, viewers.served.max() ?? 0)
        return zip(viewers.carried, viewers.served).contains { abs($0 - $1) > max(1, most / 50) }
    }

    private func legend(_ viewers: SimulationResult.ViewerSeries) -> String {
        var legend = ReportLegend()
        var wanted = "wanted"
        if let peak = ReportSubject.peak(viewers.wanted), peak.index < subject.result.times.count {
            wanted +=
                ", peak \(ReportText.count(peak.value)) at \(subject.times.moment(subject.result.times[peak.index]))"
        }
        legend.add(.line, style: "wanted", wanted)
        legend.add(.area, style: "served", viewers.name == "all" ? "served" : "served, in any region")
        if showsCarried(viewers) {
            let most = ReportText.count(viewers.carried.max() ?? 0)
            legend.add(.line, style: "billed", "on the nodes here, from any region, at most \(most)")
        }
        legend.add(.line, style: "capacity", "capacity, at most \(ReportText.count(viewers.capacity.max() ?? 0))")
        if zip(viewers.wanted, viewers.served).contains(where: { $0 > $1 }) {
            legend.add(.area, style: "short", "wanted, not served")
        }
        if let others = subject.otherViewers(viewers.name) {
            let most = ReportText.count(others.capacity.max() ?? 0)
            if subject.isApart(others.capacity, from: viewers.capacity) {
                legend.add(.line, style: "other", "other: capacity, at most \(most)")
            } else {
                legend.add(.none, "other: the same capacity")
            }
        }
        return legend.html
    }

    private func hovers(_ viewers: SimulationResult.ViewerSeries) -> [SVGChart.Hover] {
        let count = [viewers.wanted.count, viewers.capacity.count, viewers.refused.count].min() ?? 0
        return subject.hovers(over: count) { band in
            let wanted = viewers.wanted[band].max() ?? 0
            let capacity = viewers.capacity[band].min() ?? 0
            let refused = viewers.refused[band].reduce(0, +)
            return "at most \(ReportText.count(wanted)) wanted, at least \(ReportText.count(capacity)) capacity, "
                + "\(ReportText.count(refused)) refused"
        }
    }
}

import Reconciler

/// What each pool took: bars of node-hours, then everything in a table.
struct ReportPoolTable {
    let subject: ReportSubject

    private static let bars = 12

    private struct Row {
        var key: PoolKey
        var pool: SimulationResult.Pool?
        var other: SimulationResult.Pool?
    }

    /// The pools of the result in its order, then those that only the other has.
    private var rows: [Row] {
        let pools = subject.result.pools
        let keys = Set(pools.map(\.pool))
        return pools.map { Row(key: $0.pool, pool: $0, other: subject.otherPool($0.pool)) }
            + (subject.other?.pools ?? []).filter { !keys.contains($0.pool) }.map { Row(key: $0.pool, other: $0) }
    }

    var html: String {
        let rows = rows
        if rows.isEmpty { return "" }
        return "<h2>Node-hours and cost by pool</h2>" + bars(rows) + "<h2>Pools</h2>" + table(rows)
    }

    // MARK: Bars

    private func bars(_ rows: [Row]) -> String {
        func hours(_ row: Row) -> Double { max(row.pool?.nodeHours ?? 0, row.other?.nodeHours ?? 0) }
        let ranked = rows.enumerated().sorted { (-hours($0.element), $0.offset) < (-hours($1.element), $1.offset) }
        let most = ranked.first.map { hours($0.element) } ?? 0
        func bar(_ row: Row) -> String {
            "<div><b>\(ReportText.escape(row.key.description))</b>"
                + line(row.pool, most: most, isOther: false)
                + (subject.other == nil ? "" : "<b class=\"o\">other</b>" + line(row.other, most: most, isOther: true))
                + "</div>"
        }
        let open = ranked.prefix(Self.bars).map { bar($0.element) }.joined()
        let rest = ranked.dropFirst(Self.bars).map { bar($0.element) }
        var html = "<div class=\"bars\">\(open)</div>"
        if !rest.isEmpty {
            let summary = ReportText.plural(rest.count, "more pool")
            html += "<details><summary>\(summary)</summary><div class=\"bars\">\(rest.joined())</div></details>"
        }
        return html
    }

    private func line(_ pool: SimulationResult.Pool?, most: Double, isOther: Bool) -> String {
        let hours = pool?.nodeHours ?? 0
        let width = most > 0 && hours.isFinite ? Int((hours / most * 1000).rounded()) : 0
        let style = isOther ? " class=\"o\"" : ""
        let words = pool.map {
            "\(ReportText.decimal($0.nodeHours)) h\($0.cost.map { ", cost " + ReportText.money($0) } ?? "")"
        }
        return "<span\(style)>\(words ?? "not in it")</span>"
            + "<svg viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
            + "<rect\(style) width=\"\(width)\" height=\"10\"/></svg>"
    }

    // MARK: Table

    private func table(_ rows: [Row]) -> String {
        let titles = [
            "Pool", "Node-hours", "Cost", "Peak nodes", "Min–max", "Peak utilisation", "Scale-outs", "Scale-ins",
            "Type",
            "Price per hour",
        ]
        let head = titles.map { "<th scope=\"col\">\($0)</th>" }.joined()
        let body = rows.map { row in
            "<tr><th scope=\"row\">\(ReportText.escape(row.key.description))</th>"
                + zip(cells(row.pool), cells(row.other)).map { mine, others in
                    let other = subject.other == nil ? "" : "<small>\(ReportText.escape(others))</small>"
                    return "<td>\(ReportText.escape(mine))\(other)</td>"
                }.joined() + "</tr>"
        }.joined()
        let note = subject.other.map { "<p class=\"note\">Second line: \(ReportText.escape($0.name)).</p>" } ?? ""
        let hint = "<p class=\"note hint\">The table is wider than this screen: scroll it sideways.</p>"
        return note + hint + "<div class=\"scroll\" role=\"region\" aria-label=\"Pools\" tabindex=\"0\">"
            + "<table class=\"pools\"><thead><tr>\(head)</tr></thead><tbody>\(body)</tbody></table></div>"
    }

    private func cells(_ pool: SimulationResult.Pool?) -> [String] {
        guard let pool else { return [String](repeating: "–", count: 9) }
        let full = pool.utilization.max() ?? -1
        return [
            ReportText.decimal(pool.nodeHours), pool.cost.map(ReportText.money) ?? "unknown",
            ReportText.count(pool.peakNodes),
            "\(ReportText.count(pool.min))–\(ReportText.count(pool.max))",
            full < 0 ? "–" : "\(ReportText.count(full))%\(pool.metric.isEmpty ? "" : " \(pool.metric)")",
            ReportText.count(pool.scaleOuts), ReportText.count(pool.scaleIns), pool.instanceType ?? "–",
            pool.pricePerHour.map(\.short) ?? "unknown",
        ]
    }
}

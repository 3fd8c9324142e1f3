import Reconciler

/// The table of scaling actions, folded.
enum ReportActions {
    static let limit = 500

    static func html(_ actions: [SimulationResult.Action], title: String, times: ReportTimes) -> String {
        let summary = "<summary>\(ReportText.escape(title)) (\(ReportText.count(actions.count)))</summary>"
        if actions.isEmpty { return "<details>\(summary)<p class=\"note\">No desired count changed.</p></details>" }
        let rows = actions.prefix(limit).map { action in
            "<tr role=\"row\"><td role=\"cell\">\(times.moment(action.at))</td>"
                + "<td role=\"cell\">\(ReportText.escape(action.pool.description))</td>"
                + "<td role=\"cell\">\(action.from) → \(action.to)</td>"
                + "<td class=\"why\" role=\"cell\">\(ReportText.escape(action.reason))</td></tr>"
        }.joined()
        let more = actions.count - limit
        let note = more > 0 ? "<p class=\"note\">and \(ReportText.count(more)) more</p>" : ""
        // The roles keep it a table where a phone lays its rows out as blocks.
        return "<details>\(summary)<div class=\"scroll\" role=\"region\" aria-label=\"\(ReportText.escape(title))\" "
            + "tabindex=\"0\"><table class=\"actions\" role=\"table\"><thead role=\"rowgroup\"><tr role=\"row\">"
            + ["Time (UTC)", "Pool", "Nodes", "Reason"].map { title in
                "<th scope=\"col\" role=\"columnheader\">\(title)</th>"
            }.joined() + "</tr></thead><tbody role=\"rowgroup\">\(rows)</tbody></table></div>\(note)</details>"
    }
}

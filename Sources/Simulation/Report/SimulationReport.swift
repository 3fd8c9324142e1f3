import Reconciler

/// A simulation as one HTML page that stands alone: no script, no network, the same bytes for the same results.
///
/// The verdict comes first, in words; then numbers, findings, charts and tables, each less urgent than the one before.
package enum SimulationReport {
    /// More findings than these are folded: the worst come first, and nobody reads fifty at night.
    private static let openFindings = 8

    /// - Parameter other: the same simulation with another spec, to compare with.
    package static func html(_ result: SimulationResult, against other: SimulationResult? = nil) -> String {
        let subject = ReportSubject(result, against: other)
        let title = "Simulation of \(result.name)" + (other.map { " against \($0.name)" } ?? "")
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <title>\(ReportText.escape(title))</title>
            <style>
            \(ReportStyle.css)
            </style>
            </head>
            <body>
            \(ReportStyle.shapes)
            <header>
            <h1>\(ReportText.escape(title))</h1>
            \(meta(subject))
            </header>
            <main>
            \(ReportVerdict(subject: subject).html)
            \(ReportTiles(totals: result.totals, other: other?.totals).html)
            \(findings(subject))
            \(charts(subject))
            \(ReportPoolTable(subject: subject).html)
            \(actions(subject))
            </main>
            </body>
            </html>

            """
    }

    private static func meta(_ subject: ReportSubject) -> String {
        let result = subject.result
        let length = result.end - result.start
        var html =
            "<p class=\"meta soft\">\(ReportTimes.full(result.start)) to \(ReportTimes.full(result.end)) UTC "
            + "(\(length.specText)), a round every \(result.step.specText), seed \(result.seed)</p>"
        if let other = subject.other {
            html += "<p class=\"meta soft\">“other” is \(ReportText.escape(other.name)), seed \(other.seed)"
            html += subject.isMoved ? "; it ran at another time and is drawn from the same start</p>" : "</p>"
        }
        return html
    }

    private static func findings(_ subject: ReportSubject) -> String {
        func items(_ findings: ArraySlice<String>) -> String {
            "<ul class=\"findings\">\(findings.map { "<li>\(ReportText.escape($0))</li>" }.joined())</ul>"
        }
        func list(_ findings: [String]) -> String {
            if findings.isEmpty { return "<p class=\"note\">Nothing stood out.</p>" }
            let rest = findings.dropFirst(openFindings)
            if rest.isEmpty { return items(findings[...]) }
            let summary = ReportText.plural(rest.count, "more finding")
            return items(findings.prefix(openFindings))
                + "<details><summary>\(summary)</summary>\(items(rest))</details>"
        }
        var html = "<h2>Findings</h2>" + list(subject.result.findings)
        if let other = subject.other {
            let summary = "Findings of \(ReportText.escape(other.name)) (\(other.findings.count))"
            html += "<details><summary>\(summary)</summary>\(list(other.findings))</details>"
        }
        return html
    }

    private static func charts(_ subject: ReportSubject) -> String {
        if subject.result.times.isEmpty { return "<p class=\"note\">The simulation has no moments to draw.</p>" }
        return "<h2>Viewers against capacity</h2>\n\(ReportViewerCharts(subject: subject).html)\n"
            + "<h2>Nodes</h2>\n\(ReportNodeCharts(subject: subject).html)"
    }

    private static func actions(_ subject: ReportSubject) -> String {
        var html = "<h2>Scaling actions</h2>"
        html += ReportActions.html(
            subject.result.actions, title: subject.other == nil ? "All actions" : "Actions of \(subject.result.name)",
            times: subject.times)
        if let other = subject.other {
            html += ReportActions.html(other.actions, title: "Actions of \(other.name)", times: subject.times)
        }
        return html
    }
}

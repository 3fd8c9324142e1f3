import Reconciler

/// The first thing on the page: who was refused, where it was worst and why, and what it cost, in a sentence.
struct ReportVerdict {
    let subject: ReportSubject

    var html: String {
        let totals = subject.result.totals
        let isBad = totals.refusedViewers > 0 || totals.refusedPublishers > 0
        var html = "<div class=\"verdict\(isBad ? " bad" : "")\">" + ReportText.escape(Self.sentence(subject))
        if let other = subject.other {
            html += "<p>" + ReportText.escape(Self.comparison(totals, with: other)) + "</p>"
        }
        return html + "</div>"
    }

    static func sentence(_ subject: ReportSubject) -> String {
        let totals = subject.result.totals
        var text = "\(ReportText.count(totals.refusedViewers)) of \(ReportText.plural(totals.viewers, "viewer")) "
        text += totals.refusedViewers == 1 ? "was refused" : "were refused"
        if totals.viewers == 0, totals.refusedViewers == 0 { text = "No viewers came" }
        if totals.refusedViewers > 0, let worst = worst(subject) { text += ", \(worst)" }
        if totals.refusedPublishers > 0 {
            text +=
                "; so \(totals.refusedPublishers == 1 ? "was" : "were") \(ReportText.count(totals.refusedPublishers))"
            text += " of \(ReportText.plural(totals.publishers, "publisher"))"
        }
        text += "; \(ReportText.decimal(totals.nodeHours)) node-hours"
        text += totals.cost.map { ", cost \(ReportText.money($0))." } ?? ", cost unknown."
        return text
    }

    /// `at worst 480 waiting at Sat 18:04 UTC in us-east: edge was at its max of 40`; the same moment as in the findings.
    private static func worst(_ subject: ReportSubject) -> String? {
        let result = subject.result
        guard let worst = result.worst else { return nil }
        var text = "at worst \(ReportText.count(worst.waiting)) waiting at \(subject.times.moment(worst.at)) UTC"
        text += worst.region.map { " in \($0)" } ?? ""
        guard let index = result.times.lastIndex(where: { $0 <= worst.at }) else { return text }
        return text + (cause(result, region: worst.region, index: index).map { ": \($0)" } ?? "")
    }

    /// What held the fullest pool of a region, or of all, back.
    private static func cause(_ result: SimulationResult, region: String?, index: Int) -> String? {
        let pools = result.pools.filter { pool in
            (region == nil || pool.pool.region == region) && pool.utilization.indices.contains(index)
                && pool.desired.indices.contains(index) && pool.serving.indices.contains(index)
                && (pool.utilization[index] >= 90 || pool.serving[index] == 0)
        }
        let fullest = pools.max { $0.utilization[index] < $1.utilization[index] }
        guard let fullest else { return nil }
        let (desired, serving) = (fullest.desired[index], fullest.serving[index])
        if desired >= fullest.max { return "\(fullest.pool.role) was at its max of \(fullest.max)" }
        if desired > serving {
            return
                "\(ReportText.count(desired - serving)) of \(ReportText.plural(desired, "\(fullest.pool.role) node")) "
                + "\(desired - serving == 1 ? "was" : "were") not yet in service"
        }
        return nil
    }

    /// What the other spec would change.
    private static func comparison(_ totals: SimulationResult.Totals, with other: SimulationResult) -> String {
        let refused = other.totals.refusedViewers - totals.refusedViewers
        var parts = [
            refused == 0
                ? "as many refused"
                : "\(ReportText.count(abs(refused))) \(refused < 0 ? "fewer refused (better)" : "more refused (worse)")"
        ]
        let hours = other.totals.nodeHours - totals.nodeHours
        if abs(hours) >= 0.05 {
            let words = hours < 0 ? "fewer node-hours (better)" : "more node-hours (worse)"
            parts.append("\(ReportText.decimal(abs(hours))) \(words)")
        } else {
            parts.append("as many node-hours")
        }
        if let cost = totals.cost, let otherCost = other.totals.cost {
            let words = otherCost < cost ? "less cost (better)" : "more cost (worse)"
            parts.append(
                abs(cost - otherCost) < 0.005 ? "the same cost" : "\(ReportText.money(abs(cost - otherCost))) \(words)")
        }
        return "With \(other.name) instead: \(parts.joined(separator: ", "))."
    }
}

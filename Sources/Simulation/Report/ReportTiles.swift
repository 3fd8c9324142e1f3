import Reconciler

/// The numbers of the whole simulation, each with the other's and the difference where there are two.
struct ReportTiles {
    let totals: SimulationResult.Totals
    let other: SimulationResult.Totals?

    private enum Wish { case less, none }

    var html: String {
        let waited =
            totals.refusedViewers > 0
            ? "waited \(Self.wait(totals.waitedSeconds / Double(totals.refusedViewers))) on average" : nil
        var tiles = [
            count("Viewers", \.viewers), count("Viewers at the peak", \.peakViewers),
            count("Viewers refused", \.refusedViewers, wish: .less, note: waited),
            count("Publishers refused", \.refusedPublishers, wish: .less, note: ofPublishers),
            count("Nodes at the peak", \.peakNodes),
            tile("Node-hours", totals.nodeHours, other?.nodeHours, ReportText.decimal, wish: .less), cost,
            count("Scale-outs", \.scaleOuts), count("Scale-ins", \.scaleIns),
            count("Reversals", \.reversals, wish: .less, note: "shrank too soon after it had grown"),
            count("Viewers moved", \.moved, wish: .less, note: "their node went; they connected again"),
        ]
        if totals.publishers == 0, other?.publishers ?? 0 == 0 { tiles.remove(at: 3) }
        tiles += [waitedForPublisher, servedElsewhere].compactMap { $0 }
        let header = other.map { _ in "<p class=\"note\">\(Self.convention)</p>" } ?? ""
        return "\(header)<dl class=\"tiles\">\(tiles.joined())</dl>"
    }

    private static let convention = "Differences are other − this: what the other spec would change."

    private var waitedForPublisher: String? {
        if totals.waitedForPublisher == 0, other?.waitedForPublisher ?? 0 == 0 { return nil }
        return count("Waited for a publisher", \.waitedForPublisher, note: "viewers of streams that nobody published")
    }

    private var servedElsewhere: String? {
        if totals.servedElsewhereSeconds == 0, other?.servedElsewhereSeconds ?? 0 == 0 { return nil }
        let share = totals.servedSeconds > 0 ? totals.servedElsewhereSeconds * 100 / totals.servedSeconds : 0
        return tile(
            "Served in another region, viewer-hours", totals.servedElsewhereSeconds / 3600,
            other.map { $0.servedElsewhereSeconds / 3600 }, ReportText.decimal, wish: .less,
            note: "\(ReportText.decimal(share))% of the viewing, at most "
                + "\(ReportText.plural(totals.peakServedElsewhere, "viewer")) at once")
    }

    private static func wait(_ seconds: Double) -> String {
        seconds < 60 ? "\(ReportText.decimal(seconds)) s" : Duration.seconds(Int(seconds.rounded())).specText
    }

    private var ofPublishers: String { "of \(ReportText.count(totals.publishers))" }

    private func count(
        _ name: String, _ path: KeyPath<SimulationResult.Totals, Int>, wish: Wish = .none, note: String? = nil
    ) -> String {
        tile(
            name, Double(totals[keyPath: path]), other.map { Double($0[keyPath: path]) }, ReportText.decimal,
            wish: wish,
            note: note, isAlarm: wish == .less && name.hasSuffix("refused") && totals[keyPath: path] > 0)
    }

    private var cost: String {
        guard let cost = totals.cost else {
            let note = "no prices given: --price TYPE=PER_HOUR"
            let others = other?.cost.map { "; other \(ReportText.money($0))" } ?? ""
            return frame("Cost", value: "unknown", note: note + others, difference: "", isAlarm: false)
        }
        if let other, other.cost == nil {
            let note = "other: no prices given"
            return frame("Cost", value: ReportText.money(cost), note: note, difference: "", isAlarm: false)
        }
        return tile("Cost", cost, other?.cost, ReportText.money, wish: .less)
    }

    private func tile(
        _ name: String, _ value: Double, _ other: Double?, _ words: (Double) -> String, wish: Wish,
        note: String? = nil, isAlarm: Bool = false
    ) -> String {
        let difference = other.map { Self.difference(value, $0, words, wish: wish) } ?? ""
        return frame(name, value: words(value), note: note, difference: difference, isAlarm: isAlarm)
    }

    private func frame(_ name: String, value: String, note: String?, difference: String, isAlarm: Bool) -> String {
        "<div><dt>\(name)</dt><dd><b\(isAlarm ? " class=\"bad\"" : "")>\(value)</b>\(difference)"
            + (note.map { "<span class=\"soft\">\(ReportText.escape($0))</span>" } ?? "") + "</dd></div>"
    }

    /// `other 120`, then `+18 (+15%) worse`: what the other would change.
    private static func difference(
        _ value: Double, _ other: Double, _ words: (Double) -> String, wish: Wish
    ) -> String {
        let change = other - value
        guard words(value) != words(other) else { return "same in other<br/>" }
        var text = "other \(words(other))<br/>"
        text += change > 0 ? "+\(words(change))" : words(change)
        if value != 0 {
            let percent = change / value * 100
            text += " (\(percent > 0 ? "+" : "")\(ReportText.decimal(percent))%)"
        }
        if wish == .less {
            text += change < 0 ? " <b class=\"good w\">better</b>" : " <b class=\"bad w\">worse</b>"
        }
        return text + "<br/>"
    }
}

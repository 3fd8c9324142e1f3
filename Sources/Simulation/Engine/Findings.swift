internal import Reconciler

/// What was watched, in words, the worst first.
struct Findings {
    let watch: Watch
    let pools: [PoolKey]
    let regions: [String]
    let totals: SimulationResult.Totals
    let step: Duration
    let spec: Spec
    let results: [SimulationResult.Pool]
    let prices: PriceList
    let unpublished: [StreamKey: Unpublished]
    /// When the most watched on nodes of another region, and which region's nodes had the most of them.
    let elsewhere: (at: Timestamp, region: String)?

    /// Viewers who waited for one stream because nobody published it.
    struct Unpublished {
        var viewers = 0
        var first: Timestamp
    }

    /// Sentences of one kind; what is beyond is summed up in one more.
    private static let alike = 5
    /// Percent of the viewing elsewhere that are worth a sentence.
    private static let elsewherePercent = 5.0

    var sentences: [String] {
        refusals + publishers + offAir + servedElsewhere + ceilings + reversals + unpriced
    }

    /// When the most refused viewers of one region waited at once.
    var worst: SimulationResult.Worst? {
        let most = watch.episodes.map(\.worst).max() ?? 0
        guard most > 0, let place = watch.episodes.firstIndex(where: { $0.worst == most }),
            let at = watch.episodes[place].worstAt
        else { return nil }
        return SimulationResult.Worst(at: at, region: place < regions.count ? regions[place] : nil, waiting: most)
    }

    private var refusals: [String] {
        let found = watch.episodes.enumerated().filter { $0.element.refused > 0 }
            .sorted { ($1.element.refused, $0.offset) < ($0.element.refused, $1.offset) }
        let rest = found.dropFirst(Self.alike)
        let more = rest.reduce(0) { $0 + $1.element.refused }
        let others = "\(more.grouped) viewers of \(rest.count) more regions were refused"
        return found.prefix(Self.alike).map { place, episode in
            let region = place < regions.count ? " of \(regions[place])" : ""
            let from = episode.first.map { "\($0)" } ?? ""
            let to = episode.last.map { "\($0)" } ?? ""
            let span = from == to ? "at \(from)" : "between \(from) and \(to)"
            let worst = episode.worstAt.map { ", at worst \(episode.worst.grouped) waiting at \($0)" } ?? ""
            return "\(episode.refused.grouped) viewers\(region) were refused \(span)\(worst): "
                + cause(of: episode, place)
        } + (rest.isEmpty ? [] : [others])
    }

    private func cause(of episode: Watch.Episode, _ place: Int) -> String {
        let most = Watch.Cause.allCases.max { episode.causes[$0.rawValue] < episode.causes[$1.rawValue] }
        if let group = spec.groups.first(where: { $0.limits.subscribers.map { totals.peakViewers > $0 } ?? false }),
            let limit = group.limits.subscribers
        {
            return "node group '\(group.name)' takes at most \(limit.grouped) (limits.subscribers)"
        }
        switch most {
        case .ceiling: return "every pool that could serve them was at its max"
        case .booting: return "new nodes were asked for and not in service yet"
        default: return "no pool asked for more nodes; look at its rules and its min"
        }
    }

    private var publishers: [String] {
        totals.refusedPublishers == 0
            ? [] : ["\(totals.refusedPublishers.grouped) publishers found no node with room when they first asked"]
    }

    private var offAir: [String] {
        let streams = unpublished.sorted { ($1.value.viewers, $0.key) < ($0.value.viewers, $1.key) }
        guard let most = streams.first, let first = streams.map(\.value.first).min() else { return [] }
        if streams.count == 1 {
            return ["\(Self.viewers(most.value.viewers)) waited for \(most.key), which nobody published at \(first)"]
        }
        let all = streams.reduce(0) { $0 + $1.value.viewers }
        return [
            "\(streams.count.grouped) streams had no publisher when viewers asked: \(Self.viewers(all)) waited, first at "
                + "\(first), most of them for \(most.key) (\(most.value.viewers.grouped))"
        ]
    }

    private static func viewers(_ count: Int) -> String { "\(count.grouped) viewer\(count == 1 ? "" : "s")" }

    private var servedElsewhere: [String] {
        guard let elsewhere, totals.servedSeconds > 0 else { return [] }
        let percent = totals.servedElsewhereSeconds * 100 / totals.servedSeconds
        guard percent > Self.elsewherePercent else { return [] }
        return [
            "\(Int(percent.rounded()))% of the viewing was on nodes of another region than asked for, at most "
                + "\(Self.viewers(totals.peakServedElsewhere)) at once at \(elsewhere.at), most of them in \(elsewhere.region)"
        ]
    }

    private var ceilings: [String] {
        let found = pools.indices.filter { watch.ceilings[$0].steps > 0 }
            .sorted { (watch.ceilings[$1].steps, $0) < (watch.ceilings[$0].steps, $1) }
        let rest = found.count - Self.alike
        let others = "\(rest) more pool\(rest == 1 ? " was at its" : "s were at their") max for a time"
        return found.prefix(Self.alike)
            .map { index in
                let ceiling = watch.ceilings[index]
                let time = Duration.milliseconds(Int64(ceiling.steps) * step.wholeMilliseconds)
                let first = ceiling.first.map { ", first at \($0)" } ?? ""
                return "\(pools[index]) was at its max of \(ceiling.max) for \(time.specText)\(first)"
            } + (rest > 0 ? [others] : [])
    }

    private var reversals: [String] {
        let found = pools.indices.filter { watch.reversals[$0] > 0 }
            .sorted { (watch.reversals[$1], $0) < (watch.reversals[$0], $1) }
        let rest = found.count - Self.alike
        let others = "\(rest) more pool\(rest == 1 ? "" : "s") shrank within their scale-in stabilization, too"
        return found.prefix(Self.alike)
            .map { index in
                let window = spec.effectiveRoles()[pools[index]]?.scaling.scaleIn.stabilization ?? .zero
                let times = watch.reversals[index] == 1 ? "once" : "\(watch.reversals[index]) times"
                return
                    "\(pools[index]) shrank \(times) within \(window.specText), its scale-in stabilization, after it had grown"
            } + (rest > 0 ? [others] : [])
    }

    /// A cost that leaves something out says so.
    private var unpriced: [String] {
        guard totals.cost != nil else { return [] }
        let missing = results.filter { $0.cost == nil && $0.nodeHours > 0 }
        guard !missing.isEmpty else { return [] }
        let rest = missing.count - Self.alike
        let names = missing.prefix(Self.alike).map { "\($0.pool)" } + (rest > 0 ? ["\(rest) more"] : [])
        return ["the cost leaves out \(names.joined(separator: ", ")): no price of the instance type is known"]
    }
}

extension Int {
    /// With commas between thousands: `1,234,567`.
    package var grouped: String {
        var digits = String(magnitude)
        var parts: [String] = []
        while digits.count > 3 {
            parts.append(String(digits.suffix(3)))
            digits.removeLast(3)
        }
        return (self < 0 ? "-" : "") + ([digits] + parts.reversed()).joined(separator: ",")
    }
}

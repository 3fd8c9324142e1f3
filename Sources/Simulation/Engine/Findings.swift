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

    var sentences: [String] { refusals + publishers + offAir + ceilings + reversals + unpriced }

    private var refusals: [String] {
        let found = watch.episodes.enumerated().filter { $0.element.refused > 0 }
        return found.sorted { ($1.element.refused, $0.offset) < ($0.element.refused, $1.offset) }.map {
            place, episode in
            let region = place < regions.count ? " of \(regions[place])" : ""
            let from = episode.first.map { "\($0)" } ?? ""
            let to = episode.last.map { "\($0)" } ?? ""
            let span = from == to ? "at \(from)" : "between \(from) and \(to)"
            let worst = episode.worstAt.map { ", at worst \(episode.worst.grouped) waiting at \($0)" } ?? ""
            return "\(episode.refused.grouped) viewers\(region) were refused \(span)\(worst): "
                + cause(of: episode, place)
        }
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
        watch.offAir.sorted { $0.key < $1.key }.map { stream, found in
            "\(found.most.grouped) viewers waited for \(stream) at \(found.at), which nobody published then"
        }
    }

    private var ceilings: [String] {
        pools.indices.filter { watch.ceilings[$0].steps > 0 }
            .sorted { (watch.ceilings[$1].steps, $0) < (watch.ceilings[$0].steps, $1) }
            .map { index in
                let ceiling = watch.ceilings[index]
                let time = Duration.milliseconds(Int64(ceiling.steps) * step.wholeMilliseconds)
                let first = ceiling.first.map { ", first at \($0)" } ?? ""
                return "\(pools[index]) was at its max of \(ceiling.max) for \(time.specText)\(first)"
            }
    }

    private var reversals: [String] {
        pools.indices.filter { watch.reversals[$0] > 0 }
            .sorted { (watch.reversals[$1], $0) < (watch.reversals[$0], $1) }
            .map { index in
                let window = spec.effectiveRoles()[pools[index]]?.scaling.scaleIn.stabilization ?? .zero
                let times = watch.reversals[index] == 1 ? "once" : "\(watch.reversals[index]) times"
                return
                    "\(pools[index]) changed its direction \(times) within \(window.specText), its scale-in stabilization"
            }
    }

    /// A cost that leaves something out says so.
    private var unpriced: [String] {
        guard totals.cost != nil else { return [] }
        let missing = results.filter { $0.cost == nil && $0.nodeHours > 0 }
        return missing.isEmpty
            ? []
            : [
                "the cost leaves out \(missing.map { "\($0.pool)" }.joined(separator: ", ")): no price of the instance type is known"
            ]
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

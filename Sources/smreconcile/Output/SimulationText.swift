internal import Reconciler
internal import Simulation

/// A simulation as a person reads it: what it was, what it came to, how it went, and what to look at.
struct SimulationText {
    /// Characters of a chart: a narrow terminal shows it with its label and its peak.
    private static let width = 48
    /// Scaling actions of the beginning and of the end, and pools, that are shown; JSON has them all.
    private static let actions = 5
    private static let pools = 24

    let result: SimulationResult
    let other: SimulationResult?
    let load: String
    let console: Console

    init(_ result: SimulationResult, against other: SimulationResult?, load: String, console: Console) {
        self.result = result
        self.other = other
        self.load = load
        self.console = console
    }

    var text: String {
        var parts = [header, totals]
        for each in [result] + (other.map { [$0] } ?? []) {
            let name = other == nil ? "" : console.styled(each.name, .bold) + "\n\n"
            parts += [name + pools(of: each), charts(of: each), findings(of: each), actions(of: each)]
        }
        return parts.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private var header: String {
        let span = (result.end - result.start).specText
        let against = other.map { " against \($0.name)" } ?? ""
        return console.styled("\(result.name)\(against) under \(load)", .bold)
            + "\n\(result.start) to \(result.end) (\(span)), a round every \(result.step.specText), seed \(result.seed)\n"
    }

    // MARK: - Totals

    private var totals: String {
        let rows = Self.rows.map { row in
            (
                name: row.name, first: row.show(result.totals), second: other.map { row.show($0.totals) },
                difference: difference(row)
            )
        }
        var lines: [[String]] = rows.map { row in
            [row.name, row.first] + (row.second.map { [$0, row.difference] } ?? [])
        }
        if other != nil { lines.insert(["", "this", "against", "difference (against - this)"], at: 0) }
        var text = Self.aligned(lines)
        if result.totals.cost == nil, result.pools.contains(where: { $0.instanceType != nil }) {
            text += "no cost without prices: --prices FILE, or --price TYPE=PRICE with the price of an hour\n"
        }
        return text
    }

    private struct Row: Sendable {
        var name: String
        var value: @Sendable (SimulationResult.Totals) -> Double?
        /// Decimals that are shown.
        var decimals = 0
        /// Behind the number.
        var note: @Sendable (SimulationResult.Totals) -> String = { _ in "" }

        func show(_ totals: SimulationResult.Totals) -> String {
            value(totals).map { $0.fixed(decimals) + note(totals) } ?? "unknown"
        }
    }

    private static let rows: [Row] = [
        Row(name: "viewers", value: { Double($0.viewers) }),
        Row(
            name: "refused (had to ask again)", value: { Double($0.refusedViewers) },
            note: { $0.refusedViewers == 0 ? "" : " (\(share($0.refusedViewers, of: $0.viewers)))" }),
        Row(name: "waiting, in hours", value: { $0.waitedSeconds / 3600 }, decimals: 1),
        Row(name: "waited for a publisher", value: { Double($0.waitedForPublisher) }),
        Row(
            name: "served in another region, in hours", value: { $0.servedElsewhereSeconds / 3600 }, decimals: 1,
            note: { totals in
                totals.servedElsewhereSeconds == 0
                    ? "" : " (\(share(Int(totals.servedElsewhereSeconds), of: Int(totals.servedSeconds))))"
            }),
        Row(name: "moved, their node went", value: { Double($0.moved) }),
        Row(name: "publishers", value: { Double($0.publishers) }),
        Row(name: "publishers refused", value: { Double($0.refusedPublishers) }),
        Row(name: "most viewers", value: { Double($0.peakViewers) }),
        Row(name: "most nodes", value: { Double($0.peakNodes) }),
        Row(name: "node-hours", value: { $0.nodeHours }, decimals: 1),
        Row(name: "cost", value: { $0.cost }, decimals: 2),
        Row(name: "scale-outs", value: { Double($0.scaleOuts) }),
        Row(name: "scale-ins", value: { Double($0.scaleIns) }),
        Row(name: "reversals", value: { Double($0.reversals) }),
    ]

    /// How much the second is more or less, in numbers and percent: what it would change.
    private func difference(_ row: Row) -> String {
        guard let other, let first = row.value(result.totals), let second = row.value(other.totals) else { return "" }
        let change = second - first
        let text = change.fixed(row.decimals)
        guard text.contains(where: { $0 != "0" && $0 != "." && $0 != "-" }) else { return "=" }
        let percent = first == 0 ? "" : " (\(change > 0 ? "+" : "")\((change / first * 100).fixed(0))%)"
        return (change > 0 ? "+" : "") + text + percent
    }

    /// `0.3%`; `<0.1%` rather than nothing.
    private static func share(_ part: Int, of whole: Int) -> String {
        let percent = Double(part) * 100 / Double(max(whole, 1))
        return percent < 0.1 ? "<0.1%" : "\(percent.fixed(1))%"
    }

    private static func aligned(_ rows: [[String]]) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += column == row.count - 1 ? cell : cell.padded(to: widths[column]) + "  "
            }
            return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }

    // MARK: - Pools

    private func pools(of result: SimulationResult) -> String {
        var table = Table(["POOL", "NODES", "PEAK", "NODE-HOURS", "COST", "OUT", "IN", "USED"])
        for pool in result.pools.prefix(Self.pools) {
            let used = pool.utilization.filter { $0 >= 0 }
            let mean = used.isEmpty ? "-" : "\(used.reduce(0, +) / used.count)%, at most \(used.max() ?? 0)%"
            table.add([
                "\(pool.pool)", "\(pool.min)..\(pool.max)", "\(pool.peakNodes)", pool.nodeHours.fixed(1),
                pool.cost?.fixed(2) ?? "unknown", "\(pool.scaleOuts)", "\(pool.scaleIns)", mean,
            ])
        }
        let more = result.pools.count - Self.pools
        return table.text + (more > 0 ? "and \(more) more pools: -o json shows them\n" : "")
    }

    // MARK: - Charts

    private func charts(of result: SimulationResult) -> String {
        guard let all = result.viewers.first, !result.times.isEmpty else { return "" }
        let nodes = result.times.indices.map { time in result.pools.reduce(0) { $0 + $1.billed[time] } }
        let top = max(all.wanted.max() ?? 0, all.capacity.max() ?? 0)
        // The least room that there was stands above the most that asked.
        var lines = [
            ["wanted", Self.bars(all.wanted, top: top, of: { $0.max() }), "most \((all.wanted.max() ?? 0).grouped)"],
            [
                "room for", Self.bars(all.capacity, top: top, of: { $0.min() }),
                "most \((all.capacity.max() ?? 0).grouped)",
            ],
            ["nodes", Self.bars(nodes, top: nodes.max() ?? 0, of: { $0.max() }), "most \((nodes.max() ?? 0).grouped)"],
        ]
        if let most = all.refused.max(), most > 0 {
            lines.append([
                "refused", Self.bars(all.refused, top: most, of: { $0.max() }), "most \(most.grouped) at once",
            ])
        }
        return Self.aligned(lines)
    }

    private static let blocks = Array(" ▁▂▃▄▅▆▇█")

    /// One line of eighths; nothing is blank, and anything is at least an eighth.
    private static func bars(_ values: [Int], top: Int, of pick: (ArraySlice<Int>) -> Int?) -> String {
        let columns = min(width, values.count)
        return String(
            (0..<columns).map { column in
                let from = column * values.count / columns
                let to = max((column + 1) * values.count / columns, from + 1)
                guard let value = pick(values[from..<to]), value > 0, top > 0 else { return blocks[0] }
                return blocks[max(1, min(8, Int((Double(value) * 8 / Double(top)).rounded())))]
            })
    }

    // MARK: - Sentences

    private func findings(of result: SimulationResult) -> String {
        if result.findings.isEmpty {
            return console.styled("nobody was refused, no pool reached its max", .green) + "\n"
        }
        return result.findings.map { "\(console.styled("!", .yellow)) \($0)\n" }.joined()
    }

    private func actions(of result: SimulationResult) -> String {
        func lines(_ actions: ArraySlice<SimulationResult.Action>) -> String {
            actions.map { "\($0.at)  \($0.pool)  \($0.from) -> \($0.to): \($0.reason)\n" }.joined()
        }
        let between = result.actions.count - 2 * Self.actions
        guard between > 0 else { return lines(result.actions[...]) }
        return lines(result.actions.prefix(Self.actions))
            + "... \(between.grouped) more change\(between == 1 ? "" : "s") between: -o json shows them\n"
            + lines(result.actions.suffix(Self.actions))
    }
}

internal import Reconciler

/// Who got how many of many clients.
///
///     subscribe live/a, 1000 times: 1000 assigned to 4 of 6 nodes; 240 to 262 each, 250 on average
///     NODE    REGION   ASSIGNED  CLIENTS
///     edge-1  us-east  262       302 of 400
enum RouteTrialText {
    /// Nodes in the table.
    private static let namedNodes = 20

    /// The whole text.
    static func render(_ trial: RouteTrial, _ query: RouteQuery) -> String {
        let got = trial.nodes.filter { $0.assigned > 0 }
        var text =
            "\(query.action.rawValue) \(query.stream), \(trial.asked) time\(trial.asked == 1 ? "" : "s"): "
            + "\(trial.assigned) assigned"
        if let least = got.map(\.assigned).min(), let most = got.map(\.assigned).max() {
            let mean = Double(trial.assigned) / Double(got.count)
            text += " to \(got.count) of \(trial.nodes.count) nodes"
            text += "; \(least == most ? "\(least)" : "\(least) to \(most)") each, \(mean.short) on average"
        }
        text += "\n"
        for refusal in trial.refusals { text += "\(refusal.count) refused: \(refusal.status), \(refusal.detail)\n" }
        guard !trial.nodes.isEmpty else { return text }
        let regions = Dictionary(grouping: got, by: \.region)
        if regions.count > 1 {
            var table = Table(["REGION", "ASSIGNED", "NODES"])
            for (region, nodes) in regions.sorted(by: { $0.key < $1.key }).prefix(namedNodes) {
                table.add([region, "\(nodes.reduce(0) { $0 + $1.assigned })", "\(nodes.count)"])
            }
            text += "\n" + table.text
            if regions.count > namedNodes { text += "and \(regions.count - namedNodes) more; -o json has all\n" }
        }
        var table = Table(["NODE", "REGION", "ASSIGNED", "CLIENTS"])
        let order = trial.nodes.sorted { ($1.assigned, $0.node) < ($0.assigned, $1.node) }
        for node in order.prefix(namedNodes) {
            let limit = node.limit.map { " of \($0)" } ?? ""
            table.add([node.node, node.region, "\(node.assigned)", "\(node.clients)\(limit)"])
        }
        text += "\n" + table.text
        if order.count > namedNodes { text += "and \(order.count - namedNodes) more; -o json has all\n" }
        return text
    }
}

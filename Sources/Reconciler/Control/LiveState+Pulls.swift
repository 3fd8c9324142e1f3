/// Where nodes pull streams from.
extension LiveState {
    /// Where `node` gets a stream from; at the endpoint of the wanted protocol where a node on the way has one, else at its first. The
    /// answer is kept: the same node gets the same parent for the stream while that serves.
    package func source(
        of stream: StreamKey, for node: NodeID, over wanted: String? = nil, at now: Timestamp
    ) -> StreamSource {
        guard let entry = streams.entry(stream), let live = entry.live?.node else { return .notLive }
        if live == node { return .here }
        let view = view
        guard let source = view.nodes[live], source.address != nil, !source.endpoints.isEmpty else { return .notLive }
        let nodes = pulls.path(of: stream, to: node, from: live, carriers: entry.carriers, in: view, at: now)
        guard let nodes else { return .noRoom }
        guard let parent = nodes.first, let url = view.nodes[parent]?.pullURL(over: wanted) else { return .notLive }
        return .at(PullPath(parent: PullPath.Hop(node: parent, url: url), above: Array(nodes.dropFirst())))
    }

    /// The answer to a viewer, where limits of pulls keep the node from getting the stream that was picked: one that has it, or has been
    /// told from where it comes, in its place. What the viewer's node pulls is set aside with the answer.
    func withinReach(
        _ answer: RouteAnswer, _ query: RouteQuery, _ router: Router, at now: Timestamp
    ) -> RouteAnswer {
        guard let first = answer.candidate, router.view.distribution.isLimited(first.group),
            case .noRoom = source(of: query.stream, for: first.node, at: now)
        else { return answer }
        first.load.takeBack(.subscribe)
        let carriers = streams.entry(query.stream)?.carriers.keys.map { $0 } ?? []
        return router.viewer(query, among: Set(carriers).union(pulls.children(of: query.stream)))
    }

    /// Ends the pulls of streams that a node no longer pulls, by what it reported before and reports now.
    func endPulls(of node: NodeID, before: Telemetry?, now reports: [StreamReport]) {
        guard let before, !before.heartbeat.streams.isEmpty else { return }
        let old = before.heartbeat.streams
        if old.elementsEqual(reports, by: { $0.name == $1.name && $0.scope == $1.scope && $1.role != .source }) {
            return
        }
        let kept = Set(reports.lazy.filter { $0.role != .source }.map(\.key))
        for report in old where !kept.contains(report.key) {
            pulls.end(report.key, at: node, reportedAt: before.receivedAt)
        }
    }

    /// Where a node pulls the streams from that it carries: those that it was told a parent for. Another than it was told when that
    /// serves no more.
    func routes(of reports: [StreamReport], at node: NodeID, now: Timestamp) -> [PullRoute] {
        var routes: [PullRoute] = []
        for report in reports where report.role != .source {
            let stream = report.key
            guard pulls.parent(of: node, for: stream) != nil,
                case .at(let path) = source(of: stream, for: node, at: now)
            else { continue }
            routes.append(PullRoute(stream, url: stream.url(under: path.parent.url), from: path.parent.node))
        }
        return routes
    }

    /// Where a node may pull from, best first: its own parent for all streams comes before the others.
    func parents(of node: NodeID, _ entry: RoutingView.NodeEntry, in view: RoutingView) -> [String] {
        guard let level = view.distribution.home(of: entry.pool),
            let url = pulls.home(of: node, at: level)?.entry.pullURL(over: nil), entry.parents.first != url
        else { return entry.parents }
        return [url] + entry.parents.filter { $0 != url }
    }
}

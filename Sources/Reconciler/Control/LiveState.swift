/// Where the control loop and the API meet: the loop publishes snapshots here, requests read them, heartbeats come in.
/// No method waits for the loop, the store or a provider.
package final class LiveState: Sendable {
    package let streams = StreamDirectory()
    package let pulls = PullBook()
    package let loads = LoadRegistry()
    package let telemetry = TelemetryBook()
    package let probes = ProbeBook()
    package let demand = DemandBook()
    package let provisions = ProvisionBook()
    private let sourceBox = Locked<Locked<SourceStatus?>?>(nil)
    private let published: Published<Router>
    private let snapshotBox: Locked<FleetSnapshot>
    private let wakeSignal: @Sendable () -> Void
    private let assigned: (@Sendable (Candidate, RouteQuery, Timestamp) -> Void)?

    /// - Parameters:
    ///   - wake: asks the control loop for a round soon; called from any thread, cheap when one is due already.
    ///   - assigned: told of every answered routing question, on the request's thread: for simulated nodes, who want to know.
    package init(
        startedAt: Timestamp, wake: @escaping @Sendable () -> Void,
        assigned: (@Sendable (Candidate, RouteQuery, Timestamp) -> Void)? = nil
    ) {
        snapshotBox = Locked(FleetSnapshot.empty(at: startedAt))
        published = Published(Router(view: .empty, streams: streams))
        wakeSignal = wake
        self.assigned = assigned
    }

    /// Where the spec comes from; nil where nobody follows one.
    package var source: SourceStatus? { sourceBox.current?.current }

    /// From here on ``source`` is what this says at each moment.
    package func follow(_ source: Locked<SourceStatus?>) { sourceBox.replace(with: source) }

    package var view: RoutingView { router.view }
    /// What answers routing questions by the present view.
    package var router: Router { published.current }
    package var snapshot: FleetSnapshot { snapshotBox.current }

    /// Called by the control loop alone.
    package func publish(view: RoutingView) { published.replace(with: Router(view: view, streams: streams)) }

    /// Called by the control loop alone.
    package func publish(snapshot: FleetSnapshot) { snapshotBox.replace(with: snapshot) }

    /// Answers publish and subscribe.
    package func route(
        _ query: RouteQuery, at now: Timestamp, using random: inout SeededRandom
    ) -> RouteAnswer {
        route(query, by: router, at: now, using: &random)
    }

    /// The same, where the caller has looked at the present router already.
    package func route(
        _ query: RouteQuery, by router: Router, at now: Timestamp, using random: inout SeededRandom
    ) -> RouteAnswer {
        var answer = router.route(query, at: now, using: &random)
        if query.action == .subscribe, router.view.distribution.hasLimits {
            answer = withinReach(answer, query, router, at: now)
        }
        switch answer {
        case .node(let candidate), .transcoder(let candidate, origin: _): assign(candidate, query, now)
        case .nodes(let candidates): if let first = candidates.first { assign(first, query, now) }
        case .notFound, .conflict, .impossible: break
        case .unavailable:
            if let (group, region) = router.shortage(of: query) {
                demand.record(group: group, region: region, action: query.action, needs: query.needs, at: now)
            }
        }
        return answer
    }

    private func assign(_ candidate: Candidate, _ query: RouteQuery, _ now: Timestamp) {
        if !query.promised.isEmpty { follow(query, to: candidate, at: now) }
        assigned?(candidate, query, now)
    }

    /// So many more clients asked the same at the same moment as one that found no room: a simulation need not ask for each.
    package func refuse(_ count: Int, _ query: RouteQuery, at now: Timestamp) {
        guard count > 0, let (group, region) = router.shortage(of: query) else { return }
        demand.record(group: group, region: region, action: query.action, needs: query.needs, count: count, at: now)
    }

    /// Takes in a heartbeat and answers it; nil when there is no such node.
    package func heartbeat(_ heartbeat: Heartbeat, from node: NodeID, at now: Timestamp) -> HeartbeatAnswer? {
        guard let entry = view.nodes[node] else { return nil }
        // Only a node that takes publishers can be a source, whatever it says.
        let reports = entry.takesPublishers ? heartbeat.streams : heartbeat.streams.map(\.asCarried)
        if case .accepted(let previous) = telemetry.record(heartbeat, of: node, at: now) {
            entry.load.report(
                publishers: Metric.count(heartbeat.metrics[Metric.publishers]),
                subscribers: Metric.count(heartbeat.metrics[Metric.subscribers]))
            entry.load.children.report(Metric.children(in: heartbeat.metrics))
            let view = view
            streams.update(
                node: node, load: entry.load, from: previous?.heartbeat.streams ?? [], to: reports, at: now
            ) {
                view.nodes[$0]?.isServing == true
            }
            endPulls(of: node, before: previous, now: reports)
            if Self.isNews(heartbeat, after: previous, of: entry, at: now) { wakeSignal() }
        }
        return HeartbeatAnswer(
            directive: entry.directive, intervalMs: Int(entry.heartbeatInterval.wholeMilliseconds),
            parents: parents(of: node, entry, in: view), routes: routes(of: reports, at: node, now: now),
            tickets: view.ticketPolicies[entry.pool.group])
    }

    /// Whether routing should not wait for the next round to learn of it: a node on its way up or back, one whose media server hangs,
    /// has died or is well again, and one that is heard again after it got nobody for its silence.
    private static func isNews(
        _ heartbeat: Heartbeat, after previous: Telemetry?, of entry: RoutingView.NodeEntry, at now: Timestamp
    ) -> Bool {
        if entry.state.isComing || entry.state == .fault { return true }
        if (previous?.heartbeat.ready ?? true) != (heartbeat.ready ?? true) { return true }
        guard let previous, !entry.isServing else { return false }
        return now - previous.receivedAt >= entry.heartbeatInterval * 2
    }

    /// A media server asks whether a publisher may begin on `node`; the stream is live from here on if so.
    package func published(_ stream: StreamKey, on node: NodeID, at now: Timestamp) -> Bool {
        guard let entry = view.nodes[node], entry.isServing, entry.takesPublishers else { return false }
        let view = view
        return streams.markLive(stream, on: node, at: now) {
            view.nodes[$0]?.isServing == true
        } keeps: { other in
            view.nodes[other].map { $0.isServing && $0.onDuplicate == .reject } ?? false
        }
    }

    /// A media server says that a publisher ended.
    package func unpublished(_ stream: StreamKey, on node: NodeID) {
        streams.remove(stream, from: node)
    }

    package func wake() { wakeSignal() }

    /// Nothing that is known of a node counts any more: it is gone.
    func forget(_ node: NodeID) {
        streams.forget(node)
        pulls.forget(node)
        telemetry.forget(node)
        probes.forget(node)
    }

    /// The clock was set back to `now`: nothing is from later than that.
    func setBack(to now: Timestamp) {
        streams.setBack(to: now)
        pulls.setBack(to: now)
        telemetry.setBack(to: now)
        probes.setBack(to: now)
    }
}

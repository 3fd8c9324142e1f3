extension Router {
    /// Over a fleet that stands still, as a State document shows it: its loads are what the nodes report, and what is live is what they
    /// say. Everything it counts is its own.
    package convenience init(rehearsing spec: Spec, fleet: Fleet, at now: Timestamp) {
        let view = RoutingView.build(
            spec: spec, fleet: fleet, now: now, heartbeatInterval: .seconds(1), loads: LoadRegistry())
        let streams = StreamDirectory()
        for node in fleet.nodes.values.sorted(by: { $0.id < $1.id }) where !node.streams.isEmpty {
            guard let entry = view.nodes[node.id] else { continue }
            let reports = entry.takesPublishers ? node.streams : node.streams.map(\.asCarried)
            streams.update(
                node: node.id, load: entry.load, from: [], to: reports, at: node.lastHeartbeatAt ?? now
            ) {
                view.nodes[$0]?.isServing == true
            }
        }
        self.init(view: view, streams: streams)
    }
}

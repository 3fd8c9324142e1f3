@testable import Reconciler

/// A view of a fleet and all that routing needs beside it.
final class RoutingFixture: Sendable {
    let live: LiveState
    let spec: Spec

    init(_ nodes: [Node], spec: Spec, at now: Timestamp = noon, _ change: (inout Fleet) -> Void = { _ in }) {
        self.spec = spec
        live = LiveState(startedAt: now, wake: {})
        publish(nodes, at: now, change)
    }

    func publish(_ nodes: [Node], at now: Timestamp = noon, _ change: (inout Fleet) -> Void = { _ in }) {
        let fleet = Sample.fleet(nodes, change)
        live.publish(
            view: RoutingView.build(
                spec: spec, fleet: fleet, now: now, heartbeatInterval: .seconds(1), loads: live.loads))
    }

    func route(
        _ action: StreamAction, _ name: String = "a", protocol wanted: String? = nil, regions: [String] = [],
        strict: Bool = false, place: GeoPoint? = nil, scope: String = "live", at now: Timestamp = noon, seed: UInt64 = 1
    ) -> RouteAnswer {
        var random = SeededRandom(seed: seed)
        let query = RouteQuery(
            stream: StreamKey(scope: scope, name: name), action: action, protocol: wanted, regions: regions,
            strict: strict, place: place)
        return live.route(query, at: now, using: &random)
    }

    /// `name` is live on `node`.
    func goLive(_ name: String = "a", on node: NodeID, at now: Timestamp = noon) {
        live.streams.markLive(StreamKey(scope: "live", name: name), on: node, at: now)
    }
}

extension RouteAnswer {
    var node: String? { candidate?.node.rawValue }

    /// `404 words`, `409 words` or `503 words`.
    var refusal: String? { withoutNode.map { "\($0.status) \($0.detail)" } }
}

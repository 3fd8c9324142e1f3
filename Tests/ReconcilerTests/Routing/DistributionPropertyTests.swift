import Dispatch
import Testing

@testable import Reconciler

/// What holds of every tree, whatever the spec, the fleet and its history.
@Suite struct DistributionPropertyTests {
    private static let limit = 3

    /// A chain of two to four roles with any reach and limits.
    private static func spec(_ random: inout SeededRandom) -> Spec {
        let depth = Int.random(in: 1...3, using: &random)
        var roles: [RoleSpec] = []
        for level in 0...depth {
            var role = level == 0 ? Sample.origin() : TreeFixture.relay()
            role.name = level == 0 ? "origin" : level == depth ? "edge" : "relay\(level)"
            role.parent = level == 0 ? nil : roles[level - 1].name
            role.parents = ParentReach.allCases.randomElement(using: &random) ?? .global
            if Bool.random(using: &random) { role.capacity = [Metric.children: Double(limit)] }
            roles.append(role)
        }
        var spec = Sample.spec(regions: ["a", "b", "c"])
        spec.groups[0].roles = roles
        for index in 0..<2 {
            spec.groups[0].regions[index].location = GeoPoint(
                latitude: Double.random(in: -80...80, using: &random),
                longitude: Double.random(in: -180...180, using: &random))
        }
        return spec
    }

    @Test(arguments: 1...300)
    func `no path has a circle, is longer than the roles, or passes a node that does not serve or a limit`(seed: UInt64)
    {
        var random = SeededRandom(seed: seed)
        let spec = Self.spec(&random)
        let roles = spec.groups[0].roles.map(\.name)
        let live = LiveState(startedAt: noon, wake: {})
        var nodes: [Node] = []
        for role in roles {
            for index in 0..<Int.random(in: 1...5, using: &random) {
                let region = ["a", "b", "c"].randomElement(using: &random) ?? "a"
                nodes.append(
                    Sample.node("\(role)-\(index)", in: PoolKey(group: "live", region: region, role: role), of: spec))
            }
        }
        var now = noon
        func publish() {
            for index in nodes.indices { nodes[index].lastHeartbeatAt = now }
            let view = RoutingView.build(
                spec: spec, fleet: Sample.fleet(nodes), now: now, heartbeatInterval: .seconds(1), loads: live.loads,
                before: live.view)
            live.publish(view: view)
            for node in view.gone { live.forget(node) }
        }
        publish()
        let streams = (0..<3).map { StreamKey(scope: "live", name: "s\($0)") }
        for step in 0..<60 {
            let place: Comment = "SEED=\(seed), step \(step)"
            switch Int.random(in: 0..<8, using: &random) {
            case 0:
                let states: [NodeState] = [.inService, .inService, .draining, .evicting, .fault, .terminated]
                let index = Int.random(in: 0..<nodes.count, using: &random)
                nodes[index].state = states.randomElement(using: &random) ?? .inService
                publish()
            case 1:
                let sources = nodes.filter { $0.pool.role == "origin" || Int.random(in: 0..<6, using: &random) == 0 }
                if let source = sources.randomElement(using: &random),
                    let stream = streams.randomElement(using: &random)
                {
                    live.streams.remove(stream, from: live.streams.entry(stream)?.live?.node ?? source.id)
                    live.streams.markLive(stream, on: source.id, at: now)
                }
            case 2:
                now = now + .seconds(Int.random(in: 1...20, using: &random))
                live.loads.age()
                live.pulls.expire(at: now, live.streams)
                publish()
            case 3:
                // A child carries what it was sent for, or nothing any more.
                let node = nodes[Int.random(in: 0..<nodes.count, using: &random)].id
                let carried = streams.filter {
                    live.pulls.parent(of: node, for: $0) != nil && Bool.random(using: &random)
                }
                _ = live.heartbeat(
                    Heartbeat(
                        sequence: step + 2, metrics: [:],
                        streams: carried.map {
                            StreamReport(scope: $0.scope, name: $0.name, role: .edge, subscribers: 0)
                        }),
                    from: node, at: now)
            default:
                let child = nodes[Int.random(in: 0..<nodes.count, using: &random)]
                let stream = streams[Int.random(in: 0..<streams.count, using: &random)]
                guard live.view.nodes[child.id] != nil else { continue }
                let known = nodes.map { ($0.id, live.pulls.parent(of: $0.id, for: stream)) }
                guard case .at(let path) = live.source(of: stream, for: child.id, at: now) else { continue }
                let hops = path.nodes
                #expect(hops.last == live.streams.entry(stream)?.live?.node, place)
                #expect(Set(hops + [child.id]).count == hops.count + 1, "a circle: \(hops); \(place)")
                #expect(hops.count <= roles.count, "\(hops); \(place)")
                var (below, asking) = (child.pool, child.id)
                for hop in hops.dropLast() {
                    guard let entry = live.view.nodes[hop] else {
                        Issue.record("\(hop) is gone; \(place)")
                        break
                    }
                    // What one that leaves already gives it may go on giving.
                    let isOld = known.contains { $0.0 == asking && $0.1 == hop }
                    #expect(entry.isServing || isOld, "\(hop) does not serve; \(place)")
                    let ranks = (roles.firstIndex(of: entry.pool.role), roles.firstIndex(of: below.role))
                    #expect((ranks.0 ?? 9) < (ranks.1 ?? 0), "\(hop) is no parent role of \(below); \(place)")
                    (below, asking) = (entry.pool, hop)
                }
            }
            for node in nodes {
                guard let entry = live.view.nodes[node.id] else { continue }
                #expect(entry.load.children.total <= live.view.distribution.childLimit(of: node.pool), place)
            }
        }
    }

    @Test func `a burst of questions between two heartbeats passes no limit, and the same question gets one answer`() {
        let relays = 40
        var spec = TreeFixture.spec(
            origin: { $0.capacity = [Metric.children: Double(relays + 5)] },
            relay: { $0.capacity = [Metric.children: 100] })
        spec.groups[0].regions = [RegionSpec(name: "us")]
        var nodes = [TreeFixture.node("o-us-1", spec)]
        for index in 0..<relays { nodes.append(TreeFixture.node("r-us-\(index)", spec)) }
        for index in 0..<5000 { nodes.append(TreeFixture.node("e-us-\(index)", spec)) }
        let fixture = RoutingFixture(nodes, spec: spec)
        let live = fixture.live
        let stream = StreamKey(scope: "live", name: "a")
        live.streams.markLive(stream, on: "o-us-1", at: noon)
        let answers = Locked<[NodeID: Set<String>]>([:])
        DispatchQueue.concurrentPerform(iterations: 10_000) { index in
            let edge = NodeID("e-us-\(index % 5000)")
            let source = live.source(of: stream, for: edge, at: noon)
            answers.with { _ = $0[edge, default: []].insert("\(source)") }
        }
        // 40 relays for 100 edges each, and as many of the rest as the origin has room for.
        let assigned = answers.current.filter { !$0.value.contains("noRoom") }
        #expect(assigned.count == relays * 100 + 5)
        #expect(assigned.allSatisfy { $0.value.count == 1 })
        for (id, entry) in live.view.nodes {
            #expect(entry.load.children.total <= live.view.distribution.childLimit(of: entry.pool), "\(id)")
        }
    }
}

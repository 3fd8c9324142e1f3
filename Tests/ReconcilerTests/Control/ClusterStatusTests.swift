import Testing

@testable import Reconciler

/// What of a cluster is well and folds, and what is not: node, pool, region, group and the whole.
@Suite("The status of a cluster")
struct ClusterStatusTests {
    struct NodeCase: CustomTestStringConvertible, Sendable {
        var name: String
        var state = NodeState.inService
        var change: @Sendable (inout Node) -> Void = { _ in }
        /// Nil: it is well.
        var want: ClusterStatus.State?
        /// Part of its message.
        var message = ""
        var testDescription: String { name }
    }

    static let nodeCases = [
        NodeCase(name: "in service and heard", want: nil),
        NodeCase(name: "protected is well", change: { $0.protectedUntil = noon + .seconds(60) }, want: nil),
        NodeCase(
            name: "late heartbeat", change: { $0.lastHeartbeatAt = noon - .seconds(7) }, want: .degraded,
            message: "no heartbeat for 7s"),
        NodeCase(
            name: "media server not ready", change: { $0.isReady = false }, want: .degraded,
            message: "its media server is not ready"),
        NodeCase(
            name: "not listed", change: { $0.missingSince = noon - .seconds(9) }, want: .degraded,
            message: "the provider does not list it"),
        NodeCase(
            name: "faulty", state: .fault, change: { $0.reason = "no heartbeat for 15s" }, want: .degraded,
            message: "no heartbeat for 15s; to heal"),
        NodeCase(name: "cordoned", change: { $0.cordoned = true }, want: .held, message: "it is cordoned"),
        NodeCase(
            name: "quarantined", change: { $0.marks.isQuarantined = true }, want: .held),
        NodeCase(
            name: "asked to drain", change: { $0.marks.drainRequest = .init(at: noon, by: "ann") }, want: .held,
            message: "for which ann asked"),
        NodeCase(name: "being made", state: .creating, want: .progressing, message: "waiting: the provider's answer"),
        NodeCase(
            name: "refused by its provider", state: .creating,
            change: {
                $0.attempts = 3
                $0.lastError = "quota"
                $0.retryAt = noon + .seconds(9)
            }, want: .degraded, message: "it failed 3 times, quota"),
        NodeCase(name: "draining", state: .draining, want: .progressing, message: "as the test says"),
        NodeCase(name: "being ended", state: .terminating, want: .progressing),
    ]

    private static func snapshot(
        _ spec: Spec, _ fleet: Fleet, _ plan: Plan = Plan(), problems: [String] = [], store: String? = nil
    ) -> FleetSnapshot {
        FleetSnapshot(
            spec: spec, fleet: fleet, plan: plan, at: noon, isReady: true, troubles: [], specProblems: problems,
            storeProblem: store)
    }

    @Test("a node that is well folds, one that is not is there with its reason", arguments: nodeCases)
    func node(_ item: NodeCase) throws {
        let fleet = Sample.fleet([Sample.node("a", item.state, item.change), Sample.node("b")])
        let status = ClusterStatus(Self.snapshot(Sample.spec(Sample.edge()), fleet), now: noon)
        let role = try #require(status.nodeGroups.first?.regions.first?.roles.first)
        #expect(role.unwell.map(\.state) == (item.want.map { [$0] } ?? []))
        #expect(role.state == item.want ?? .ok && status.state == role.state)
        #expect(item.message.isEmpty || role.unwell.first?.message.contains(item.message) == true, "\(role.unwell)")
        #expect(role.nodes == .init(total: 2, inService: item.state == .inService ? 2 : 1, desired: 2))
    }

    struct PoolCase: CustomTestStringConvertible, Sendable {
        var name: String
        var plan = Plan()
        var fleet: @Sendable (inout Fleet) -> Void = { _ in }
        var want: ClusterStatus.State
        var message: String
        var testDescription: String { name }
    }

    private static func held(_ limit: String, count: Int = 2, node: String? = nil) -> Plan {
        Plan(
            held: [
                Plan.Hold(
                    .create, Sample.edges, node: node.map { NodeID($0) }, count: count, reason: "why", limit: limit)
            ])
    }

    static let poolCases = [
        PoolCase(name: "approval", plan: held("approval"), want: .held, message: "held: create (2 nodes): why"),
        PoolCase(name: "budget", plan: held("budget"), want: .progressing, message: "held: create (2 nodes): why"),
        PoolCase(name: "no capacity", plan: held("setback"), want: .degraded, message: "held: create (2 nodes): why"),
        PoolCase(name: "unknown", plan: held("unknown"), want: .degraded, message: "held: create (2 nodes): why"),
        PoolCase(
            name: "one node's", plan: held("budget", count: 1, node: "x"), want: .progressing,
            message: "held: create x: why"),
        PoolCase(
            name: "a rollout", plan: Plan(conditions: [.init(.rollout, .progressing, Sample.edges, "1 of 2")]),
            want: .progressing, message: "rollout in progress: 1 of 2"),
        PoolCase(
            name: "a halted rollout", plan: Plan(conditions: [.init(.rollout, .halted, Sample.edges, "bad")]),
            want: .degraded, message: "rollout halted: bad"),
        PoolCase(
            name: "creates fail",
            fleet: { fleet in
                var memory = PoolMemory()
                memory.creates = Setback(
                    failures: 1, since: noon, at: noon, until: noon, message: "none left", isShortage: true)
                fleet.setMemory(memory, of: Sample.edges)
                fleet.remove("b")
            }, want: .degraded, message: "no capacity: creates failed once since \(noon): none left"),
        PoolCase(
            name: "paused", fleet: { $0.setPause(ScalingPause(since: noon, by: "ann"), of: "live") }, want: .held,
            message: "paused by ann since \(noon): counts stand still; 'smreconcile resume live' ends it"),
        PoolCase(
            name: "the list fails",
            fleet: { $0.scopes[Sample.scope]?.trouble = .init(since: noon, message: "no route") }, want: .degraded,
            message: "the list of provider 'lab' fails since \(noon): no route; nothing is made or destroyed there"),
    ]

    @Test("what is said of a pool makes it so", arguments: poolCases)
    func pool(_ item: PoolCase) throws {
        let fleet = Sample.fleet([Sample.node("a"), Sample.node("b")], item.fleet)
        let status = ClusterStatus(Self.snapshot(Sample.spec(Sample.edge()), fleet, item.plan), now: noon)
        let group = try #require(status.nodeGroups.first)
        let region = try #require(group.regions.first)
        let said = (group.remarks + region.remarks + region.roles.flatMap(\.remarks)).map(\.message)
        #expect(status.state == item.want && said == [item.message], "\(said)")
    }

    @Test("a failure that is made good for is the past, and what holds more nodes up is not")
    func past() throws {
        let fleet = Sample.fleet([Sample.node("a"), Sample.node("b")]) { fleet in
            var memory = PoolMemory()
            memory.starts = Setback(failures: 1, since: noon, at: noon, until: noon, message: "killed")
            fleet.setMemory(memory, of: Sample.edges)
        }
        #expect(ClusterStatus(Self.snapshot(Sample.spec(Sample.edge()), fleet), now: noon).state == .ok)
        let plan = Self.held("setback")
        #expect(ClusterStatus(Self.snapshot(Sample.spec(Sample.edge()), fleet, plan), now: noon).state == .degraded)
    }

    @Test("what a node's own line says is not said twice")
    func once() throws {
        let plan = Plan(held: [.init(.drain, Sample.edges, node: "a", reason: "why", limit: "count")])
        let fleet = Sample.fleet([Sample.node("a") { $0.cordoned = true }, Sample.node("b")])
        let role = try #require(
            ClusterStatus(Self.snapshot(Sample.spec(Sample.edge()), fleet, plan), now: noon).nodeGroups.first?.regions
                .first?.roles.first)
        #expect(role.remarks.isEmpty && role.unwell.map(\.id) == ["a"])
        #expect(role.unwell.first?.message.contains("drain is due: why") == true)
    }

    @Test("why creates fail stands at the pool, and its nodes only say that they wait for it")
    func oneReason() throws {
        let fleet = Sample.fleet([Sample.node("a"), Sample.node("b", .requested)]) { fleet in
            var memory = PoolMemory()
            memory.creates = Setback(
                failures: 3, since: noon, at: noon, until: noon + .seconds(20), message: "quota")
            fleet.setMemory(memory, of: Sample.edges)
        }
        let role = try #require(
            ClusterStatus(Self.snapshot(Sample.spec(Sample.edge()), fleet), now: noon).nodeGroups.first?.regions
                .first?.roles.first)
        #expect(role.remarks.map(\.message) == ["creates failed 3 times since \(noon): quota"])
        #expect(role.unwell.map(\.message) == ["waiting: its pool tries again at \(noon + .seconds(20)) (20s)"])
    }

    @Test("the whole tells of a refused spec, a store that takes nothing, and a loop that stands still")
    func whole() {
        let spec = Sample.spec(Sample.edge())
        let fleet = Sample.fleet([Sample.node("a"), Sample.node("b")])
        let problems = (1...7).map { "live.yaml:\($0):3: error: unknown key 'x'" }
        let refused = ClusterStatus(Self.snapshot(spec, fleet, problems: problems), now: noon)
        #expect(refused.state == .degraded && refused.remarks.count == 6)
        #expect(
            refused.remarks.first?.message
                == "the spec is refused: live.yaml:1:3: error: unknown key 'x'; the last good spec stays in force")
        #expect(refused.remarks.last?.message == "and 2 more errors in the spec")
        let full = ClusterStatus(Self.snapshot(spec, fleet, store: "no space left"), now: noon)
        #expect(full.remarks.map(\.kind) == ["store"] && full.state == .degraded)
        let still = ClusterStatus(Self.snapshot(spec, fleet), now: noon + .seconds(60))
        #expect(still.remarks.map(\.kind) == ["loop"])
        let well = ClusterStatus(Self.snapshot(spec, fleet), now: noon + .seconds(3))
        #expect(well.state == .ok && well.remarks.isEmpty)
    }

    @Test("of ten thousand nodes that are not well a hundred are listed, the worst first, and all counted")
    func many() throws {
        var nodes = (0..<9_999).map { Sample.node("n\($0)", .creating) }
        nodes.append(Sample.node("z", .fault))
        let snapshot = Self.snapshot(Sample.spec(Sample.edge()), Sample.fleet(nodes))
        let role = try #require(ClusterStatus(snapshot, now: noon).nodeGroups.first?.regions.first?.roles.first)
        #expect(role.unwell.count == 100 && role.unlisted == 9_900 && role.unwell.first?.id == "z")
    }

    @Test("nodes of a group that the spec has no more are seen")
    func removed() throws {
        let pool = PoolKey(group: "old", region: "us", role: "edge")
        let fleet = Sample.fleet([Sample.node("a"), Sample.node("b"), Sample.node("c", in: pool)])
        let status = ClusterStatus(Self.snapshot(Sample.spec(Sample.edge()), fleet), now: noon)
        #expect(
            status.nodeGroups.map(\.name) == ["live", "old"] && status.nodeGroups.map(\.state) == [.ok, .progressing])
        var narrow = status
        narrow.narrow(to: try #require(status.nodeGroups.first))
        #expect(narrow.state == .ok && narrow.nodes.total == 2)
    }
}

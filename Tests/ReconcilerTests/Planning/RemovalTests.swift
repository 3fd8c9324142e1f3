import Testing

@testable import Reconciler

/// Safety rule 7: what leaves the spec leaves the cluster when someone approved exactly that.
@Suite struct RemovalTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var remove: @Sendable (inout Spec) -> Void
        var pools: [PoolKey]
        var testDescription: String { name }
    }

    private static let eu = ProviderScope(provider: "lab", region: "eu")
    private static let euEdges = PoolKey(group: "live", region: "eu", role: "edge")
    static let cases = [
        Case(name: "a group", remove: { $0.groups = [] }, pools: [euEdges, Sample.edges]),
        Case(name: "a region", remove: { $0.groups[0].regions.removeLast() }, pools: [euEdges]),
        Case(name: "a role", remove: { $0.groups[0].roles.removeLast() }, pools: [euEdges, Sample.edges]),
    ]

    private let spec = Sample.spec(Sample.edge(min: 2), regions: ["us", "eu"])

    private func fleet(approvals: Set<String> = []) -> Fleet {
        let nodes = [
            Sample.node("a"), Sample.node("b"), Sample.node("c", in: Self.euEdges, of: spec),
            Sample.node("d", in: Self.euEdges, of: spec),
        ]
        return Sample.fleet(nodes) { $0.approvals = approvals }
    }

    private func plan(_ spec: Spec, _ fleet: Fleet) -> Plan { Planner.plan(spec: spec, fleet: fleet, now: noon) }

    @Test(arguments: cases) func `a removal is held, with a hash for each pool`(_ test: Case) {
        var spec = spec
        test.remove(&spec)
        let plan = plan(spec, fleet())
        #expect(plan.words == [])
        #expect(plan.held.map { PoolKey(group: $0.nodeGroup, region: $0.region, role: $0.role) } == test.pools)
        #expect(plan.held.allSatisfy { $0.limit == "approval" && $0.count == 2 && $0.approval?.count == 12 })
        #expect(Set(plan.held.compactMap(\.approval)).count == test.pools.count)
        #expect(plan.held.allSatisfy { $0.reason.contains($0.approval ?? "?") })
    }

    @Test(arguments: cases) func `exactly its hash releases a removal`(_ test: Case) throws {
        var spec = spec
        test.remove(&spec)
        let hash = try #require(plan(spec, fleet()).held.first?.approval)
        #expect(plan(spec, fleet(approvals: ["000000000000", String(hash.dropLast()), hash + "0"])).words == [])
        let approved = plan(spec, fleet(approvals: [hash]))
        #expect(approved.words == ["drain c", "drain d"])
        #expect(approved.held.count == test.pools.count - 1)
    }

    @Test func `a group that a person deleted by name needs no other approval, and it alone`() {
        var spec = spec
        spec.groups = []
        spec.deletedGroups = ["other"]
        #expect(plan(spec, fleet()).words == [])
        spec.deletedGroups = ["live"]
        #expect(plan(spec, fleet()).words == ["drain c", "drain d", "drain a", "drain b"])
        #expect(plan(spec, fleet()).held.isEmpty)
    }

    @Test func `nothing is done in a group that is set aside, whatever is approved and however its nodes are`() {
        var spec = spec
        spec.groups = []
        spec.setAside = [Sample.aside("live")]
        var fleet = fleet(approvals: [Fleet.approveAll])
        fleet.update("a") { $0.enter(.fault, at: noon - .seconds(3600), because: "silent") }
        fleet.update("b") { $0.enter(.draining, at: noon - .seconds(3600), because: "too many") }
        fleet.update("c") { $0.missingSince = noon - .seconds(3600) }
        let plan = plan(spec, fleet)
        #expect(plan.words == [] && plan.held.isEmpty)
        #expect(plan.conditions.map(\.type) == [.setAside, .setAside])
        #expect(plan.conditions.map(\.pool) == [Self.euEdges, Sample.edges])
        // How long a node may be silent is not known either.
        let events = fleet.judge(spec: spec, now: noon + .seconds(3600))
        #expect(events.isEmpty && fleet.nodes["d"]?.state == .inService)
    }

    @Test func `what a group that is set aside remembers is kept, and what was only wanted in it is not made`() {
        var spec = spec
        var fleet = fleet()
        fleet.insert(Sample.node("e", .requested))
        fleet.insert(Sample.node("f", .creating))
        let pools = [Self.euEdges, Sample.edges]
        fleet.update("d") { $0.marks.isRemovalApproved = true }
        for pool in pools {
            var memory = PoolMemory()
            memory.rollout = Rollout(revision: "new", since: noon)
            memory.rollout?.stable = "old"
            fleet.setMemory(memory, of: pool)
            fleet.setTemplate(spec.template(of: pool), of: "old")
        }
        var history = ScalingHistory()
        history.desired = 3
        fleet.setScaling(history, of: PoolKey(group: "live", region: "eu", role: "relay"))
        spec.groups = []
        spec.setAside = [Sample.aside("live")]
        let before = fleet
        var random = SeededRandom(seed: 1)
        _ = fleet.apply(plan(spec, fleet), spec: spec, now: noon, using: &random)
        #expect(fleet.memories == before.memories && fleet.scaling == before.scaling)
        #expect(fleet.templates.keys.contains("old") && fleet.nodes["d"]?.marks.isRemovalApproved == true)
        #expect(Operations.due(fleet, setAside: ["live"], inFlight: [], now: noon).map(\.node) == ["f"])
        #expect(Operations.due(fleet, inFlight: [], now: noon).count == 2)
    }

    @Test func `a faulty node of a deleted group is not brought back, however well it says it is`() {
        var spec = spec
        var fleet = fleet()
        fleet.update("a") { node in
            node.state = .fault
            node.since = noon - .seconds(1)
            node.lastHeartbeatAt = noon
        }
        spec.groups = []
        #expect(plan(spec, fleet).words.contains("reinstate a"))
        spec.deletedGroups = ["live"]
        #expect(!plan(spec, fleet).words.contains("reinstate a"))
    }

    @Test func `the hash is of exactly these nodes`() throws {
        var spec = spec
        spec.groups[0].regions.removeLast()
        let hash = try #require(plan(spec, fleet()).held.first?.approval)
        var more = fleet(approvals: [hash])
        more.insert(Sample.node("e", in: Self.euEdges))
        #expect(plan(spec, more).words == [])
        var other = fleet(approvals: [hash])
        other.update("c") { $0.state = .started }
        #expect(plan(spec, other).words == [])
    }

    @Test func `an approval is used up`() throws {
        var without = spec
        without.groups[0].regions.removeLast()
        let hash = try #require(plan(without, fleet()).held.first?.approval)
        var fleet = fleet(approvals: [hash])
        var random = SeededRandom(seed: 1)
        _ = fleet.apply(plan(without, fleet), spec: without, now: noon, using: &random)
        #expect(fleet.nodes["c"]?.state == .draining)
        // The region comes back, its nodes are taken back, and the region goes once more.
        _ = fleet.apply(plan(spec, fleet), spec: spec, now: noon, using: &random)
        #expect(fleet.nodes["c"]?.state == .inService)
        #expect(plan(without, fleet).words == [])
        #expect(plan(without, fleet).heldWords == ["drain approval"])
    }

    @Test func `a fault that heals as its pool is removed is drained like the others`() {
        var spec = spec
        spec.groups[0].regions.removeLast()
        var fleet = fleet(approvals: [Fleet.approveAll])
        fleet.update("c") {
            $0.enter(.fault, at: noon - .seconds(10), because: "silent")
            $0.metrics = [Metric.subscribers: 3]
        }
        let plan = plan(spec, fleet)
        #expect(plan.words == ["reinstate c", "drain c", "drain d"])
    }

    @Test func `what was never made needs no approval`() {
        var spec = spec
        spec.groups[0].regions.removeLast()
        var fleet = Sample.fleet([
            Sample.node("c", .requested, in: Self.euEdges), Sample.node("d", .creating, in: Self.euEdges),
        ])
        fleet.scopes[Sample.scope] = ScopeKnowledge(completeAt: noon)
        let plan = plan(spec, fleet)
        #expect(plan.words.filter { !$0.hasPrefix("create") } == ["destroy c", "destroy d"])
    }

    // MARK: - The share

    struct Share: CustomTestStringConvertible, Sendable {
        var there: Int
        var min: Int
        var share: Int
        var isHeld: Bool
        var testDescription: String { "\(there) to \(min) at a share of \(share)%" }
    }

    static let shares = [
        Share(there: 4, min: 2, share: 50, isHeld: false), Share(there: 4, min: 1, share: 50, isHeld: true),
        Share(there: 2, min: 0, share: 100, isHeld: false), Share(there: 10, min: 9, share: 0, isHeld: false),
        Share(there: 10, min: 8, share: 0, isHeld: true), Share(there: 100, min: 75, share: 25, isHeld: false),
        Share(there: 100, min: 74, share: 25, isHeld: true),
    ]

    @Test(arguments: shares) func `a smaller count beyond the share is held`(_ test: Share) throws {
        let spec = Sample.spec(Sample.edge(min: test.min, max: 100), Sample.origin(min: 0)) {
            $0.manager.approvalShare = test.share
        }
        var fleet = Sample.fleet((0..<test.there).map { Sample.node("n\($0)") })
        let plan = plan(spec, fleet)
        #expect(plan.count(.drain) == (test.isHeld ? 0 : test.there - test.min))
        #expect(plan.heldWords == (test.isHeld ? ["drain approval"] : []))
        guard test.isHeld else { return }
        fleet.approvals = [try #require(plan.held.first?.approval)]
        #expect(self.plan(spec, fleet).count(.drain) == test.there - test.min)
    }

    @Test(arguments: [(50, true), (100, false)]) func `a change of the spec that takes the last node is held`(
        _ share: Int, _ isHeld: Bool
    ) {
        let spec = Sample.spec(Sample.edge(min: 0, max: 0), Sample.origin(min: 0)) {
            $0.manager.approvalShare = share
        }
        var fleet = Sample.fleet([Sample.node("a")])
        fleet.setScaling(ScalingHistory(desired: 1, bounds: .init(min: 1, max: 1)), of: Sample.edges)
        #expect(plan(spec, fleet).heldWords == (isHeld ? ["drain approval"] : []))
    }

    @Test func `an approval in the spec is told once, and one by command is not told twice`() throws {
        var spec = spec
        spec.groups[0].regions.removeLast()
        var random = SeededRandom(seed: 1)
        let hash = try #require(plan(spec, fleet()).held.first?.approval)
        var byCommand = fleet(approvals: [hash])
        let silent = byCommand.apply(plan(spec, byCommand), spec: spec, now: noon, using: &random)
        #expect(!silent.contains { $0.reason == "Approved" })
        spec.manager.approvals = [hash]
        var fleet = fleet()
        let told = fleet.apply(plan(spec, fleet), spec: spec, now: noon, using: &random).filter {
            $0.reason == "Approved"
        }
        #expect(told.map(\.subject) == [hash] && told[0].message.hasPrefix("the spec's annotation approves: "))
        let again = fleet.apply(plan(spec, fleet), spec: spec, now: noon, using: &random)
        #expect(!again.contains { $0.reason == "Approved" })
    }

    // MARK: - Limits that change with what they limit

    /// A share that was in force, one that the spec brings along with a smaller count, and what becomes of it.
    static let raises: [(before: Int?, share: Int, isHeld: Bool)] = [
        (50, 100, true), (50, 50, true), (100, 50, true), (nil, 100, false), (80, 90, false), (nil, 50, true),
    ]

    @Test(arguments: raises) func `a share is not raised by the change that it should hold`(
        _ test: (before: Int?, share: Int, isHeld: Bool)
    ) throws {
        let spec = Sample.spec(Sample.edge(min: 1, max: 1), Sample.origin(min: 0)) {
            $0.manager.approvalShare = test.share
        }
        var fleet = Sample.fleet((0..<4).map { Sample.node("n\($0)") })
        let bounds = ScalingHistory.Bounds(min: 4, max: 4)
        let approval = test.before.map { ApprovalLimits(share: $0, growth: 100) }
        fleet.setScaling(ScalingHistory(desired: 4, bounds: bounds, approval: approval), of: Sample.edges)
        let first = plan(spec, fleet)
        #expect(first.heldWords == (test.isHeld ? ["drain approval"] : []))
        guard test.isHeld else { return }
        // What is not carried out is not in force, and neither are the limits that came with it.
        #expect(first.histories[Sample.edges]?.approval == approval ?? spec.manager.approvalLimits)
        fleet.approvals = [try #require(first.held.first?.approval)]
        #expect(plan(spec, fleet).count(.drain) == 3)
    }

    @Test func `a share that is raised by itself is in force for the next change`() {
        var fleet = Sample.fleet((0..<4).map { Sample.node("n\($0)") })
        fleet.setScaling(
            ScalingHistory(
                desired: 4, bounds: .init(min: 4, max: 4), approval: ApprovalLimits(share: 50, growth: 100)),
            of: Sample.edges)
        let raised = Sample.spec(Sample.edge(min: 4, max: 4), Sample.origin(min: 0)) {
            $0.manager.approvalShare = 100
        }
        let first = plan(raised, fleet)
        #expect(first.heldWords.isEmpty)
        for (pool, history) in first.histories { fleet.setScaling(history, of: pool) }
        let fewer = Sample.spec(Sample.edge(min: 1, max: 1), Sample.origin(min: 0)) {
            $0.manager.approvalShare = 100
        }
        #expect(plan(fewer, fleet).count(.drain) == 3)
    }

    @Test func `what is new stays held, round after round, though nothing is remembered of it`() throws {
        var fleet = Sample.fleet((0..<4).map { Sample.node("n\($0)") })
        let before = ApprovalLimits(share: 50, growth: 100)
        fleet.setScaling(
            ScalingHistory(desired: 4, bounds: .init(min: 4, max: 4), approval: before), of: Sample.edges)
        let spec = Sample.spec(Sample.edge(min: 4, max: 4), Sample.origin(min: 40, max: 40)) {
            $0.manager.approvalGrowth = 10_000
        }
        var random = SeededRandom(seed: 1)
        for round in 0..<4 {
            let plan = plan(spec, fleet)
            #expect(plan.heldWords == ["create approval"] && plan.count(.create) == 0, "round \(round)")
            _ = fleet.apply(plan, spec: spec, now: noon, using: &random)
            #expect(fleet.scaling.values.allSatisfy { $0.approval == before })
        }
        // Once it is approved, the limits that came with it are in force.
        fleet.approvals = [try #require(plan(spec, fleet).held.first?.approval)]
        let approved = plan(spec, fleet)
        #expect(approved.count(.create) > 0)
        _ = fleet.apply(approved, spec: spec, now: noon, using: &random)
        #expect(fleet.scaling.values.contains { $0.approval == spec.manager.approvalLimits })
    }

    @Test func `an approval of growth is not one of larger nodes`() throws {
        var fleet = Sample.fleet([Sample.node("a")])
        fleet.setScaling(ScalingHistory(desired: 1, bounds: .init(min: 1, max: 1)), of: Sample.edges)
        let small = Sample.spec(Sample.edge(min: 40, max: 40), Sample.origin(min: 0))
        var large = small
        large.groups[0].roles[0].instanceType = "c6i.32xlarge"
        let hash = try #require(plan(small, fleet).held.compactMap(\.approval).first)
        fleet.approvals = [hash]
        #expect(plan(small, fleet).count(.create) > 0)
        #expect(plan(large, fleet).count(.create) == 0)
    }

    @Test func `growth is not let through by the limit that comes with it, nor by a new group`() throws {
        var fleet = Sample.fleet((0..<4).map { Sample.node("n\($0)") })
        fleet.setScaling(
            ScalingHistory(
                desired: 4, bounds: .init(min: 4, max: 4), approval: ApprovalLimits(share: 50, growth: 100)),
            of: Sample.edges)
        let spec = Sample.spec(Sample.edge(min: 4, max: 4), Sample.origin(min: 40, max: 40)) {
            $0.manager.approvalGrowth = 10_000
        }
        let first = plan(spec, fleet)
        let hash = try #require(first.held.compactMap(\.approval).first)
        #expect(first.count(.create) == 0)
        fleet.approvals = [hash]
        #expect(plan(spec, fleet).count(.create) > 0)
    }
}

import Testing

@testable import Reconciler

/// What a region cannot make is made in the next one that the spec allows, and goes again when the first can.
@Suite struct FailoverTests {
    private static let east = PoolKey(group: "live", region: "east", role: "edge")
    private static let west = PoolKey(group: "live", region: "west", role: "edge")

    private func spec(_ change: (inout NodeGroupSpec) -> Void = { _ in }) -> Spec {
        Sample.spec(Sample.edge(min: 3, max: 5), regions: ["east", "west", "north"]) { spec in
            spec.groups[0].failover = ["west", "north"]
            change(&spec.groups[0])
        }
    }

    private func fleet(
        east: Int = 0, west: Int = 3, north: Int = 3, shortage: Bool = true, failures: Int = 1,
        _ change: (inout Fleet) -> Void = { _ in }
    ) -> Fleet {
        var nodes: [Node] = []
        for (region, count) in [("east", east), ("west", west), ("north", north)] {
            let pool = PoolKey(group: "live", region: region, role: "edge")
            nodes += (0..<count).map { Sample.node("\(region)\($0)", in: pool, of: spec()) }
        }
        return Sample.fleet(nodes) { fleet in
            for region in ["east", "west", "north"] {
                fleet.scopes[ProviderScope(provider: "lab", region: region)] = ScopeKnowledge(completeAt: noon)
            }
            var memory = PoolMemory()
            memory.creates = Setback(
                failures: failures, since: noon - .seconds(10), at: noon - .seconds(1), until: noon + .seconds(4),
                message: "InsufficientInstanceCapacity", isShortage: shortage)
            fleet.setMemory(memory, of: Self.east)
            change(&fleet)
        }
    }

    private func creates(_ plan: Plan) -> [String: Int] {
        Dictionary(grouping: plan.actions.filter { $0.kind == .create }, by: \.region).mapValues(\.count)
    }

    @Test func `what is short spills to the next region, up to its max, and then to the one after`() {
        let plan = Planner.plan(spec: spec(), fleet: fleet(), now: noon)
        #expect(creates(plan) == ["west": 2, "north": 1])
        let spills = plan.conditions.filter { $0.type == .failover }
        #expect(spills.map(\.region) == ["west", "north"])
        #expect(spills.first?.message == "2 nodes more for east: InsufficientInstanceCapacity")
        #expect(plan.memories[Self.west]?.spilled == 2)
        // What was decided for the region itself is what its own rules say.
        #expect(plan.histories[Self.west]?.desired == 3)
    }

    @Test func `nodes that are there are not short`() {
        #expect(creates(Planner.plan(spec: spec(), fleet: fleet(east: 2), now: noon)) == ["west": 1])
    }

    @Test func `a region's own list comes before the group's, and an empty one allows none`() {
        let own = spec { $0.regions[0].failover = ["north"] }
        #expect(creates(Planner.plan(spec: own, fleet: fleet(), now: noon)) == ["north": 2])
        let none = spec { $0.regions[0].failover = [] }
        #expect(creates(Planner.plan(spec: none, fleet: fleet(), now: noon)) == [:])
        let group = spec { $0.failover = [] }
        #expect(creates(Planner.plan(spec: group, fleet: fleet(), now: noon)) == [:])
    }

    @Test func `a failure or two for other reasons may be chance`() {
        #expect(creates(Planner.plan(spec: spec(), fleet: fleet(shortage: false, failures: 2), now: noon)) == [:])
        #expect(
            creates(Planner.plan(spec: spec(), fleet: fleet(shortage: false, failures: 3), now: noon))
                == ["west": 2, "north": 1])
    }

    @Test func `a region that fails itself takes over nothing`() {
        let fleet = fleet { fleet in fleet.setMemory(fleet.memories[Self.east] ?? PoolMemory(), of: Self.west) }
        #expect(creates(Planner.plan(spec: spec(), fleet: fleet, now: noon)) == ["north": 2])
    }

    @Test func `an outage of lists spills after a while`() {
        func plan(_ time: Duration) -> Plan {
            let fleet = fleet { fleet in
                fleet.setMemory(PoolMemory(), of: Self.east)
                fleet.scopes[ProviderScope(provider: "lab", region: "east")]?.trouble =
                    .init(since: noon - time, message: "connection refused")
            }
            return Planner.plan(spec: spec(), fleet: fleet, now: noon)
        }
        #expect(creates(plan(.seconds(29))) == [:])
        #expect(creates(plan(.seconds(30))) == ["west": 2, "north": 1])
    }

    @Test func `when the region heals its nodes come home without an approval`() {
        let healed = fleet(east: 3, west: 5, north: 4) { fleet in
            fleet.setMemory(PoolMemory(), of: Self.east)
            for region in ["west", "north"] {
                var memory = PoolMemory()
                memory.spilled = region == "west" ? 2 : 1
                fleet.setMemory(memory, of: PoolKey(group: "live", region: region, role: "edge"))
            }
        }
        let plan = Planner.plan(spec: spec(), fleet: healed, now: noon)
        #expect(plan.count(.drain) == 3 && plan.held.isEmpty)
        #expect(plan.conditions.filter { $0.type == .failover }.isEmpty)
    }

    @Test func `what is elsewhere stays until home serves`() {
        let healing = fleet(east: 0, west: 5, north: 4) { fleet in
            fleet.setMemory(PoolMemory(), of: Self.east)
            for index in 0..<3 { fleet.insert(Sample.node("c\(index)", .created, in: Self.east, of: spec())) }
            for (region, count) in [("west", 2), ("north", 1)] {
                var memory = PoolMemory()
                memory.spilled = count
                fleet.setMemory(memory, of: PoolKey(group: "live", region: region, role: "edge"))
            }
        }
        let plan = Planner.plan(spec: spec(), fleet: healing, now: noon)
        #expect(plan.words == [] && plan.conditions.map(\.type) == [.failover, .failover])
    }

    @Test func `as home fills up, elsewhere empties`() {
        let half = fleet(east: 2, west: 5, north: 3) { fleet in
            var memory = PoolMemory()
            memory.spilled = 2
            fleet.setMemory(memory, of: Self.west)
        }
        let plan = Planner.plan(spec: spec(), fleet: half, now: noon)
        #expect(plan.words.count == 1 && plan.words[0].hasPrefix("drain west"))
    }
}

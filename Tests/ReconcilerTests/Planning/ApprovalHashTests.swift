import Testing

@testable import Reconciler

/// An approval is of exactly what would be destroyed: it never approves another removal, and it lasts until that one is done.
@Suite struct ApprovalHashTests {
    private static let eu = PoolKey(group: "live", region: "eu", role: "edge")
    private let spec = Sample.spec(Sample.edge(min: 0, max: 50), regions: ["us", "eu"])

    private func plan(_ spec: Spec, _ fleet: Fleet) -> Plan { Planner.plan(spec: spec, fleet: fleet, now: noon) }

    private var withoutRegion: Spec {
        var spec = spec
        spec.groups[0].regions.removeLast()
        return spec
    }

    private func smaller(to max: Int, budget: BudgetSpec? = nil) -> Spec {
        Sample.spec(
            Sample.edge(min: 0, max: max) { if let budget { $0.disruption = [budget] } }, Sample.origin(min: 0))
    }

    @Test func `two different sets of nodes that would go never share a hash, and the same set always does`() throws {
        let seed = SpecFuzzTests.seed
        var random = SeededRandom(seed: seed)
        var hashes: [Set<String>: String] = [:]
        for _ in 0..<400 {
            let count = Int.random(in: 1...6, using: &random)
            let ids = Set((0..<count).map { _ in "n\(Int.random(in: 0..<9, using: &random))" })
            let nodes = ids.map { Sample.node($0, in: Self.eu, of: spec) { $0.metrics = [Metric.subscribers: 1] } }
            let hash = try #require(plan(withoutRegion, Sample.fleet(nodes)).held.first?.approval)
            if let known = hashes[ids] { #expect(known == hash, "SEED=\(seed): \(ids)") }
            hashes[ids] = hash
        }
        #expect(Set(hashes.values).count == hashes.count, "SEED=\(seed)")
        #expect(hashes.count > 100)
    }

    @Test func `so it is with a count that shrinks: by how many, of which nodes, to which numbers`() throws {
        let seed = SpecFuzzTests.seed
        var random = SeededRandom(seed: seed)
        var hashes: [[String]: String] = [:]
        for _ in 0..<400 {
            let max = Int.random(in: 0...3, using: &random)
            let ids = Set((0..<12).filter { _ in Bool.random(using: &random) }.map { "n\($0)" })
            let clients = Double.random(in: 0...9, using: &random)
            let nodes = ids.map { id in Sample.node(id) { $0.metrics = [Metric.subscribers: clients] } }
            guard let hash = plan(smaller(to: max), Sample.fleet(nodes)).held.first?.approval else { continue }
            let what = ["\(max)"] + ids.sorted()
            // How busy they are makes no difference: an approval is not void before it is given.
            if let known = hashes[what] { #expect(known == hash, "SEED=\(seed): \(what)") }
            hashes[what] = hash
        }
        #expect(Set(hashes.values).count == hashes.count, "SEED=\(seed)")
        #expect(hashes.count > 100)
    }

    @Test func `an approved hash stops counting when what would go grows`() throws {
        for spec in [withoutRegion, smaller(to: 1)] {
            let pool = spec == withoutRegion ? Self.eu : Sample.edges
            func fleet(_ ids: String..., approvals: Set<String> = []) -> Fleet {
                Sample.fleet(ids.map { Sample.node($0, in: pool, of: self.spec) }) { $0.approvals = approvals }
            }
            let hash = try #require(plan(spec, fleet("a", "b", "c")).held.first?.approval)
            #expect(plan(spec, fleet("a", "b", "c", approvals: [hash])).count(.drain) >= 2)
            for other in [fleet("a", "b", "c", "d", approvals: [hash]), fleet("a", "b", "d", approvals: [hash])] {
                let plan = plan(spec, other)
                #expect(plan.words == [] && plan.heldWords == ["drain approval"])
                #expect(plan.held.first?.approval != hash)
            }
        }
    }

    @Test func `what was approved goes piece by piece, and is not asked about again`() throws {
        let spec = smaller(to: 1, budget: BudgetSpec(nodes: .count(1)))
        var fleet = Sample.fleet(["a", "b", "c", "d"].map { Sample.node($0) })
        var random = SeededRandom(seed: 1)
        fleet.approvals = [try #require(plan(spec, fleet).held.first?.approval)]
        var gone: [String] = []
        for _ in 0..<4 {
            let plan = plan(spec, fleet)
            #expect(plan.count(.drain) == 1 && !plan.heldWords.contains("drain approval"))
            gone += plan.actions.compactMap(\.node)
            _ = fleet.apply(plan, spec: spec, now: noon, using: &random)
            for id in gone { fleet.update(NodeID(id)) { $0.state = .terminated } }
        }
        #expect(Set(gone).count == 4)
        #expect(plan(spec, fleet).words == [])
    }

    @Test func `taking the change back takes the approval back`() throws {
        let spec = smaller(to: 1, budget: BudgetSpec(nodes: .count(1)))
        var fleet = Sample.fleet(["a", "b", "c", "d"].map { Sample.node($0) })
        var random = SeededRandom(seed: 1)
        fleet.approvals = [try #require(plan(spec, fleet).held.first?.approval)]
        _ = fleet.apply(plan(spec, fleet), spec: spec, now: noon, using: &random)
        #expect(fleet.nodes.values.count { $0.marks.isRemovalApproved } == 4)
        let before = Sample.spec(Sample.edge(min: 4, max: 4), Sample.origin(min: 0))
        _ = fleet.apply(plan(before, fleet), spec: before, now: noon, using: &random)
        #expect(fleet.nodes.values.allSatisfy { !$0.marks.isRemovalApproved })
        #expect(plan(spec, fleet).heldWords.contains("drain approval"))
    }

    @Test func `a nodeless manager's document can approve what no group is left to approve`() throws {
        let nodes = [Sample.node("a"), Sample.node("b")]
        var none = spec
        none.groups = []
        let hash = try #require(plan(none, Sample.fleet(nodes)).held.first?.approval)
        none.manager.approvals = [hash]
        #expect(plan(none, Sample.fleet(nodes)).words == ["drain a", "drain b"])
    }
}

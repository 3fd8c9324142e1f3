import Testing

@testable import Reconciler

/// Parents that deliver nothing, that come back, and that come in place of others.
@Suite struct DistributionRecoveryTests {
    private static let key = TreeFixture.key

    private static func sweep(_ tree: TreeFixture) {
        tree.live.loads.age()
        tree.live.pulls.expire(at: tree.now, tree.live.streams)
    }

    @Test(arguments: [true, false])
    func `a relay that delivers nothing is left for the others, then for the source, and tried again later`(
        sweeps: Bool
    ) {
        let tree = TreeFixture("o-us-1", "r-us-1", "r-us-2", "e-us-1")
        tree.goLive(on: "o-us-1")
        var parents: [String] = []
        for _ in 0..<4 {
            parents.append(tree.path("e-us-1"))
            tree.pass(.seconds(14))
            #expect(tree.path("e-us-1") == parents.last)
            tree.pass(.seconds(1))
            if sweeps { Self.sweep(tree) }
        }
        #expect(parents == ["r-us-1 o-us-1", "r-us-2 o-us-1", "o-us-1", "o-us-1"])
        // The first has been forgiven by now, the second has not.
        tree.pass(.seconds(16))
        if sweeps { Self.sweep(tree) }
        #expect(tree.path("e-us-1") == "r-us-1 o-us-1")
    }

    @Test func `one that failed a child is better than none at all`() {
        let tree = TreeFixture(
            "o-us-1", "r-us-1", "e-us-1", "e-us-2",
            spec: TreeFixture.spec(origin: { $0.capacity = [Metric.children: 1] }))
        tree.goLive(on: "o-us-1")
        #expect(tree.path("e-us-1") == "r-us-1 o-us-1")
        tree.pass(.seconds(10))
        #expect(tree.path("r-us-1") == "o-us-1")
        tree.beat("r-us-1", ["a"])
        tree.pass(.seconds(5))
        #expect(tree.path("e-us-1") == "r-us-1 o-us-1")
    }

    @Test func `a node that is gone leaves no failures behind`() {
        let tree = TreeFixture("o-us-1", "r-us-1", "e-us-1")
        tree.goLive(on: "o-us-1")
        _ = tree.path("e-us-1")
        tree.pass(StreamPulls.lifetime)
        #expect(tree.path("e-us-1") == "o-us-1")
        tree.remove("e-us-1")
        tree.add("e-us-1")
        #expect(tree.path("e-us-1") == "r-us-1 o-us-1")
    }

    @Test func `what was promised long ago and seen by nobody is no reason to go there`() {
        let tree = TreeFixture("o-us-1", "r-us-1", "r-us-2", "e-us-1", "e-us-2", "e-us-3")
        tree.goLive(on: "o-us-1")
        #expect(tree.path("e-us-1") == "r-us-1 o-us-1")
        tree.pass(.seconds(10))
        #expect(tree.path("e-us-2") == "r-us-1 o-us-1")
        tree.pass(.seconds(5))
        #expect(tree.path("e-us-3") == "r-us-2 o-us-1")
    }

    @Test func `a relay that reports no streams has what its children got from it`() {
        let tree = TreeFixture("o-us-1", "r-us-1", "r-us-2", "e-us-1", "e-us-2")
        tree.goLive(on: "o-us-1")
        #expect(tree.path("e-us-1") == "r-us-1 o-us-1")
        for _ in 0..<20 {
            tree.pass(.seconds(5))
            tree.beat("e-us-1", ["a"])
        }
        #expect(tree.path("e-us-2") == "r-us-1 o-us-1")
    }

    @Test func `a relay that carries the stream comes before one that it was only promised to`() {
        let tree = TreeFixture(
            "o-us-1", "r-us-1", "r-us-2", "e-us-1", "e-us-2",
            spec: TreeFixture.spec(origin: { $0.capacity = [Metric.children: 1] }))
        tree.goLive(on: "o-us-1")
        #expect(tree.path("e-us-1") == "r-us-1 o-us-1")
        tree.pass(.seconds(16))
        // It has more children, and the other cannot get the stream: the source has room for one.
        tree.beat("r-us-2", ["a"], children: 3)
        tree.beat("o-us-1", [], children: 1)
        #expect(tree.path("e-us-2") == "r-us-2 o-us-1")
    }

    @Test func `a promise that cannot be kept does not hide one that can`() {
        let tree = TreeFixture(
            "o-us-1", "o-us-2", "r-us-1", "r-us-2", "e-us-1", "e-us-2", "e-us-3",
            spec: TreeFixture.spec(origin: { $0.capacity = [Metric.children: 2] }))
        tree.goLive(on: "o-us-1")
        tree.goLive(on: "o-us-2", "b")
        #expect(tree.path("r-us-1") == "o-us-1")
        tree.pass(.seconds(5))
        #expect(tree.path("e-us-1") == "r-us-1 o-us-1")
        tree.pass(.seconds(5))
        #expect(tree.path("r-us-2") == "o-us-1")
        for edge in ["e-us-2", "e-us-3"] { #expect(tree.path("r-us-2", "b") + tree.path(edge, "b") != "") }
        #expect(tree.children("r-us-2") > tree.children("r-us-1"))
        tree.pass(.seconds(6))
        // The pull of the first is over, and the source has no room for it again.
        #expect(tree.path("e-us-2") == "r-us-2 o-us-1")
    }

    @Test func `a relay in place of another gets its share of the edges for new streams, and what plays stays`() {
        let tree = TreeFixture(
            "o-us-1", "r-us-1", "r-us-2", "e-us-1", "e-us-2", "e-us-3", "e-us-4",
            spec: TreeFixture.spec(edge: { $0.parents = .perParent }))
        tree.goLive(on: "o-us-1")
        tree.goLive(on: "o-us-1", "b")
        let edges = (1...4).map { "e-us-\($0)" }
        for edge in edges { _ = tree.path(edge) }
        tree.remove("r-us-1")
        #expect(edges.allSatisfy { tree.path($0) == "r-us-2 o-us-1" })
        tree.add("r-us-3")
        for edge in edges { tree.beat(edge, ["a"]) }
        for _ in 0..<3 {
            #expect(
                edges.map { tree.path($0, "b") }.sorted() == Array(repeating: "r-us-2 o-us-1", count: 2)
                    + Array(repeating: "r-us-3 o-us-1", count: 2))
            #expect(edges.allSatisfy { tree.path($0) == "r-us-2 o-us-1" })
        }
        // Their homes are told in the answers to their heartbeats, and do not move again.
        let homes = edges.map { tree.beat($0, ["a"])?.parents.first ?? "" }
        #expect(homes.count { $0 == "rtmp://r-us-3.example:1935" } == 2)
        #expect(edges.map { tree.beat($0, ["a"])?.parents.first ?? "" } == homes)
    }

    @Test func `an edge that fell back to the source goes to a relay with room when it asks anew and plays nothing`() {
        let tree = TreeFixture("o-us-1", "e-us-1", "e-us-2")
        tree.goLive(on: "o-us-1")
        #expect(tree.path("e-us-1") == "o-us-1" && tree.path("e-us-2") == "o-us-1")
        tree.beat("e-us-2", ["a"])
        tree.add("r-us-1")
        #expect(tree.path("e-us-1") == "r-us-1 o-us-1")
        // What plays stays until it ended.
        #expect(tree.path("e-us-2") == "o-us-1")
        tree.pass(.seconds(1))
        tree.beat("e-us-2", ["a"])
        tree.pass(.seconds(1))
        tree.beat("e-us-2", [])
        #expect(tree.path("e-us-2") == "r-us-1 o-us-1")
        // Both have left the source: its only child is the relay.
        for _ in 0..<3 { tree.live.loads.age() }
        #expect(tree.children("o-us-1") == 1)
    }

    @Test func `an edge role without a parent pulls from the source, an origin from nobody`() {
        let tree = TreeFixture("o-us-1", "o-us-2", "e-us-1", spec: TreeFixture.spec(edge: { $0.parent = nil }))
        tree.goLive(on: "o-us-1")
        #expect(tree.path("e-us-1") == "o-us-1")
        #expect(tree.path("o-us-2") == "none")
        #expect(tree.children("o-us-1") == 1)
    }
}

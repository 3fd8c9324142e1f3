import Testing

@testable import Reconciler

/// Where a node pulls a stream from.
@Suite struct DistributionTests {
    @Test func `an edge pulls from a relay of its region, that from the source`() {
        let tree = TreeFixture("o-us-1", "o-us-2", "r-us-1", "r-eu-1", "e-us-1", "e-eu-1", "e-ap-1")
        #expect(tree.path("e-us-1") == "none")
        tree.goLive(on: "o-us-2")
        #expect(tree.path("e-us-1") == "r-us-1 o-us-2")
        #expect(tree.path("e-eu-1") == "r-eu-1 o-us-2")
        #expect(tree.path("r-eu-1") == "o-us-2")
        #expect(tree.path("o-us-2") == "here")
        // An origin that is not the source is no way to it.
        #expect(tree.path("o-us-1") == "o-us-2")
        // Without a place of its own: in the spec's order.
        #expect(tree.path("e-ap-1") == "r-us-1 o-us-2")
    }

    struct Reach: CustomTestStringConvertible, Sendable {
        var reach: ParentReach
        var relays: [String]
        var want: String
        var testDescription: String { "\(reach) of \(relays)" }
    }

    @Test(arguments: [
        Reach(reach: .global, relays: ["r-us-1", "r-ap-1"], want: "r-us-1 o-us-1"),
        Reach(reach: .global, relays: ["r-ap-1"], want: "r-ap-1 o-us-1"),
        Reach(reach: .global, relays: ["r-us-1", "r-eu-2"], want: "r-eu-2 o-us-1"),
        Reach(reach: .region, relays: ["r-us-1"], want: "o-us-1"),
        Reach(reach: .region, relays: ["r-us-1", "r-eu-1"], want: "r-eu-1 o-us-1"),
        Reach(reach: .perParent, relays: ["r-us-1"], want: "o-us-1"),
        Reach(reach: .perParent, relays: ["r-eu-1", "r-us-1"], want: "r-eu-1 o-us-1"),
    ])
    func `parents are of the regions that the spec allows, the nearest first`(_ example: Reach) {
        let tree = TreeFixture("o-us-1", "e-eu-1", spec: TreeFixture.spec(edge: { $0.parents = example.reach }))
        for relay in example.relays { tree.add(relay) }
        tree.goLive(on: "o-us-1")
        #expect(tree.path("e-eu-1") == example.want)
    }

    @Test
    func `a relay that has the stream comes before one that has not, until it is full, and then the least loaded`() {
        let tree = TreeFixture(
            "o-us-1", "r-us-1", "r-us-2", "r-us-3", "e-us-1", "e-us-2", "e-us-3", "e-us-4", "e-us-5",
            spec: TreeFixture.spec(relay: { $0.capacity = [Metric.children: 2] }))
        tree.goLive(on: "o-us-1")
        tree.goLive(on: "o-us-1", "b")
        #expect(tree.path("e-us-1", "b") == "r-us-1 o-us-1")
        // Of the others the least loaded, by id.
        #expect(tree.path("e-us-1") == "r-us-2 o-us-1")
        #expect(tree.path("e-us-2") == "r-us-2 o-us-1")
        #expect(tree.path("e-us-3") == "r-us-3 o-us-1")
        #expect(tree.path("e-us-4") == "r-us-3 o-us-1")
        #expect(tree.path("e-us-5") == "r-us-1 o-us-1")
        // No relay has room: the level is skipped.
        tree.add("e-us-6")
        #expect(tree.path("e-us-6") == "o-us-1")
        #expect(tree.children("o-us-1") == 5)
        // Each keeps its parent.
        #expect(tree.path("e-us-2") == "r-us-2 o-us-1" && tree.path("e-us-6") == "o-us-1")
    }

    @Test(arguments: ["draining", "cordoned", "fault", "silent", "not ready", "gone"])
    func `a parent that does not serve gets no pulls, and its children get another`(_ change: String) {
        let tree = TreeFixture("o-us-1", "r-us-1", "r-eu-1", "e-us-1", "e-us-2")
        tree.goLive(on: "o-us-1")
        #expect(tree.path("e-us-1") == "r-us-1 o-us-1")
        tree.pass(.seconds(1))
        tree.beat("e-us-1", ["a"])
        switch change {
        case "draining": tree.change("r-us-1") { $0.state = .draining }
        case "fault": tree.change("r-us-1") { $0.state = .fault }
        case "cordoned": tree.change("r-us-1") { $0.cordoned = true }
        case "not ready": tree.change("r-us-1") { $0.isReady = false }
        case "silent": tree.change("r-us-1") { $0.address = nil }
        default: tree.remove("r-us-1")
        }
        // Also without a question: the heartbeat's answer says so.
        let route = PullRoute(TreeFixture.key, url: "rtmp://r-eu-1.example:1935/live/a", from: "r-eu-1")
        #expect(tree.beat("e-us-1", ["a"])?.routes == [route])
        #expect(tree.path("e-us-1") == "r-eu-1 o-us-1")
        #expect(tree.path("e-us-2") == "r-eu-1 o-us-1")
    }

    @Test func `an origin that drains still gives what is published to it, and gets no more than it may`() {
        let tree = TreeFixture(
            "o-us-1", "e-us-1", "e-us-2", "e-us-3",
            spec: TreeFixture.spec(origin: { $0.capacity = [Metric.children: 2] }))
        tree.goLive(on: "o-us-1")
        tree.change("o-us-1") { $0.state = .draining }
        #expect(tree.path("e-us-1") == "o-us-1" && tree.path("e-us-2") == "o-us-1")
        #expect(tree.path("e-us-3") == "full")
        // One stops: there is room.
        tree.pass(.seconds(1))
        tree.beat("e-us-1", ["a"])
        tree.beat("o-us-1", [], children: 2)
        tree.pass(.seconds(1))
        tree.beat("e-us-1", [])
        tree.beat("o-us-1", [], children: 1)
        #expect(tree.path("e-us-3") == "o-us-1")
        #expect(tree.path("e-us-1") == "full")
    }

    @Test func `no relay is chosen that the source has no room for`() {
        let tree = TreeFixture(
            "o-us-1", "r-us-1", "r-eu-1", "e-us-1", "e-eu-1",
            spec: TreeFixture.spec(origin: { $0.capacity = [Metric.children: 1] }))
        tree.goLive(on: "o-us-1")
        #expect(tree.path("e-us-1") == "r-us-1 o-us-1")
        // Its own region's relay could not get the stream; that of the other has it.
        #expect(tree.path("e-eu-1") == "r-us-1 o-us-1")
        #expect(tree.path("r-eu-1") == "full")
    }

    @Test func `what was promised and never came is given to others after its time`() {
        let tree = TreeFixture(
            "o-us-1", "e-us-1", "e-us-2", spec: TreeFixture.spec(origin: { $0.capacity = [Metric.children: 1] }))
        tree.goLive(on: "o-us-1")
        #expect(tree.path("e-us-1") == "o-us-1")
        #expect(tree.path("e-us-2") == "full")
        for _ in 0..<2 {
            tree.pass(StreamPulls.lifetime)
            tree.live.loads.age()
            tree.live.pulls.expire(at: tree.now, tree.live.streams)
        }
        #expect(tree.path("e-us-2") == "o-us-1")
    }

    @Test func `a child that asked again since its last heartbeat keeps its place`() {
        let tree = TreeFixture("o-us-1", "r-us-1", "e-us-1")
        tree.goLive(on: "o-us-1")
        _ = tree.path("e-us-1")
        tree.pass(.seconds(1))
        tree.beat("e-us-1", ["a"])
        tree.pass(.seconds(1))
        _ = tree.path("e-us-1")
        tree.beat("e-us-1", [])
        #expect(tree.live.pulls.parent(of: "e-us-1", for: TreeFixture.key) == "r-us-1")
        tree.beat("e-us-1", ["a"])
        tree.pass(.seconds(1))
        tree.beat("e-us-1", [])
        #expect(tree.live.pulls.parent(of: "e-us-1", for: TreeFixture.key) == nil)
    }

    @Test func `after a restart what is pulled already is learnt and not counted again`() {
        let tree = TreeFixture(
            "o-us-1", "r-us-1", "r-us-2", "e-us-1", "e-us-2", "e-us-3",
            spec: TreeFixture.spec(relay: { $0.capacity = [Metric.children: 2] }))
        tree.goLive(on: "o-us-1")
        tree.beat("o-us-1", [], children: 1)
        tree.beat("r-us-2", ["a"], children: 2)
        for edge in ["e-us-1", "e-us-2"] {
            // Nobody asked: nothing is known, and nothing is told.
            #expect(tree.beat(edge, ["a"])?.routes == [])
            #expect(tree.path(edge) == "r-us-2 o-us-1")
            #expect(tree.beat(edge, ["a"])?.routes.map(\.url) == ["rtmp://r-us-2.example:1935/live/a"])
        }
        #expect(tree.children("r-us-2") == 2 && tree.children("o-us-1") == 1)
        #expect(tree.path("e-us-3") == "r-us-1 o-us-1")
    }

    @Test func `what plays from a parent that leaves goes on there when nobody else has room`() {
        let tree = TreeFixture(
            "o-us-1", "r-us-1", "e-us-1", "e-us-2",
            spec: TreeFixture.spec(origin: { $0.capacity = [Metric.children: 1] }))
        tree.goLive(on: "o-us-1")
        _ = tree.path("e-us-1")
        tree.beat("r-us-1", ["a"], children: 1)
        tree.beat("e-us-1", ["a"])
        tree.change("r-us-1") { $0.state = .draining }
        #expect(tree.path("e-us-1") == "r-us-1 o-us-1")
        #expect(tree.path("e-us-2") == "full")
    }

    @Test func `with perParent the edges of a region are spread over its relays, each with one for all streams`() {
        let tree = TreeFixture(
            "o-us-1", "r-us-1", "r-us-2", "r-eu-1", "e-us-1", "e-us-2", "e-us-3", "e-us-4",
            spec: TreeFixture.spec(edge: { $0.parents = .perParent }))
        for name in ["a", "b", "c"] { tree.goLive(on: "o-us-1", name) }
        let homes = (1...4).map { index in (tree.beat("e-us-\(index)")?.parents ?? [])[0] }
        #expect(Set(homes).count == 2 && homes.count { $0 == homes[0] } == 2)
        for index in 1...4 {
            for name in ["a", "b", "c"] {
                let parent = tree.path("e-us-\(index)", name).split(separator: " ")[0]
                #expect(homes[index - 1] == "rtmp://\(parent).example:1935")
            }
        }
        // One goes: its edges move, the others stay.
        tree.change("r-us-1") { $0.state = .draining }
        #expect((1...4).allSatisfy { tree.path("e-us-\($0)") == "r-us-2 o-us-1" })
        // A new one gets the next edges.
        tree.add("r-us-3")
        for index in 5...8 {
            tree.add("e-us-\(index)")
            #expect(tree.path("e-us-\(index)") == "r-us-3 o-us-1")
        }
        #expect(tree.path("e-us-1") == "r-us-2 o-us-1")
    }

    @Test func `a home that is full sends one stream to another of its region`() {
        let tree = TreeFixture(
            "o-us-1", "r-us-1", "r-us-2", "e-us-1",
            spec: TreeFixture.spec(relay: { $0.capacity = [Metric.children: 1] }, edge: { $0.parents = .perParent }))
        for name in ["a", "b", "c"] { tree.goLive(on: "o-us-1", name) }
        #expect(tree.path("e-us-1", "a") == "r-us-1 o-us-1")
        #expect(tree.path("e-us-1", "b") == "r-us-2 o-us-1")
        #expect(tree.path("e-us-1", "c") == "o-us-1")
    }

    @Test func `parents are told in the order of the regions and by reach`() {
        for (reach, want) in [
            (ParentReach.global, ["r-eu-1", "r-us-1", "r-ap-1"]), (.region, ["r-eu-1"]), (.perParent, ["r-eu-1"]),
        ] {
            let tree = TreeFixture(
                "r-us-1", "r-ap-1", "r-eu-1", "e-eu-1", spec: TreeFixture.spec(edge: { $0.parents = reach }))
            #expect(tree.beat("e-eu-1")?.parents == want.map { "rtmp://\($0).example:1935" })
        }
    }
}

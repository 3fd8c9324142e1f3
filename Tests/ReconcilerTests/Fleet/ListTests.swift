import Testing

@testable import Reconciler

/// What lists prove, and what they do not.
@Suite struct ListTests {
    private func observe(_ fleet: inout Fleet, _ observation: Observation, at now: Timestamp = noon) -> [String] {
        var random = SeededRandom(seed: 1)
        return fleet.observe(observation, owner: Sample.owner, now: now, using: &random).map(\.reason)
    }

    @Test func `a complete list makes its scope known from when it was asked`() {
        var fleet = Fleet(observingSince: noon)
        #expect(observe(&fleet, Sample.list([], askedAt: noon - .seconds(3))) == [])
        #expect(fleet.scopes[Sample.scope]?.completeAt == noon - .seconds(3))
        #expect(fleet.scopes[Sample.scope]?.isKnown == true)
    }

    @Test func `a failed list is told once, and its end once`() {
        var fleet = Sample.fleet([Sample.node("a")])
        let failed = Observation(listings: [
            ListingReport(scope: Sample.scope, askedAt: noon, result: .failure(.retryable("no route")))
        ])
        #expect(observe(&fleet, failed) == ["ListFailed"])
        #expect(fleet.scopes[Sample.scope]?.isKnown == false)
        #expect(observe(&fleet, failed, at: noon + .seconds(2)) == [])
        #expect(fleet.scopes[Sample.scope]?.trouble?.since == noon)
        #expect(fleet.nodes["a"]?.missingSince == nil)
        #expect(observe(&fleet, Sample.list([Sample.instance("a")])) == ["ListRecovered"])
        #expect(fleet.scopes[Sample.scope]?.isKnown == true)
    }

    @Test func `a list that was cut short proves presence and no absence`() {
        var fleet = Sample.fleet([Sample.node("a"), Sample.node("b", .creating), Sample.node("c", .terminating)])
        let events = observe(&fleet, Sample.list([Sample.instance("b")], complete: false))
        #expect(events == ["NodeCreated", "ListFailed"])
        #expect(fleet.nodes["a"]?.missingSince == nil)
        #expect(fleet.nodes["b"]?.state == .created)
        #expect(fleet.nodes["c"]?.state == .terminating)
        #expect(fleet.scopes[Sample.scope]?.isKnown == false)
    }

    @Test func `why a list was cut short is told where it is known`() {
        var fleet = Sample.fleet([Sample.node("b", .creating)])
        var report: Observation = Sample.list([], complete: false)
        report.listings[0].result = .success(
            Listing(instances: [Sample.instance("b")], complete: false, shortfall: "page 2: the connection was lost"))
        #expect(observe(&fleet, report) == ["NodeCreated", "ListFailed"])
        let wanted = "the list was cut short after 1 instances: page 2: the connection was lost"
        #expect(fleet.scopes[Sample.scope]?.trouble?.message == wanted)
    }

    @Test func `a node that the provider lists before it is made is not said to be made`() {
        for (state, words) in [
            (Instance.State.pending, "the provider is making it"), (.running, "the provider made it"),
        ] {
            var fleet = Sample.fleet([Sample.node("b", .creating)])
            var random = SeededRandom(seed: 1)
            let report = Sample.list([Sample.instance("b", state: state)])
            let events = fleet.observe(report, owner: Sample.owner, now: noon, using: &random)
            #expect(events.count == 1 && events.first?.message.hasPrefix(words) == true, "\(events)")
        }
    }

    struct Stranger: CustomTestStringConvertible, Sendable {
        var name: String
        var instance: Instance
        var testDescription: String { name }
    }

    static let strangers = [
        Stranger(name: "another owner's", instance: Sample.instance("x", owner: "them")),
        Stranger(name: "one whose owner begins like ours", instance: Sample.instance("x", owner: "us2")),
        Stranger(name: "one whose owner is ours but for its case", instance: Sample.instance("x", owner: "US")),
        Stranger(name: "one without an owner", instance: Sample.instance("x", owner: "")),
        Stranger(
            name: "one of another region",
            instance: Sample.instance("x", pool: PoolKey(group: "live", region: "eu", role: "edge"))),
        Stranger(name: "an earlier one that is gone", instance: Sample.instance("x", id: "i-earlier", state: .gone)),
    ]

    @Test(arguments: strangers) func `what is not ours is not taken in`(_ stranger: Stranger) {
        var fleet = Sample.fleet([])
        #expect(observe(&fleet, Sample.list([stranger.instance])) == [])
        #expect(fleet.nodes.isEmpty)
    }

    @Test(arguments: strangers) func `what is not ours does not stand for a node of ours`(_ stranger: Stranger) {
        var fleet = Sample.fleet([Sample.node("x")])
        _ = observe(&fleet, Sample.list([stranger.instance]))
        #expect(fleet.nodes["x"]?.missingSince == noon)
    }

    @Test func `a node whose instance the provider says is gone is gone at once`() throws {
        var fleet = Sample.fleet([Sample.node("x"), Sample.node("y")])
        let list = Sample.list([Sample.instance("x", state: .gone), Sample.instance("y")], complete: false)
        #expect(observe(&fleet, list).contains("NodeGone"))
        #expect(fleet.nodes["x"]?.state == .terminated && fleet.nodes["y"]?.state == .inService)
    }

    @Test func `a second instance takes the place of one that is gone`() {
        var fleet = Sample.fleet([Sample.node("x")])
        _ = observe(&fleet, Sample.list([Sample.instance("x", state: .gone), Sample.instance("x", id: "i-second")]))
        #expect(fleet.nodes["x"]?.state == .inService && fleet.nodes["x"]?.instanceID == "i-second")
    }

    @Test func `ours that the store does not know is adopted with its token and revision`() throws {
        var fleet = Sample.fleet([])
        #expect(observe(&fleet, Sample.list([Sample.instance("lost")])) == ["NodeAdopted"])
        let node = try #require(fleet.nodes["lost"])
        #expect(node.state == .created && node.token == "token-lost" && node.revision == "r")
        #expect(node.pool == Sample.edges && node.instanceID == "i-lost" && node.address == "203.0.113.7")
        #expect(fleet.unstored.upserts.map(\.id) == ["lost"])
        #expect(observe(&fleet, Sample.list([Sample.instance("lost")])) == [])
    }

    // MARK: - Absence

    @Test(arguments: [NodeState.created, .started, .inService, .draining, .evicting, .fault])
    func `a node that a complete list does not show is missing`(_ state: NodeState) {
        var fleet = Sample.fleet([Sample.node("a", state)])
        _ = observe(&fleet, Sample.list([]))
        #expect(fleet.nodes["a"]?.missingSince == noon)
        _ = observe(&fleet, Sample.list([Sample.instance("a")], askedAt: noon + .seconds(2)), at: noon + .seconds(2))
        #expect(fleet.nodes["a"]?.missingSince == nil)
    }

    @Test func `a list asked before a node was created says nothing of it`() {
        var fleet = Sample.fleet([Sample.node("a", .created) { $0.createdAt = noon }])
        _ = observe(&fleet, Sample.list([], askedAt: noon))
        #expect(fleet.nodes["a"]?.missingSince == nil)
        _ = observe(&fleet, Sample.list([], askedAt: noon + .milliseconds(1)))
        #expect(fleet.nodes["a"]?.missingSince != nil)
    }

    @Test(arguments: [NodeState.requested, .creating])
    func `a node whose create is not answered cannot be missing`(_ state: NodeState) {
        var fleet = Sample.fleet([Sample.node("a", state)])
        #expect(observe(&fleet, Sample.list([])) == [])
        #expect(fleet.nodes["a"]?.state == state && fleet.nodes["a"]?.missingSince == nil)
    }

    @Test func `a destroy is over when a later list no longer shows the instance`() {
        var fleet = Sample.fleet([Sample.node("a", .terminating) { $0.since = noon }])
        #expect(observe(&fleet, Sample.list([], askedAt: noon)) == [])
        #expect(observe(&fleet, Sample.list([Sample.instance("a")], askedAt: noon + .seconds(1))) == [])
        #expect(fleet.nodes["a"]?.state == .terminating)
        #expect(observe(&fleet, Sample.list([], askedAt: noon + .seconds(2))) == ["NodeDestroyed"])
        #expect(fleet.nodes["a"]?.state == .terminated)
    }

    @Test func `an instance that is stopping by itself counts as missing`() {
        var fleet = Sample.fleet([Sample.node("a")])
        _ = observe(&fleet, Sample.list([Sample.instance("a", state: .stopping)]))
        #expect(fleet.nodes["a"]?.missingSince == noon)
    }

    @Test func `a new address is taken over`() {
        var fleet = Sample.fleet([Sample.node("a")])
        _ = observe(&fleet, Sample.list([Sample.instance("a", address: "203.0.113.8")]))
        #expect(fleet.nodes["a"]?.address == "203.0.113.8")
        #expect(fleet.unstored.upserts.count == 1)
    }

    @Test func `an unchanged list is nothing to store`() {
        var fleet = Sample.fleet([Sample.node("a")])
        #expect(observe(&fleet, Sample.list([Sample.instance("a")])) == [])
        #expect(fleet.unstored.upserts.isEmpty)
    }
}

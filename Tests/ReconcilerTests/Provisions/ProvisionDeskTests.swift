import Testing

@testable import Reconciler

@Suite struct ProvisionDeskTests {
    private let store = FailingStore()
    private let fixture = RoutingFixture(
        [Sample.node("o", in: Sample.origins), Sample.node("p", in: Sample.origins)],
        spec: Sample.spec(Sample.origin { $0.capacity = [Metric.publishers: 4] }))
    private var live: LiveState { fixture.live }
    private var desk: ProvisionDesk { ProvisionDesk(store: store, live: fixture.live) }

    private static func provision(_ name: String, streams: [String]? = nil) -> Provision {
        Provision(group: "live", guid: "live/\(name)", streams: (streams ?? [name]).map { .init(guid: "live/\($0)") })
    }

    /// What the store has, and whether what requests see is the same.
    private var stored: [Provision] {
        let stored = store.memory.load().provisions
        #expect(live.provisions.table.provisions(of: "live") == stored)
        return stored
    }

    @Test func `a list is made as a whole or not at all`() async throws {
        let desk = desk
        let (a, b, c) = (Self.provision("a"), Self.provision("b"), Self.provision("c"))
        try await desk.create([a, b], by: "ann", at: noon)
        #expect(stored == [a, b])
        await #expect(throws: ProvisionFailure.self) { try await desk.create([c, a], by: "ann", at: noon) }
        #expect(stored == [a, b])
        let events = store.memory.events(after: 0, about: nil, limit: 10)
        #expect(
            events.map { "\($0.reason) \($0.subject) \($0.message)" } == [
                "ProvisionCreated live/live/a by ann", "ProvisionCreated live/live/b by ann",
            ])
    }

    @Test func `of many who make the same at once, one does`() async throws {
        let desk = desk
        let made = await withTaskGroup(of: Bool.self) { group in
            for index in 0..<50 {
                group.addTask {
                    (try? await desk.create([Self.provision("a"), Self.provision("x\(index)")], by: "ann", at: noon))
                        != nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(made == 1 && stored.count == 2)
    }

    @Test func `what the store does not take is not there`() async throws {
        let desk = desk
        try await desk.create([Self.provision("a")], by: "ann", at: noon)
        store.failure.replace(with: .full("no space"))
        let wanted = ProvisionFailure.unavailable("the store does not take it: no space")
        await #expect(throws: wanted) { try await desk.create([Self.provision("b")], by: "ann", at: noon) }
        await #expect(throws: wanted) { try await desk.delete(Self.provision("a").key, by: "ann", at: noon) }
        await #expect(throws: wanted) {
            try await desk.distribute(Self.provision("a").key, ProvisionPlacement(), by: "ann", at: noon)
        }
        #expect(stored == [Self.provision("a")])
    }

    @Test func `a change is refused when there is nothing to change, and once it is distributed`() async throws {
        let desk = desk
        let a = Self.provision("a")
        await #expect(throws: ProvisionFailure.self) {
            try await desk.replace([a], keepsSecret: [:], by: "ann", at: noon)
        }
        try await desk.create([a, Self.provision("b")], by: "ann", at: noon)
        let changed = Self.provision("a", streams: ["a", "a_2"])
        try await desk.replace([changed], keepsSecret: [:], by: "ann", at: noon)
        #expect(stored.first == changed)
        await #expect(
            throws: ProvisionFailure.notFound(
                "there is no provision 'live/aa' in node group 'live'; did you mean 'live/a'?")
        ) {
            try await desk.replace([changed, Self.provision("aa")], keepsSecret: [:], by: "ann", at: noon)
        }
        let placed = try await desk.distribute(a.key, ProvisionPlacement(), by: "ann", at: noon)
        #expect(placed.distribution?.nodes == ["o"] && stored.first == placed)
        await #expect(throws: ProvisionFailure.self) {
            try await desk.replace([a], keepsSecret: [:], by: "ann", at: noon)
        }
        #expect(stored.first == placed)
    }

    @Test func `a secret that is to stay stays, and one that is not there cannot`() async throws {
        let desk = desk
        var a = Self.provision("a")
        a.credentials = PublishSecret(username: "ann", secret: "s3cret", salt: [1])
        try await desk.create([a, Self.provision("b")], by: "ann", at: noon)
        let changed = Self.provision("a", streams: ["a", "a_2"])
        try await desk.replace([changed], keepsSecret: [a.key: "ann"], by: "ann", at: noon)
        for name in ["bob", nil] {
            await #expect(throws: ProvisionFailure.self) {
                try await desk.replace([changed], keepsSecret: [a.key: name], by: "ann", at: noon)
            }
        }
        #expect(stored.first?.credentials == a.credentials && stored.first?.streams.count == 2)
        await #expect(
            throws: ProvisionFailure.conflict(
                "the provision 'live/b' has no credentials of that name that could stay as they are; send the secret")
        ) {
            try await desk.replace(
                [Self.provision("b")], keepsSecret: [Self.provision("b").key: "ann"], by: "ann", at: noon)
        }
    }

    @Test func `provisions are spread over the nodes, though nobody publishes yet`() async throws {
        let desk = desk
        let all = ["a", "b", "c", "d"].map { Self.provision($0) }
        try await desk.create(all, by: "ann", at: noon)
        var nodes: [String] = []
        for provision in all {
            nodes +=
                try await desk.distribute(provision.key, ProvisionPlacement(), by: "ann", at: noon).distribution?.nodes
                .map(\.rawValue) ?? []
        }
        #expect(nodes == ["o", "p", "o", "p"])
        // Again: each stays where it is.
        for (provision, node) in zip(all, nodes) {
            let again = try await desk.distribute(
                provision.key, ProvisionPlacement(), by: "ann", at: noon + .seconds(9))
            #expect(again.distribution == .init(nodes: [NodeID(node)], at: noon))
        }
        let large = Self.provision("large", streams: ["l1", "l2", "l3"])
        try await desk.create([large], by: "ann", at: noon)
        await #expect(throws: ProvisionFailure.noRoom("no node has room for the 3 streams of 'live/large'")) {
            try await desk.distribute(large.key, ProvisionPlacement(), by: "ann", at: noon)
        }
    }

    @Test func `a move that a request made is stored, unless the provision is gone`() async throws {
        let desk = desk
        try await desk.create([Self.provision("a"), Self.provision("b")], by: "ann", at: noon)
        for name in ["a", "b"] {
            _ = try await desk.distribute(Self.provision(name).key, ProvisionPlacement(), by: "ann", at: noon)
            live.provisions.follow("live/\(name)", in: "live", to: "q", at: noon + .seconds(1)) { _ in true }
        }
        store.failure.replace(with: .full("no space"))
        await #expect(throws: ProvisionFailure.self) { try await desk.storeMoves(at: noon) }
        #expect(live.provisions.moved.count == 2)
        store.failure.replace(with: nil)
        try await desk.delete(Self.provision("b").key, by: "ann", at: noon)
        try await desk.storeMoves(at: noon)
        #expect(stored.map(\.distribution) == [.init(nodes: ["q"], at: noon + .seconds(1))])
        #expect(live.provisions.moved.isEmpty)
        #expect(store.memory.events(after: 0, about: "live/live/a", limit: 1).map(\.reason) == ["ProvisionMoved"])
    }

    @Test func `moves are stored as they come, also after the store refused them`() async throws {
        let time = SteppedTime()
        let desk = desk
        try await desk.create([Self.provision("a")], by: "ann", at: noon)
        _ = try await desk.distribute(Self.provision("a").key, ProvisionPlacement(), by: "ann", at: noon)
        store.failure.replace(with: .full("no space"))
        let service = Task { try? await desk.run(time: time) }
        live.provisions.follow("live/a", in: "live", to: "q", at: noon) { _ in true }
        await time.waitForSleepers(1)
        store.failure.replace(with: nil)
        time.advance(.seconds(5))
        while store.memory.load().provisions[0].distribution?.nodes != ["q"] { await Task.yield() }
        service.cancel()
        await service.value
    }

    @Test func `a restart begins with what is in the store`() async throws {
        let spec = Sample.spec(Sample.origin())
        let fixture = try await LoopFixture(spec)
        #expect(fixture.live.provisions.isEmpty)
        let first = ProvisionDesk(store: fixture.store, live: fixture.live)
        try await first.create([Self.provision("a"), Self.provision("b")], by: "ann", at: noon)
        try await first.delete(Self.provision("b").key, by: "ann", at: noon)
        try await fixture.restart(spec)
        #expect(fixture.live.provisions.table.provisions(of: "live") == [Self.provision("a")])
        #expect(!fixture.live.provisions.isEmpty)
    }
}

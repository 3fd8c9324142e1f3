import Testing

@testable import Reconciler

/// What people tell the loop about single nodes.
@Suite struct NodeCommandTests {
    private static let spec = Sample.spec(
        Sample.edge(min: 2, max: 4) {
            $0.drain.timeout = .seconds(30)
            $0.drain.evictTimeout = .seconds(10)
        }, Sample.origin(min: 0))

    /// A command as a value.
    enum Order: Sendable {
        case cordon(Bool)
        case drain(force: Bool = false)
        case terminate(force: Bool = false)
        case protect(Duration?)

        func give(to id: NodeID, _ fleet: inout Fleet) throws(CommandFailure) -> [Event] {
            switch self {
            case .cordon(let cordoned): try fleet.cordon(id, cordoned, by: "ann", at: noon)
            case .drain(let force): try fleet.drain(id, force: force, by: "ann", at: noon)
            case .terminate(let force):
                try fleet.terminate(
                    id, force: force, by: "ann", role: spec.timing(of: Sample.edges), least: 2, assigned: 0, at: noon)
            case .protect(let duration): try fleet.protect(id, for: duration, by: "ann", at: noon)
            }
        }
    }

    // MARK: - Refusals

    struct Refused: CustomTestStringConvertible, Sendable {
        var order: Order
        var state: NodeState = .inService
        var id: NodeID = "a"
        /// Nodes in service beside it.
        var others = 2
        var change: @Sendable (inout Node) -> Void = { _ in }
        var words: String
        var testDescription: String { words }
    }

    private static let since = noon - .seconds(600)
    private static let later = noon + .seconds(3600)

    static let refused = [
        Refused(
            order: .terminate(), state: .fault,
            change: { $0.metrics = [Metric.subscribers: 9] },
            words:
                "'a' is faulty, and had 9 clients when it was heard last; wait for its faultTimeout, or end them with --force"
        ),
        Refused(order: .drain(), id: "bb", words: "there is no node 'bb'; did you mean 'b0'?"),
        Refused(order: .protect(nil), id: "nothing", words: "there is no node 'nothing'; known are a, b0, b1"),
        Refused(
            order: .drain(), state: .requested,
            words: "'a' is requested and serves nobody yet; end it with 'smreconcile terminate a'"),
        Refused(
            order: .drain(force: true), state: .started,
            words: "'a' is started and serves nobody yet; end it with 'smreconcile terminate a'"),
        Refused(
            order: .drain(), state: .draining, words: "'a' is draining already, since \(since): as the test says"),
        Refused(
            order: .drain(force: true), state: .evicting,
            words: "'a' is evicting already, since \(since): as the test says"),
        Refused(
            order: .drain(), state: .fault,
            words: "'a' is faulty: as the test says; end it with 'smreconcile terminate a'"),
        Refused(order: .drain(), state: .terminating, words: "'a' is terminating: as the test says"),
        Refused(order: .drain(), state: .terminated, words: "'a' is terminated: as the test says"),
        Refused(
            order: .drain(), change: { $0.marks.drainRequest = .init(at: since, by: "bob") },
            words: "'a' is to drain already: bob asked for it at \(since); --force drains it at once"),
        Refused(
            order: .drain(), change: { $0.protectedUntil = later },
            words:
                "'a' is protected until \(later); take that back with 'smreconcile protect a --off', or drain it with --force"
        ),
        Refused(
            order: .drain(), change: { $0.marks.protectsItself = true },
            words: "'a' protects itself by its heartbeats; wait until it no longer does, or drain it with --force"),
        Refused(
            order: .cordon(false), state: .evicting, change: { $0.marks.drainRequest = .init(at: since, by: "bob") },
            words: "the clients of 'a' were told to go since \(since): it cannot be taken back"),
        Refused(
            order: .cordon(true), state: .terminated, words: "there is no node 'a' any more: as the test says"),
        Refused(
            order: .terminate(), change: { $0.metrics = [Metric.subscribers: 120] },
            words: "'a' has 120 clients; drain it first, or end them with --force"),
        Refused(
            order: .terminate(), state: .draining, change: { $0.metrics = [Metric.publishers: 1] },
            words: "'a' still has 1 client; wait for them, or end them with --force"),
        Refused(
            order: .terminate(), state: .evicting, change: { $0.metrics = [:] },
            words: "how many clients 'a' has is not known; wait for them, or end them with --force"),
        Refused(
            order: .terminate(), change: { $0.metrics[Metric.children] = 2 },
            words: "other nodes pull their streams from 'a'; drain it first, or end them with --force"),
        Refused(
            order: .terminate(), state: .created, change: { $0.protectedUntil = later },
            words:
                "'a' is protected until \(later); take that back with 'smreconcile protect a --off', or end it with --force"
        ),
        Refused(
            order: .terminate(), others: 1,
            words:
                "1 would serve in live/us/edge without 'a', and 2 must; 'smreconcile drain a' waits for another, --force does not"
        ),
        Refused(
            order: .terminate(force: true), state: .terminating,
            words: "'a' is terminating already: as the test says"),
        Refused(
            order: .terminate(force: true), state: .terminated, words: "'a' is terminated already: as the test says"),
        Refused(order: .protect(nil), words: "'a' is not protected"),
        Refused(order: .protect(nil), change: { $0.protectedUntil = noon }, words: "'a' is not protected"),
        Refused(
            order: .protect(nil), change: { $0.marks.protectsItself = true },
            words: "'a' protects itself by its heartbeats: nobody else can take that back"),
        Refused(
            order: .protect(.seconds(31 * 86_400)),
            words: "a protection lasts at most 30d, not 31d; it may be prolonged while it lasts"),
        Refused(
            order: .protect(.zero),
            words: "a protection lasts at most 30d, not 0s; it may be prolonged while it lasts"),
        Refused(
            order: .protect(.seconds(1)), state: .evicting,
            words: "it is too late to protect 'a': it is evicting, as the test says"),
        Refused(
            order: .protect(.seconds(1)), state: .terminating,
            words: "it is too late to protect 'a': it is terminating, as the test says"),
    ]

    private static func fleet(
        _ state: NodeState, others: Int, _ change: @Sendable (inout Node) -> Void = { _ in }
    ) -> Fleet {
        let own = Sample.node("a", state) { node in
            node.metrics = [Metric.subscribers: 0]
            change(&node)
        }
        return Sample.fleet([own] + (0..<others).map { Sample.node("b\($0)") })
    }

    @Test(arguments: refused) func `what makes no sense is refused and changes nothing`(_ refused: Refused) {
        var fleet = Self.fleet(refused.state, others: refused.others, refused.change)
        let before = fleet
        do {
            _ = try refused.order.give(to: refused.id, &fleet)
            Issue.record("it was not refused")
        } catch {
            #expect(error.message == refused.words)
            if case .unavailable = error { Issue.record("the store has nothing to do with it") }
        }
        #expect(fleet == before)
    }

    // MARK: - Effects

    struct Done: CustomTestStringConvertible, Sendable {
        var name: String
        var order: Order
        var state: NodeState = .inService
        var others = 2
        var change: @Sendable (inout Node) -> Void = { _ in }
        /// What there is afterwards.
        var then: NodeState
        var marks: @Sendable (Node) -> Bool = { _ in true }
        var events: [String]
        var testDescription: String { name }
    }

    private static let request = NodeMarks.DrainRequest(at: noon, by: "ann")

    static let done = [
        Done(
            name: "a drain is remembered, and the planner's to begin", order: .drain(), then: .inService,
            marks: { $0.marks.drainRequest == request }, events: ["DrainRequested by ann"]),
        Done(
            name: "a drain with force begins at once, also of a protected node and under min",
            order: .drain(force: true), others: 0,
            change: { $0.protectedUntil = later }, then: .draining, marks: { $0.marks.drainRequest == request },
            events: ["NodeDraining asked for with force, by ann"]),
        Done(
            name: "a drain that was asked for can be forced", order: .drain(force: true),
            change: { $0.marks.drainRequest = .init(at: since, by: "bob") }, then: .draining,
            marks: { $0.marks.drainRequest == request }, events: ["NodeDraining asked for with force, by ann"]),
        Done(
            name: "uncordon takes back what was asked for", order: .cordon(false),
            change: {
                $0.marks.drainRequest = request
                $0.cordoned = true
            }, then: .inService, marks: { $0.marks.drainRequest == nil && !$0.cordoned },
            events: ["NodeUncordoned by ann"]),
        Done(
            name: "uncordon brings back what drains by a person's word", order: .cordon(false), state: .draining,
            change: { $0.marks.drainRequest = request }, then: .inService, marks: { $0.marks.drainRequest == nil },
            events: ["NodeUncordoned by ann", "NodeUndrained by ann"]),
        Done(
            name: "uncordon leaves what drains for another reason", order: .cordon(false), state: .draining,
            change: { $0.cordoned = true }, then: .draining, marks: { !$0.cordoned }, events: ["NodeUncordoned by ann"]),
        Done(
            name: "uncordon ends a quarantine and forgets its faults", order: .cordon(false), state: .draining,
            change: {
                $0.marks.isQuarantined = true
                $0.marks.faults = [since, since]
            }, then: .inService, marks: { !$0.marks.isQuarantined && $0.marks.faults.isEmpty },
            events: ["NodeUncordoned by ann", "NodeUndrained by ann"]),
        Done(
            name: "an empty node goes when enough others serve", order: .terminate(), then: .terminating,
            events: ["NodeTerminating asked for, by ann"]),
        Done(
            name: "a node that never served goes, however many others do", order: .terminate(), state: .created,
            others: 0, then: .terminating, events: ["NodeTerminating asked for, by ann"]),
        Done(
            name: "a faulty node that had nobody goes", order: .terminate(), state: .fault, others: 0,
            change: { $0.metrics = [Metric.subscribers: 0] }, then: .terminating,
            events: ["NodeTerminating asked for, by ann"]),
        Done(
            name: "a drained node goes, and is none of those who serve", order: .terminate(), state: .draining,
            others: 0, then: .terminating, events: ["NodeTerminating asked for, by ann"]),
        Done(
            name: "with force anything goes", order: .terminate(force: true), others: 0,
            change: {
                $0.metrics = [Metric.subscribers: 120]
                $0.protectedUntil = later
            }, then: .terminating, events: ["NodeTerminating asked for with force, by ann"]),
        Done(
            name: "a protection has an end", order: .protect(.seconds(3600)), then: .inService,
            marks: { $0.protectedUntil == later }, events: ["NodeProtected until \(later), by ann"]),
        Done(
            name: "what drains may be protected from its eviction", order: .protect(.seconds(3600)), state: .draining,
            then: .draining, marks: { $0.protectedUntil == later }, events: ["NodeProtected until \(later), by ann"]),
        Done(
            name: "a protection is taken back", order: .protect(nil), change: { $0.protectedUntil = later },
            then: .inService, marks: { $0.protectedUntil == nil }, events: ["NodeUnprotected by ann"]),
    ]

    @Test(arguments: done) func `what a person tells a node is done, with who did it`(_ done: Done) throws {
        var fleet = Self.fleet(done.state, others: done.others, done.change)
        let events = try done.order.give(to: "a", &fleet)
        let node = try #require(fleet.nodes["a"])
        #expect(node.state == done.then && done.marks(node))
        #expect(events.map { "\($0.reason) \($0.message)" } == done.events)
        #expect(events.allSatisfy { $0.subject == "a" && $0.at == noon })
        #expect(fleet.unstored.upserts.map(\.id) == ["a"])
    }

    // MARK: - In the loop

    private func settled(_ spec: Spec = spec) async throws -> (LoopFixture, NodeID) {
        let fixture = try await LoopFixture(spec)
        await fixture.rounds(6)
        let serving = fixture.live.snapshot.fleet.nodes.values.filter { $0.state == .inService }.map(\.id).sorted()
        return (fixture, try #require(serving.first))
    }

    private func state(_ fixture: LoopFixture, _ id: NodeID) -> NodeState? {
        fixture.live.snapshot.fleet.nodes[id]?.state
    }

    @Test func `a drain waits until min others serve, goes on over a restart, and ends the node`() async throws {
        let (fixture, id) = try await settled()
        try await fixture.command { try await $0.drain(id, force: false, by: "ann") }
        #expect(state(fixture, id) == .inService)
        #expect(fixture.live.snapshot.plan.heldWords == ["drain count"])
        try await fixture.restart(Self.spec)
        await fixture.rounds(3)
        #expect(state(fixture, id) == .draining)
        await fixture.rounds(8)
        #expect(state(fixture, id) == .terminated)
        #expect(fixture.states.count { $0 == "inService" } == 2)
        #expect(fixture.storedReasons.contains("DrainRequested"))
    }

    @Test func `a drain that is taken back leaves everything as it was`() async throws {
        let (fixture, id) = try await settled()
        try await fixture.command { try await $0.drain(id, force: true, by: "ann") }
        #expect(state(fixture, id) == .draining)
        await fixture.round()
        #expect(state(fixture, id) == .draining, "what a person wants gone is not taken back for a new one")
        try await fixture.command { try await $0.cordon(id, false, by: "ann") }
        #expect(state(fixture, id) == .inService)
        await fixture.rounds(12)
        #expect(fixture.states.count { $0 == "inService" } == 2)
    }

    @Test func `a node is terminated by force alone while the pool needs it, and is replaced`() async throws {
        let (fixture, id) = try await settled()
        await #expect(throws: CommandFailure.self) {
            try await fixture.command { try await $0.terminate(id, force: false, by: "ann") }
        }
        #expect(state(fixture, id) == .inService)
        try await fixture.command { try await $0.terminate(id, force: true, by: "ann") }
        #expect(state(fixture, id) == .terminating)
        await fixture.rounds(6)
        #expect(state(fixture, id) == .terminated && fixture.states.count { $0 == "inService" } == 2)
    }

    @Test func `clients who were sent to a node a moment ago keep it from being terminated`() async throws {
        let (fixture, id) = try await settled(Sample.spec(Sample.edge(min: 1, max: 4), Sample.origin(min: 0)))
        #expect(fixture.live.view.nodes[id]?.load.tryAdd(.subscribe, limit: 9, groupLimit: 9) == true)
        await #expect(throws: CommandFailure.conflict("'\(id)' has 1 client; drain it first, or end them with --force"))
        {
            let loop = fixture.loop
            let before = fixture.wakes.current
            let task = Task(name: "command") { try await loop.terminate(id, force: false, by: "ann") }
            while fixture.wakes.current == before { await Task.yield() }
            // Without a heartbeat, which would say otherwise.
            await fixture.round(heard: false)
            try await task.value
        }
        #expect(state(fixture, id) == .inService)
    }

    @Test func `a protected node is not scaled in, and a self-protected one neither`() async throws {
        let (fixture, id) = try await settled()
        try await fixture.command { try await $0.protect(id, for: .seconds(60), by: "ann") }
        #expect(
            fixture.store.memory.load().nodes.first { $0.id == id }?.protectedUntil == fixture.time.now() + .seconds(60)
        )
        let fewer = Sample.spec(Sample.edge(min: 1, max: 1), Sample.origin(min: 0))
        await fixture.loop.use(fewer)
        await fixture.rounds(6)
        #expect(state(fixture, id) == .inService)
        try await fixture.command { try await $0.protect(id, for: nil, by: "ann") }
        #expect(fixture.storedReasons.suffix(3).contains("NodeUnprotected"))
    }

    @Test func `what the store does not take was not told`() async throws {
        let (fixture, id) = try await settled()
        fixture.store.failure.replace(with: .failed("read-only"))
        await #expect(throws: CommandFailure.unavailable("read-only")) {
            try await fixture.command { try await $0.drain(id, force: true, by: "ann") }
        }
        #expect(state(fixture, id) == .inService)
    }
}

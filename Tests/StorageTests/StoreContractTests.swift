import Foundation
import Reconciler
import Storage
import Testing

/// The stores that keep the contract of ``Store``.
enum StoreKind: CaseIterable, CustomTestStringConvertible {
    case memory, sqlite

    var testDescription: String { "\(self)" }

    /// A new store, given to `body`; its files go afterwards.
    func with(_ body: (any Store & IdentityStore & WebhookStore) async throws -> Void) async throws {
        switch self {
        case .memory: try await body(MemoryStore())
        case .sqlite:
            let directory = try TemporaryDirectory()
            let store = try await SQLiteStore.open(directory: directory("data"))
            try await body(store)
            await store.close()
        }
    }
}

/// The contract of ``Store``, over every implementation.
@Suite struct StoreContractTests {
    @Test(arguments: StoreKind.allCases)
    func `a new store is empty`(_ kind: StoreKind) async throws {
        try await kind.with { store async throws in
            #expect(try await store.load() == StoredState())
            #expect(try await store.events(after: 0, limit: 10) == [])
            #expect(try await store.value("owner") == nil)
            #expect(try await store.identity() == StoredIdentity())
            #expect(try await store.audit(AuditQuery(limit: 10)) == [])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `every field of a node survives, filled or empty`(_ kind: StoreKind) async throws {
        try await kind.with { store in
            let nodes = [Sample.fullNode("a"), Sample.node("b")]
            try await store.commit(StoreChange(upserts: nodes))
            #expect(try await store.load().nodes == nodes)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `every state survives`(_ kind: StoreKind) async throws {
        try await kind.with { store in
            try await store.commit(
                StoreChange(upserts: NodeState.allCases.map { Sample.node($0.rawValue, state: $0) }))
            let nodes = try await store.load().nodes
            #expect(nodes.count == NodeState.allCases.count)
            #expect(nodes.allSatisfy { $0.id.rawValue == $0.state.rawValue })
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `an upsert replaces all of a node, also what became nil`(_ kind: StoreKind) async throws {
        try await kind.with { store in
            try await store.commit(StoreChange(upserts: [Sample.fullNode("a")]))
            try await store.commit(StoreChange(upserts: [Sample.node("a")]))
            #expect(try await store.load().nodes == [Sample.node("a")])
            try await store.commit(StoreChange(upserts: [Sample.node("a"), Sample.fullNode("a")]))
            #expect(try await store.load().nodes == [Sample.fullNode("a")])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `nodes come in the order of their ids`(_ kind: StoreKind) async throws {
        try await kind.with { store in
            try await store.commit(StoreChange(upserts: ["b", "a-2", "B", "a", "a-10"].map { Sample.node($0) }))
            #expect(try await store.load().nodes.map(\.id.rawValue) == ["B", "a", "a-10", "a-2", "b"])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a delete removes one node, and one that is not there is no failure`(_ kind: StoreKind) async throws {
        try await kind.with { store in
            try await store.commit(StoreChange(upserts: [Sample.node("a"), Sample.node("b")]))
            try await store.commit(StoreChange(deletes: [NodeID("a"), NodeID("none")]))
            #expect(try await store.load().nodes.map(\.id) == [NodeID("b")])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `in one change a delete comes after an upsert`(_ kind: StoreKind) async throws {
        try await kind.with { store in
            try await store.commit(StoreChange(upserts: [Sample.node("a")], deletes: [NodeID("a")]))
            #expect(try await store.load().nodes.isEmpty)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a scaling history is replaced whole, and an empty one is forgotten`(_ kind: StoreKind) async throws {
        try await kind.with { store in
            let edge = PoolKey(group: "live", region: "us-east", role: "edge")
            let origin = PoolKey(group: "live", region: "us-east", role: "origin")
            let history = ScalingHistory(
                recommendations: [.init(at: Sample.now, nodes: 5), .init(at: Sample.now + .seconds(1), nodes: 0)],
                events: [.init(at: Sample.now, change: -2), .init(at: Sample.now, change: 3)])
            let later = ScalingHistory(events: [.init(at: Sample.now, change: 1)])
            try await store.commit(StoreChange(scaling: [edge: history, origin: history]))
            #expect(try await store.load().scaling == [edge: history, origin: history])
            try await store.commit(StoreChange(scaling: [edge: later]))
            #expect(try await store.load().scaling == [edge: later, origin: history])
            try await store.commit(StoreChange(scaling: [edge: ScalingHistory(), origin: later]))
            #expect(try await store.load().scaling == [origin: later])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `every field of a scaling history survives, filled or empty`(_ kind: StoreKind) async throws {
        try await kind.with { store in
            func pool(_ role: String) -> PoolKey { PoolKey(group: "live", region: "us-east", role: role) }
            let histories = [
                pool("full"): Sample.fullHistory, pool("desired"): ScalingHistory(desired: 3),
                pool("bounds"): ScalingHistory(bounds: .init(min: 1, max: 2)),
                pool("endless"): ScalingHistory(override: .init(nodes: 0, until: nil, by: "")),
                pool("boots"): ScalingHistory(boots: [1]),
                pool("averages"): ScalingHistory(averages: [.init(of: "", at: Sample.now, sum: -.infinity, count: 1)]),
            ]
            try await store.commit(StoreChange(scaling: histories))
            #expect(try await store.load().scaling == histories)
            // What became nil is nil afterwards.
            try await store.commit(StoreChange(scaling: [pool("full"): ScalingHistory(desired: 1)]))
            #expect(try await store.load().scaling[pool("full")] == ScalingHistory(desired: 1))
            try await store.commit(StoreChange(scaling: histories.mapValues { _ in ScalingHistory() }))
            #expect(try await store.load().scaling.isEmpty)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a pause is kept until it is ended, and an end of none is no failure`(_ kind: StoreKind) async throws {
        try await kind.with { store in
            let pause = ScalingPause(since: Sample.now, by: "ann")
            let later = ScalingPause(since: Sample.now + .seconds(1), by: "bob's \"é\"")
            func commit(_ pauses: [String: ScalingPause?]) async throws {
                var change = StoreChange()
                change.pauses = pauses
                try await store.commit(change)
            }
            try await commit(["live": pause, "vod": pause])
            #expect(try await store.load().pauses == ["live": pause, "vod": pause])
            try await commit(["live": later, "none": ScalingPause?.none])
            #expect(try await store.load().pauses == ["live": later, "vod": pause])
            try await commit(["live": ScalingPause?.none])
            #expect(try await store.load().pauses == ["vod": pause])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `events get growing ids in their order, whatever id they came with`(_ kind: StoreKind) async throws {
        try await kind.with { store in
            var odd = Sample.event(2)
            odd.id = 77
            odd.level = .error
            try await store.commit(StoreChange(events: [Sample.event(1), odd]))
            try await store.commit(StoreChange(events: [Sample.event(3)]))
            let events = try await store.events(after: 0, limit: 10)
            #expect(events.map(\.id) == [1, 2, 3])
            odd.id = 2
            #expect(events[1] == odd)
            #expect(events.map(\.message) == ["number 1", "number 2", "number 3"])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `events are the newest above an id, oldest first`(_ kind: StoreKind) async throws {
        try await kind.with { store in
            try await store.commit(StoreChange(events: (1...20).map(Sample.event)))
            #expect(try await store.events(after: 0, limit: 3).map(\.id) == [18, 19, 20])
            #expect(try await store.events(after: 18, limit: 10).map(\.id) == [19, 20])
            #expect(try await store.events(after: 20, limit: 10).isEmpty)
            #expect(try await store.events(after: 99, limit: 10).isEmpty)
            #expect(try await store.events(after: -5, limit: .max).count == 20)
            #expect(try await store.events(after: .min, limit: 2).map(\.id) == [19, 20])
            #expect(try await store.events(after: .max, limit: 2).isEmpty)
            #expect(try await store.events(after: 0, limit: 0).isEmpty)
            #expect(try await store.events(after: 0, limit: -1).isEmpty)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `only the newest events are kept, and no id is used twice`(_ kind: StoreKind) async throws {
        try await kind.with { store in
            try await store.commit(StoreChange(events: (1...StoreLimits.events).map(Sample.event)))
            #expect(try await store.events(after: 0, limit: .max).count == StoreLimits.events)
            try await store.commit(StoreChange(events: (1...15).map { Sample.event(100_000 + $0) }))
            let events = try await store.events(after: 0, limit: .max)
            #expect(events.count == StoreLimits.events)
            #expect(events.first?.id == 16)
            #expect(events.last?.id == Int64(StoreLimits.events) + 15)
            // More in one change than are kept at all.
            try await store.commit(StoreChange(events: (1...StoreLimits.events + 5).map { Sample.event(200_000 + $0) }))
            let last = try await store.events(after: 0, limit: .max)
            #expect(last.count == StoreLimits.events)
            #expect(last.last?.id == Int64(2 * StoreLimits.events) + 20)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `an event that repeats is one, counted, under a new id`(_ kind: StoreKind) async throws {
        try await kind.with { store in
            var event = Sample.event(1)
            try await store.commit(StoreChange(events: [event, Sample.event(2)]))
            event.at = Sample.now + .seconds(60)
            try await store.commit(StoreChange(events: [event]))
            event.id = 3
            event.count = 2
            event.firstAt = Sample.event(1).at
            #expect(try await store.events(after: 0, limit: 10).map(\.id) == [2, 3])
            #expect(try await store.events(after: 2, limit: 10) == [event])
            // The window goes on from the last time.
            var third = Sample.event(1)
            third.at = event.at + StoreLimits.eventRepeat
            try await store.commit(StoreChange(events: [third]))
            let events = try await store.events(after: 2, limit: 10)
            #expect(events.map(\.id) == [4] && events.map(\.count) == [3])
            #expect(events.map(\.at) == [third.at] && events.map(\.firstAt) == [Sample.event(1).at])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `an event that comes again long after is a new one`(_ kind: StoreKind) async throws {
        try await kind.with { store in
            var late = Sample.event(1)
            late.at = late.at + StoreLimits.eventRepeat + .milliseconds(1)
            late.firstAt = late.at
            try await store.commit(StoreChange(events: [Sample.event(1)]))
            try await store.commit(StoreChange(events: [late]))
            let events = try await store.events(after: 0, limit: 10)
            #expect(events.map(\.id) == [1, 2] && events.map(\.count) == [1, 1])
            #expect(events.map(\.firstAt) == [Sample.event(1).at, late.at])
            // What comes next repeats the newer one.
            try await store.commit(StoreChange(events: [late]))
            #expect(try await store.events(after: 0, limit: 10).map(\.count) == [1, 2])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `events that differ in anything but their time are not the same`(_ kind: StoreKind) async throws {
        try await kind.with { store in
            let event = Sample.event(1)
            var others = [event, event, event, event]
            others[0].level = .error
            others[1].reason = "Other"
            others[2].subject = "other"
            others[3].message = "other"
            for other in [event] + others { try await store.commit(StoreChange(events: [other])) }
            #expect(try await store.events(after: 0, limit: 10).map(\.count) == [1, 1, 1, 1, 1])
            try await store.commit(StoreChange(events: others + [event] + others))
            let events = try await store.events(after: 0, limit: 10)
            #expect(events.map(\.count) == [2, 3, 3, 3, 3])
            #expect(events.map(\.level) == [.info, .error, .info, .info, .info])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `events that repeat leave room for others, in one change or in many`(_ kind: StoreKind) async throws {
        try await kind.with { store in
            try await store.commit(StoreChange(events: [Sample.event(0)]))
            let repeated = (1...50).flatMap { round in
                (1...1000).map { number in
                    var event = Sample.event(number)
                    event.at = Sample.now + .seconds(round)
                    event.firstAt = event.at
                    return event
                }
            }
            for start in stride(from: 0, to: 10_000, by: 1000) {
                try await store.commit(StoreChange(events: Array(repeated[start..<start + 1000])))
            }
            try await store.commit(StoreChange(events: Array(repeated[10_000...])))
            let events = try await store.events(after: 0, limit: .max)
            #expect(events.count == 1001)
            #expect(events.first?.message == "number 0" && events.first?.count == 1)
            #expect(events.dropFirst().map(\.message) == (1...1000).map { "number \($0)" })
            #expect(events.dropFirst().allSatisfy { $0.count == 50 && $0.firstAt == Sample.now + .seconds(1) })
            #expect(zip(events, events.dropFirst()).allSatisfy { $0.id < $1.id })
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `only as many events are kept where the ids have gaps, and what was dropped is not counted on`(
        _ kind: StoreKind
    ) async throws {
        try await kind.with { store in
            // Four more than are kept.
            try await store.commit(StoreChange(events: (1...StoreLimits.events + 4).map(Sample.event)))
            // The last hundred give up their ids for new ones: nothing has to go for that.
            let repeated = (StoreLimits.events - 95...StoreLimits.events + 4).map(Sample.event)
            try await store.commit(StoreChange(events: repeated))
            let events = try await store.events(after: 0, limit: .max)
            #expect(events.count == StoreLimits.events)
            #expect(events.first?.id == 5 && events.first?.message == "number 5")
            #expect(events.last?.id == Int64(StoreLimits.events) + 104 && events.last?.count == 2)
            // One that was dropped begins anew, in the place of the oldest.
            try await store.commit(StoreChange(events: [Sample.event(4)]))
            let newest = try await store.events(after: 0, limit: 1)
            #expect(newest.map(\.message) == ["number 4"] && newest.map(\.count) == [1])
            #expect(try await store.events(after: 0, limit: .max).count == StoreLimits.events)
            #expect(try await store.events(after: 0, about: "live-5", limit: 10).isEmpty)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `the events of one subject are its newest, oldest first`(_ kind: StoreKind) async throws {
        try await kind.with { store in
            let events = (1...30).map { number in
                var event = Sample.event(number)
                event.subject = ["live", "live-edge", "Live"][number % 3]
                return event
            }
            try await store.commit(StoreChange(events: events))
            #expect(try await store.events(after: 0, about: "live", limit: 3).map(\.id) == [24, 27, 30])
            #expect(try await store.events(after: 24, about: "live", limit: 10).map(\.id) == [27, 30])
            #expect(try await store.events(after: 30, about: "live", limit: 10).isEmpty)
            #expect(try await store.events(after: .min, about: "Live", limit: .max).count == 10)
            #expect(try await store.events(after: 0, about: "live", limit: 0).isEmpty)
            #expect(try await store.events(after: 0, about: "live", limit: -1).isEmpty)
            #expect(try await store.events(after: 0, about: "liv", limit: 10).isEmpty)
            #expect(try await store.events(after: 0, about: "", limit: 10).isEmpty)
            try await store.commit(StoreChange(events: [events[2]]))
            #expect(try await store.events(after: 0, about: "live", limit: 2).map(\.id) == [30, 31])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `values are bytes under a name, also none and zero`(_ kind: StoreKind) async throws {
        try await kind.with { store in
            let bytes = Data((0...255).map { UInt8($0) })
            try await store.setValue(bytes, for: "key")
            try await store.setValue(Data(), for: "empty")
            #expect(try await store.value("key") == bytes)
            #expect(try await store.value("empty") == Data())
            #expect(try await store.value("Key") == nil)
            try await store.setValue(Data([0]), for: "key")
            #expect(try await store.value("key") == Data([0]))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `calls from many tasks at once are all carried out`(_ kind: StoreKind) async throws {
        try await kind.with { store in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<50 {
                    group.addTask {
                        try await store.commit(
                            StoreChange(upserts: [Sample.node("n\(index)")], events: [Sample.event(index)]))
                        try await store.record([Sample.entry(index)])
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.load().nodes.count == 50)
            #expect(try await store.audit(AuditQuery(limit: 100)).count == 50)
            #expect(try await store.events(after: 0, limit: 100).map(\.id) == Array(1...50))
        }
    }
}

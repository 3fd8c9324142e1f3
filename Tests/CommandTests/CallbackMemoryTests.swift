import APIServer
import Reconciler
import Testing

@testable import smreconcile

@Suite("What an agent answers while the manager is away")
struct CallbackMemoryTests {
    private static let stream = StreamKey(scope: "live", name: "a")
    private static let here = StreamReport(scope: "live", name: "a", role: .source, subscribers: 0)
    private static let pulled = StreamReport(scope: "live", name: "a", role: .edge, subscribers: 1)
    private let start = ContinuousClock.now
    private let date = Timestamp(milliseconds: 1_795_348_800_000)
    private let none = PresentedTicket(ticket: nil)

    /// Something that the node lived through.
    enum Event: Sendable {
        case heartbeat(Directive, [String])
        case refusedHeartbeat(Int)
        case silentHeartbeat
        case statistics([StreamReport])
        /// The manager's answer to a call.
        case manager(MediaCall, Int, String?)
        /// A call that the manager did not answer.
        case alone(MediaCall)
    }

    /// What happened, and what a call is answered then.
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var events: [Event]
        var call: MediaCall = .play(stream)
        var want: (status: Int, location: String?)
    }

    private static let cases: [Case] = [
        Case(testDescription: "a stream of its own", events: [.statistics([here])], want: (200, nil)),
        Case(
            testDescription: "its own stream wins over a remembered place",
            events: [.manager(.play(stream), 302, "rtmp://x/live/a"), .statistics([here])], want: (200, nil)),
        Case(
            testDescription: "a remembered place",
            events: [.heartbeat(.serve, ["rtmp://p:1"]), .manager(.play(stream), 302, "rtmp://x/live/a")],
            want: (302, "rtmp://x/live/a")),
        Case(
            testDescription: "a pulled stream is not its own",
            events: [.statistics([pulled]), .manager(.play(stream), 302, "rtmp://x/live/a")],
            want: (302, "rtmp://x/live/a")),
        Case(
            testDescription: "a place is forgotten when the stream is not live",
            events: [
                .heartbeat(.serve, ["rtmp://p:1"]), .manager(.play(stream), 302, "rtmp://x/live/a"),
                .manager(.play(stream), 404, nil),
            ], want: (302, "rtmp://p:1/live/a")),
        Case(
            testDescription: "a place outlives a refusal of another kind",
            events: [.manager(.play(stream), 302, "rtmp://x/live/a"), .manager(.play(stream), 401, nil)],
            want: (302, "rtmp://x/live/a")),
        Case(
            testDescription: "the first parent", events: [.heartbeat(.drain, ["rtmp://p:1", "rtmp://q:1"])],
            want: (302, "rtmp://p:1/live/a")),
        Case(
            testDescription: "a name is percent-encoded", events: [.heartbeat(.serve, ["rtmp://p:1"])],
            call: .play(StreamKey(scope: "live", name: "a b/ü")), want: (302, "rtmp://p:1/live/a%20b/%C3%BC")),
        Case(testDescription: "no place at all", events: [.heartbeat(.serve, [])], want: (503, nil)),
        Case(
            testDescription: "a publisher after serve", events: [.heartbeat(.serve, [])], call: .publish(stream),
            want: (200, nil)),
        Case(
            testDescription: "a publisher before any heartbeat", events: [.silentHeartbeat], call: .publish(stream),
            want: (503, nil)),
        Case(
            testDescription: "a publisher after drain", events: [.heartbeat(.serve, []), .heartbeat(.drain, [])],
            call: .publish(stream), want: (503, nil)),
        Case(
            testDescription: "a publisher after evict", events: [.heartbeat(.evict, [])], call: .publish(stream),
            want: (503, nil)),
        Case(
            testDescription: "a publisher after stop", events: [.heartbeat(.stop, [])], call: .publish(stream),
            want: (503, nil)),
        Case(
            testDescription: "a publisher on a node that the manager disowned",
            events: [.heartbeat(.serve, []), .refusedHeartbeat(404)], call: .publish(stream), want: (503, nil)),
        Case(
            testDescription: "a publisher after the manager's own trouble",
            events: [.heartbeat(.serve, []), .refusedHeartbeat(500), .silentHeartbeat], call: .publish(stream),
            want: (200, nil)),
        Case(
            testDescription: "a stream that has just come, even if the statistics are older",
            events: [.heartbeat(.serve, []), .alone(.publish(stream)), .statistics([])], want: (200, nil)),
        Case(
            testDescription: "a stream that came and is not in the statistics",
            events: [.manager(.publish(stream), 200, nil), .statistics([]), .statistics([])], want: (503, nil)),
        Case(
            testDescription: "a stream whose publisher went",
            events: [.statistics([here]), .alone(.unpublish(stream))], want: (503, nil)),
        Case(testDescription: "a publisher that went", events: [], call: .unpublish(stream), want: (200, nil)),
        Case(testDescription: "other calls", events: [], call: .other, want: (200, nil)),
    ]

    @Test("it answers by what it has seen", arguments: cases)
    func table(_ example: Case) {
        var memory = CallbackMemory(node: NodeID("edge-1"))
        memory.gate.heard(nil)
        for event in example.events { live(event, &memory) }
        let answer = memory.answer(example.call, .silence("gone"), showing: none, on: date, at: start).answer
        #expect(answer.status == example.want.status)
        #expect(answer.location == example.want.location)
    }

    struct Comer: CustomTestStringConvertible {
        var testDescription: String
        /// What the manager answered before, to whom.
        var before: [(status: Int, isGuarded: Bool, proof: [UInt8])]
        var proof: [UInt8]
        var status: Int
    }

    @Test(
        "a publisher that must bring something is let in alone when it brings what the last one brought",
        arguments: [
            Comer(testDescription: "nobody came before", before: [], proof: [1], status: 200),
            Comer(testDescription: "the same", before: [(200, true, [1])], proof: [1], status: 200),
            Comer(testDescription: "another", before: [(200, true, [1])], proof: [2], status: 403),
            Comer(testDescription: "after a refusal", before: [(403, true, [1])], proof: [1], status: 403),
            Comer(
                testDescription: "the right one, after a refusal of another",
                before: [(200, true, [1]), (403, true, [2])],
                proof: [1], status: 200),
            Comer(
                testDescription: "what was right before", before: [(200, true, [1]), (200, true, [2])], proof: [1],
                status: 403),
            Comer(
                testDescription: "nothing is needed any more", before: [(200, true, [1]), (200, false, [2])],
                proof: [3],
                status: 200),
            Comer(testDescription: "a refusal for other reasons", before: [(403, false, [1])], proof: [1], status: 200),
        ])
    func guarded(_ comer: Comer) {
        var memory = CallbackMemory(node: NodeID("edge-1"))
        live(.heartbeat(.serve, []), &memory)
        for (status, isGuarded, proof) in comer.before {
            let reply = CallbackMemory.Reply.answer(status: status, location: nil, isGuarded: isGuarded)
            _ = memory.answer(.publish(Self.stream), reply, showing: none, proof: proof, on: date, at: start)
        }
        let answer = memory.answer(
            .publish(Self.stream), .silence("gone"), showing: none, proof: comer.proof, on: date, at: start
        ).answer
        #expect(answer.status == comer.status)
        // Others have nothing to do with it.
        let other = MediaCall.publish(StreamKey(scope: "live", name: "other"))
        #expect(
            memory.answer(other, .silence("gone"), showing: none, proof: [9], on: date, at: start).answer.status == 200)
    }

    @Test("what a publisher brought is told apart field by field")
    func proofs() {
        let forms = [
            "", "username=a&password=b", "username=ab", "password=ab", "token=ab", "username=a&token=b",
            "username=b&password=a",
        ]
        let proofs = forms.map { CallbackDesk.proof(in: Array("call=publish&app=live&\($0)".utf8)) }
        #expect(Set(proofs).count == forms.count)
        #expect(CallbackDesk.proof(in: Array("username=%61&password=b&clientid=7".utf8)) == proofs[1])
    }

    private func live(_ event: Event, _ memory: inout CallbackMemory) {
        switch event {
        case .heartbeat(let directive, let parents):
            memory.heard(
                .answer(HeartbeatAnswer(directive: directive, intervalMs: 1000, parents: parents)), at: start)
        case .refusedHeartbeat(let status): memory.heard(.refused(status: status, "no"), at: start)
        case .silentHeartbeat: memory.heard(.silence("gone"), at: start)
        case .statistics(let streams): memory.observe(streams)
        case .manager(let call, let status, let location):
            _ = memory.answer(call, .answer(status: status, location: location), showing: none, on: date, at: start)
        case .alone(let call): _ = memory.answer(call, .silence("gone"), showing: none, on: date, at: start)
        }
    }

    @Test("where a stream comes from is learnt from heartbeats, too, and the newest word counts")
    func routes() {
        var memory = CallbackMemory(node: NodeID("edge-1"))
        _ = memory.answer(
            .play(Self.stream), .answer(status: 302, location: "rtmp://old/live/a"), showing: none, on: date, at: start)
        let route = PullRoute(Self.stream, url: "rtmp://new/live/a")
        memory.heard(
            .answer(HeartbeatAnswer(directive: .serve, intervalMs: 1000, parents: ["rtmp://p:1"], routes: [route])),
            at: start)
        func place() -> MediaAnswer {
            memory.answer(.play(Self.stream), .silence("gone"), showing: none, on: date, at: start).answer
        }
        #expect(place() == .redirect("rtmp://new/live/a"))
        // The same place as is remembered with a ticket: the ticket stays.
        let ticketed = "rtmp://new/live/a?client=edge-1&ticket=x"
        _ = memory.answer(
            .play(Self.stream), .answer(status: 302, location: ticketed), showing: none, on: date, at: start)
        memory.heard(
            .answer(HeartbeatAnswer(directive: .serve, intervalMs: 1000, parents: ["rtmp://p:1"], routes: [route])),
            at: start)
        #expect(place() == .redirect(ticketed))
    }

    @Test("a refusal that is the manager's decision is passed on, and is no outage")
    func decisions() {
        var memory = CallbackMemory(node: NodeID("edge-1"))
        memory.heard(
            .answer(HeartbeatAnswer(directive: .serve, intervalMs: 1000, parents: ["rtmp://p:1"])), at: start)
        let full = CallbackMemory.Reply.answer(status: 503, location: nil, isFinal: true)
        let (answer, line) = memory.answer(.play(Self.stream), full, showing: none, on: date, at: start)
        #expect(answer.status == 503 && answer.location == nil && line == nil)
        let broken = CallbackMemory.Reply.answer(status: 503, location: nil)
        #expect(
            memory.answer(.play(Self.stream), broken, showing: none, on: date, at: start).answer
                == .redirect("rtmp://p:1/live/a"))
    }

    @Test(
        "an outage is mentioned once, and its end; the manager is tried once in a while, and at once after a heartbeat")
    func outage() {
        var memory = CallbackMemory(node: NodeID("edge-1"))
        let later = start + CallbackMemory.retryDelay
        func asks(at time: ContinuousClock.Instant) -> Bool { memory.mayAsk(at: time) }
        func line(_ reply: CallbackMemory.Reply?, at time: ContinuousClock.Instant) -> String? {
            memory.answer(.other, reply, showing: none, on: date, at: time).line
        }
        #expect(asks(at: start))
        #expect(
            line(.answer(status: 503, location: nil), at: start)
                == "the manager answers no callbacks (it answers 503); they are answered here until it does")
        #expect(!asks(at: start))
        #expect(line(nil, at: start) == nil)
        #expect(asks(at: later))
        #expect(!asks(at: later))
        #expect(line(.silence("gone"), at: later) == nil)
        memory.heard(.silence("gone"), at: later)
        #expect(!asks(at: later))
        memory.heard(.answer(HeartbeatAnswer(directive: .serve, intervalMs: 1000, parents: [])), at: later)
        #expect(asks(at: later))
        #expect(
            line(.answer(status: 200, location: nil), at: later)
                == "the manager answers callbacks again; 3 were answered here")
        #expect(asks(at: later))
    }

    @Test("the manager's refusals are passed on")
    func refusals() {
        var memory = CallbackMemory(node: NodeID("edge-1"))
        memory.observe([Self.here])
        memory.gate.heard(nil)
        let answer = memory.answer(
            .play(Self.stream), .answer(status: 403, location: nil), showing: none, on: date, at: start)
        #expect(answer.answer.status == 403 && answer.line == nil)
    }

    @Test("it keeps no more places than it may, and those that were asked for last")
    func bound() {
        var recent = RecentValues<Int, Int>(limit: 10)
        func value(of key: Int) -> Int? { recent.value(of: key) }
        for key in 0..<1000 {
            recent.keep(key, for: key)
            #expect(value(of: 0) == 0)
            #expect(recent.count <= 10)
        }
        #expect((996..<1000).allSatisfy { value(of: $0) == $0 })
        #expect(value(of: 900) == nil)
        recent.forget(0)
        #expect(value(of: 0) == nil)
    }

    @Test(
        "nginx-rtmp's forms are understood",
        arguments: [
            ("call=play&app=live&name=a&name=b", MediaCall.play(stream)),
            ("call=publish&app=live&name=a&flashver=FMLE%2F3.0", .publish(stream)),
            ("call=publish_done&app=live&name=a", .unpublish(stream)),
            ("call=publish&app=&flashver=ngx-local-relay&name=a", .ownPull),
            ("call=publish&app=live&flashver=ngx-local-relay&name=a", .publish(stream)),
            ("call=connect&app=live", .other),
        ])
    func forms(_ form: String, _ call: MediaCall) throws {
        #expect(try MediaCall(FormFields(Array(form.utf8)[...])) == call)
    }

    @Test("other forms are refused", arguments: ["", "call=play", "call=play&app=live", "call=play&app=live&name=%0a"])
    func badForms(_ form: String) {
        #expect(throws: Problem.self) { try MediaCall(FormFields(Array(form.utf8)[...])) }
    }
}

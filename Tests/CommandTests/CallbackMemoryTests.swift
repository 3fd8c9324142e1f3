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
        var memory = CallbackMemory()
        for event in example.events { live(event, &memory) }
        let answer = memory.answer(example.call, .silence("gone"), at: start).answer
        #expect(answer.status == example.want.status)
        #expect(answer.location == example.want.location)
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
            _ = memory.answer(call, .answer(status: status, location: location), at: start)
        case .alone(let call): _ = memory.answer(call, .silence("gone"), at: start)
        }
    }

    @Test("where a stream comes from is learnt from heartbeats, too, and the newest word counts")
    func routes() {
        var memory = CallbackMemory()
        _ = memory.answer(.play(Self.stream), .answer(status: 302, location: "rtmp://old/live/a"), at: start)
        let route = PullRoute(Self.stream, url: "rtmp://new/live/a")
        memory.heard(
            .answer(HeartbeatAnswer(directive: .serve, intervalMs: 1000, parents: ["rtmp://p:1"], routes: [route])),
            at: start)
        #expect(memory.answer(.play(Self.stream), .silence("gone"), at: start).answer == .redirect("rtmp://new/live/a"))
    }

    @Test("a refusal that is the manager's decision is passed on, and is no outage")
    func decisions() {
        var memory = CallbackMemory()
        memory.heard(
            .answer(HeartbeatAnswer(directive: .serve, intervalMs: 1000, parents: ["rtmp://p:1"])), at: start)
        let full = CallbackMemory.Reply.answer(status: 503, location: nil, isFinal: true)
        let (answer, line) = memory.answer(.play(Self.stream), full, at: start)
        #expect(answer.status == 503 && answer.location == nil && line == nil)
        let broken = CallbackMemory.Reply.answer(status: 503, location: nil)
        #expect(memory.answer(.play(Self.stream), broken, at: start).answer == .redirect("rtmp://p:1/live/a"))
    }

    @Test(
        "an outage is mentioned once, and its end; the manager is tried once in a while, and at once after a heartbeat")
    func outage() {
        var memory = CallbackMemory()
        let later = start + CallbackMemory.retryDelay
        func asks(at time: ContinuousClock.Instant) -> Bool { memory.mayAsk(at: time) }
        func line(_ reply: CallbackMemory.Reply?, at time: ContinuousClock.Instant) -> String? {
            memory.answer(.other, reply, at: time).line
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
        var memory = CallbackMemory()
        memory.observe([Self.here])
        let answer = memory.answer(.play(Self.stream), .answer(status: 403, location: nil), at: start)
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

import Foundation
import Reconciler
import Testing

@testable import smreconcile

@Suite("The agent's decisions")
struct AgentCoreTests {
    private let busy: MediaStatistics = {
        var statistics = MediaStatistics()
        statistics.connections = 2
        statistics.viewers = 2
        statistics.applications = ["live", "vod"]
        statistics.streams = [StreamReport(scope: "live", name: "a", role: .edge, subscribers: 2)]
        return statistics
    }()

    private let failure = StatisticsFailure(description: "cannot reach http://127.0.0.1:1/stat")

    private func answer(_ directive: Directive, every interval: Int = 1000) -> AgentCore.Reply {
        .answer(HeartbeatAnswer(directive: directive, intervalMs: interval, parents: []))
    }

    /// A core that has sent its first heartbeat and got `reply`.
    private func started(_ reply: AgentCore.Reply) -> AgentCore {
        var core = AgentCore(interval: .seconds(1))
        _ = core.read(.success(busy), machine: [:])
        _ = core.replied(reply)
        return core
    }

    @Test("each reading becomes a heartbeat with the next sequence and all metrics")
    func heartbeats() {
        var core = AgentCore(interval: .seconds(1))
        let first = core.read(.success(busy), machine: ["cpu.system.load": 0.5]).heartbeat
        #expect(first?.sequence == 1 && first?.streams == busy.streams)
        #expect(first?.metrics["cpu.system.load"] == 0.5 && first?.metrics[Metric.subscribers] == 2)
        #expect(core.read(.success(busy), machine: [:]).heartbeat?.sequence == 2)
    }

    @Test("a stream that should come from elsewhere is mentioned once; what is new or the same is not")
    func routes() {
        func reply(_ urls: [String]) -> AgentCore.Reply {
            let routes = urls.enumerated().map { PullRoute(StreamKey(scope: "live", name: "s\($0)"), url: $1) }
            return .answer(HeartbeatAnswer(directive: .serve, intervalMs: 1000, parents: [], routes: routes))
        }
        var core = started(answer(.serve))
        #expect(core.replied(reply(["rtmp://x/live/s0"])).isEmpty)
        #expect(core.replied(reply(["rtmp://x/live/s0"])).isEmpty)
        let rest = "; what plays here goes on from where it comes"
        #expect(core.replied(reply(["rtmp://y/live/s0"])) == [.say("the next pull is of rtmp://y/live/s0" + rest)])
        #expect(core.replied(reply(["rtmp://y/live/s0"])).isEmpty)
        _ = core.replied(reply((0..<4).map { "rtmp://a/\($0)" }))
        let many = core.replied(reply((0..<4).map { "rtmp://b/\($0)" }))
        #expect(many == [.say("the next pull is of 4 streams from elsewhere" + rest)])
    }

    @Test("an answer of a manager that knows no routes is understood")
    func olderAnswer() throws {
        let json = Data(#"{"directive":"serve","intervalMs":1000,"parents":[]}"#.utf8)
        #expect(try JSONDecoder().decode(HeartbeatAnswer.self, from: json).routes.isEmpty)
    }

    @Test(
        "without statistics the node is not ready, until the manager has heard it, and then silent; each is said once")
    func unreadable() {
        var core = started(answer(.serve))
        let first = core.read(.failure(failure), machine: [:])
        #expect(first.effects == [.say("cannot read the statistics; this node is not ready until I can: \(failure)")])
        _ = core.replied(.silence("no answer within 3s"))
        let second = core.read(.failure(failure), machine: [:])
        for heartbeat in [first.heartbeat, second.heartbeat] {
            #expect(heartbeat?.ready == false)
            // What hangs is not gone.
            #expect(heartbeat?.streams == busy.streams && heartbeat?.metrics[Metric.subscribers] == 2)
        }
        #expect(second.heartbeat?.sequence == 3 && second.effects.isEmpty)
        _ = core.replied(answer(.serve))
        for _ in 0..<5 {
            let more = core.read(.failure(failure), machine: [:])
            #expect(more.heartbeat == nil && more.effects.isEmpty)
        }
        let back = core.read(.success(busy), machine: [:])
        #expect(back.heartbeat?.sequence == 4 && back.heartbeat?.ready == nil)
        #expect(back.effects == [.say("the statistics can be read again after 7 failed readings")])
        _ = core.replied(answer(.serve))
        #expect(core.read(.failure(failure), machine: [:]).heartbeat?.ready == false, "each time anew")
    }

    @Test("the last heartbeat of a dead media server has nothing and nobody; one that never served has none")
    func farewell() {
        var core = started(answer(.serve))
        let last = core.farewell()
        #expect(last?.sequence == 2 && last?.ready == false && last?.streams == [])
        #expect(last?.metrics[Metric.subscribers] == 0)
        var fresh = AgentCore(interval: .seconds(1))
        #expect(fresh.farewell() == nil)
    }

    @Test("a media server that is still starting is asked often, and quietly")
    func starting() {
        var core = AgentCore(interval: .seconds(1))
        for _ in 1..<AgentCore.quietReadings { #expect(core.read(.failure(failure), machine: [:]).effects.isEmpty) }
        #expect(core.delay == AgentCore.startDelay)
        #expect(core.read(.failure(failure), machine: [:]).effects.count == 1)
        _ = core.read(.success(busy), machine: [:])
        #expect(core.delay == .seconds(1))
    }

    @Test("serve and drain touch nothing, evict drops the clients while there are any, stop ends the node")
    func directives() {
        var core = started(answer(.serve))
        #expect(core.replied(answer(.serve)).isEmpty)
        #expect(core.replied(answer(.drain)).contains(.say("the manager says: drain")))
        let drop = AgentCore.Effect.dropClients(applications: ["live", "vod"])
        #expect(core.replied(answer(.evict)).contains(drop))
        _ = core.read(.success(busy), machine: [:])
        #expect(core.replied(answer(.evict)) == [drop])
        _ = core.read(.success(MediaStatistics()), machine: [:])
        #expect(core.replied(answer(.evict)).isEmpty)
        #expect(core.replied(answer(.stop)).contains(.stop))
    }

    @Test("a manager that is away is tried at every interval, and mentioned once")
    func silence() {
        var core = started(answer(.serve))
        let words = "cannot reach http://m:1: connection refused"
        let said = (0..<3).flatMap { _ in core.replied(.silence(words)) }
        #expect(said == [.say(words + "; I keep trying, clients are not touched")])
        #expect(core.delay == .seconds(1))
        #expect(core.replied(answer(.serve)).contains(.say("connected to the manager")))
    }

    @Test("a manager that does not know the node is tried ever less often, up to half a minute", arguments: [401, 404])
    func unknown(_ status: Int) {
        var core = started(answer(.serve))
        var delays: [Duration] = []
        var said: [AgentCore.Effect] = []
        for _ in 0..<7 {
            said += core.replied(.refused(status: status, "no such node"))
            delays.append(core.delay)
        }
        #expect(delays == [1, 2, 4, 8, 16, 30, 30].map { .seconds($0) })
        #expect(said == [.say("the manager does not know this node (\(status)): no such node; I keep trying")])
        _ = core.replied(answer(.serve))
        #expect(core.delay == .seconds(1))
    }

    @Test("a manager in trouble is asked at the usual interval")
    func serverError() {
        var core = started(answer(.serve))
        #expect(core.replied(.refused(status: 503, "busy")) == [.say("the manager answered 503: busy; I keep trying")])
        #expect(core.delay == .seconds(1))
    }

    @Test(
        "the manager sets the interval, within reason",
        arguments: [
            (500, Duration.milliseconds(500)), (1, .milliseconds(100)), (900_000, .seconds(60)), (0, .seconds(1)),
        ])
    func interval(_ asked: Int, _ expected: Duration) {
        #expect(started(answer(.serve, every: asked)).delay == expected)
    }
}

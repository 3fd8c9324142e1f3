import APIServer
import Foundation
import Reconciler
import Testing

@testable import smreconcile

@Suite("The agent's door for callbacks")
struct CallbackDoorTests {
    /// A manager that gives each request the answer of a closure, and remembers the requests.
    final class StubManager: HTTPHandler {
        let requests = Locked<[HTTPRequest]>([])
        let answer: @Sendable (HTTPRequest) -> HTTPAnswer

        init(_ answer: @escaping @Sendable (HTTPRequest) -> HTTPAnswer) { self.answer = answer }

        func bodyLimit(for request: HTTPRequest) -> Int { 1 << 16 }
        func begin(_ request: HTTPRequest) -> HTTPAnswer {
            requests.with { $0.append(request) }
            return answer(request)
        }
        func refuse(_ problem: Problem, _ request: HTTPRequest) -> HTTPResponse { problem.response(to: request) }
        func requestID(for headers: borrowing HTTPHeaders) -> String { "1" }
    }

    private static let redirect = HTTPAnswer.now(.empty(302, headers: [("Location", "rtmp://origin:1/live/a")]))
    private let lines = Locked<[String]>([])

    func door(to port: Int, patience: Duration = .seconds(60)) throws -> CallbackDoor {
        let options = AgentOptions(
            server: "http://127.0.0.1:\(port)", node: "edge-1", token: "secret", statistics: .json("http://127.0.0.1:1")
        )
        let desk = CallbackDesk(options, patience: patience) { [lines] line in lines.with { $0.append(line) } }
        return try CallbackDoor(desk: desk, on: ListenAddress(host: "127.0.0.1", port: 0))
    }

    private func accepted(_ parents: [String]) -> AgentCore.Reply {
        .answer(HeartbeatAnswer(directive: .serve, intervalMs: 1000, parents: parents))
    }

    @Test("it asks the manager, answers by itself while that is away, and asks again when it is back")
    func outage() async throws {
        let stub = StubManager { _ in Self.redirect }
        let manager = MicroHTTPServer(handler: stub)
        let port = try manager.start(on: ListenAddress(host: "127.0.0.1", port: 0))
        let door = try door(to: port)
        door.desk.heard(accepted(["rtmp://parent:1"]))

        let passedOn = try await call(door, "call=play&app=live&name=a&pageurl=x")
        #expect(passedOn == Reply(302, "rtmp://origin:1/live/a"))
        let request = try #require(stub.requests.current.first)
        #expect(request.pathText == "/as/v1/nodes/edge-1/callbacks/nginx-rtmp")
        #expect(request.body == Array("call=play&app=live&name=a&pageurl=x".utf8))
        #expect(request.headers.first(HTTPHeaders.Name.authorization)?.elementsEqual("Bearer secret".utf8) == true)

        await manager.stop()
        #expect(try await call(door, "call=play&app=live&name=a") == Reply(302, "rtmp://origin:1/live/a"))
        #expect(try await call(door, "call=play&app=live&name=new") == Reply(302, "rtmp://parent:1/live/new"))
        #expect(try await call(door, "call=publish&app=live&name=b") == Reply(200))
        #expect(try await call(door, "call=play&app=live&name=b") == Reply(200))
        #expect(lines.current.count == 1)

        let again = StubManager { _ in .now(.text("no\n", status: 404)) }
        let restarted = MicroHTTPServer(handler: again)
        _ = try restarted.start(on: ListenAddress(host: "127.0.0.1", port: port))
        door.desk.heard(accepted([]))
        #expect(try await call(door, "call=play&app=live&name=a") == Reply(404))
        #expect(again.requests.current.count == 1)
        #expect(lines.current.count == 2)
        await restarted.stop()
        await door.close()
    }

    @Test("a publisher that must bring something is not let in unproven while the manager is away")
    func guarded() async throws {
        let stub = StubManager { request in
            let isRight = String(decoding: request.body, as: UTF8.self).contains("&token=right")
            var response = HTTPResponse.text("\n", status: isRight ? 200 : 403)
            response.headers.append((CallbackRoutes.guardedField, "true"))
            return .now(response)
        }
        let manager = MicroHTTPServer(handler: stub)
        let door = try door(to: try manager.start(on: ListenAddress(host: "127.0.0.1", port: 0)))
        door.desk.heard(accepted([]))
        let form = "call=publish&app=live&name=a"
        #expect(try await call(door, form) == Reply(403))
        #expect(try await call(door, form + "&token=right") == Reply(200))
        await manager.stop()
        #expect(try await call(door, form) == Reply(403))
        #expect(try await call(door, form + "&token=wrong") == Reply(403))
        #expect(try await call(door, form + "&token=right") == Reply(200))
        await door.close()
    }

    @Test("a manager that hangs is not waited for longer than its time")
    func hang() async throws {
        let stub = StubManager { _ in
            .later {
                try? await Task.sleep(for: .seconds(600))
                return .text("late\n")
            }
        }
        let manager = MicroHTTPServer(handler: stub)
        let door = try door(
            to: try manager.start(on: ListenAddress(host: "127.0.0.1", port: 0)), patience: .milliseconds(50))
        door.desk.heard(accepted(["rtmp://parent:1"]))
        #expect(try await call(door, "call=play&app=live&name=a") == Reply(302, "rtmp://parent:1/live/a"))
        await door.close()
        await manager.stop(grace: .zero)
    }

    @Test("what is no call of nginx-rtmp is refused, and the manager is not asked")
    func refusals() async throws {
        let door = try door(to: 1)
        #expect(try await call(door, "call=play") == Reply(400))
        #expect(try await call(door, "call=play&app=live&name=a", path: "/other") == Reply(404))
        #expect(try await call(door, "call=publish&app=&name=a&flashver=ngx-local-relay") == Reply(200))
        #expect(lines.current.isEmpty)
        await door.close()
    }

    @Test("a port that is taken is said with the option's name")
    func taken() async throws {
        let door = try door(to: 1)
        var options = AgentOptions(server: "", node: "n", token: "", statistics: .json(""))
        options.callbacks = ListenAddress(host: "127.0.0.1", port: door.port)
        let failure = #expect(throws: CallbackDoor.Failure.self) { try CallbackDoor.open(options) }
        #expect(failure?.message.contains("--callbacks") == true)
        await door.close()
    }

    @Test(
        "only loopback addresses are taken",
        arguments: ["127.0.0.1:80", "127.1.2.3:80", "[::1]:80", "localhost:80"])
    func loopback(_ text: String) throws {
        #expect(try AgentCommand.callbacks(text).port == 80)
    }

    @Test(
        "anything else is a usage error",
        arguments: [
            "", "5081", ":5081", "0.0.0.0:80", "[::]:80", "10.0.0.1:80", "127.example.com:80", "127.0.0.1.example:80",
            "127.0.0.1:0", "example.com:80",
        ])
    func others(_ text: String) {
        #expect(throws: UsageError.self) { try AgentCommand.callbacks(text) }
    }

    @Test("the media server does not get the node's token")
    func environment() {
        let own = ["PATH": "/bin", "SMRECONCILE_NODE_TOKEN": "secret", "SMRECONCILE_NODE_ID": "n"]
        #expect(AgentLoop.childEnvironment(own) == ["PATH": "/bin", "SMRECONCILE_NODE_ID": "n"])
    }
}

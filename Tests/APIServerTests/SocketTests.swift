import Reconciler
import Testing

@testable import APIServer

@Suite("Over a socket", .timeLimit(.minutes(1)))
struct SocketTests {
    @Test("a login, a publish and a heartbeat work over one kept-alive connection")
    func keepAlive() async throws {
        let api = try await TestAPI()
        let running = try RunningServer(api)
        let client = try Client(port: running.port)
        let body = #"{"username":"admin","password":"correct horse"}"#
        let login = try client.ask("POST", "/as/v1/auth/login", body: body)
        #expect(login.status == 200)
        let token = try #require(login.body.split(separator: "\"").dropFirst(3).first.map { String($0) })
        #expect(login.body == #"{"accessToken":"\#(token)","tokenType":"Bearer","expiresIn":3600}"#)
        let publish = try client.ask(
            "GET", "/as/v1/streams/live/a%2Fb/publish",
            headers: ["Authorization: Bearer \(token)", "X-Request-Id: r-1"])
        #expect(publish.status == 200)
        #expect(publish.body.contains(#""name":"a/b""#))
        #expect(publish.field("X-Request-Id") == "r-1")
        #expect(publish.field("Content-Type") == "application/json")
        let heartbeat = try client.ask(
            "POST", "/as/v1/nodes/edge-1/heartbeat", headers: [api.bearer(node: "edge-1")].map { "\($0.0): \($0.1)" },
            body: #"{"sequence":1,"metrics":{},"streams":[]}"#)
        #expect(heartbeat.body == #"{"directive":"serve","intervalMs":1000,"parents":["rtmp://203.0.113.10:1935"]}"#)
        await running.server.stop()
    }
}

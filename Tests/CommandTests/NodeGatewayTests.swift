import APIServer
import Reconciler
import Testing

@testable import smreconcile

/// A media node that tells what it was asked.
private struct EchoNode: HTTPHandler {
    func bodyLimit(for request: HTTPRequest) -> Int { 1024 }
    func refuse(_ problem: Problem, _ request: HTTPRequest) -> HTTPResponse {
        problem.response(to: request)
    }
    func requestID(for headers: borrowing HTTPHeaders) -> String { "echo" }
    func begin(_ request: HTTPRequest) -> HTTPAnswer {
        if request.pathText == "/away" {
            return .now(.empty(302, headers: [("Location", "/elsewhere")]))
        }
        let text = "\(request.method.rawValue) \(request.pathText) \(String(decoding: request.body, as: UTF8.self))"
        return .now(
            HTTPResponse(
                status: 201, contentType: "application/sdp",
                headers: [("Link", "<stun:a>; rel=\"ice-server\""), ("Link", "<stun:b>; rel=\"ice-server\"")],
                body: Array(text.utf8)))
    }
}

@Suite("Media nodes are asked over HTTP")
struct NodeGatewayTests {
    private static func ask(_ port: Int, _ method: HTTPMethod, _ path: String, _ body: String = "") async throws
        -> GatewayAnswer
    {
        try await NodeGateway().send(
            GatewayRequest(
                method, "http://127.0.0.1:\(port)\(path)", headers: ["Content-Type": "application/sdp"],
                body: Array(body.utf8), timeout: .seconds(10)))
    }

    @Test("each method arrives, all links come back, and redirects are not followed")
    func methods() async throws {
        let server = MicroHTTPServer(handler: EchoNode())
        let port = try server.start(on: ListenAddress(host: "127.0.0.1", port: 0))
        do {
            for method in [HTTPMethod.options, .post, .patch, .delete] {
                let body = method == .post || method == .patch ? "offer" : ""
                let answer = try await Self.ask(port, method, "/live/whip/endpoint/a", body)
                #expect(answer.status == 201 && answer.headers["content-type"] == "application/sdp")
                #expect(
                    String(decoding: answer.body, as: UTF8.self) == "\(method.rawValue) /live/whip/endpoint/a \(body)")
                #expect(answer.headers["link"] == "<stun:a>; rel=\"ice-server\", <stun:b>; rel=\"ice-server\"")
            }
            let away = try await Self.ask(port, .post, "/away", "offer")
            #expect(away.status == 302)
        } catch {
            await server.stop(grace: .zero)
            throw error
        }
        await server.stop(grace: .zero)
        await #expect(throws: GatewayFailure.self) { try await Self.ask(port, .post, "/", "offer") }
    }
}

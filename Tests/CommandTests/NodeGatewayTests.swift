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
        if request.pathText == "/long" {
            return .now(
                HTTPResponse(
                    status: 201, contentType: "application/sdp", headers: [("Location", "/s/7")],
                    body: Array(repeating: 0x61, count: 2000)))
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
    private static func ask(
        _ port: Int, _ method: HTTPMethod, _ path: String, _ body: String = "", limit: Int? = 1024
    ) async throws -> GatewayAnswer {
        try await NodeGateway().send(
            GatewayRequest(
                method, "http://127.0.0.1:\(port)\(path)", headers: ["Content-Type": "application/sdp"],
                body: Array(body.utf8), bodyLimit: limit, timeout: .seconds(10)))
    }

    @Test("a body beyond the limit is a failure that has the head; one that nobody wants is not kept")
    func limits() async throws {
        let server = MicroHTTPServer(handler: EchoNode())
        let port = try server.start(on: ListenAddress(host: "127.0.0.1", port: 0))
        do {
            let failure = await #expect(throws: GatewayFailure.self) {
                try await Self.ask(port, .post, "/long", "offer", limit: 1999)
            }
            if case .brokenOff(let head, isLate: let isLate, let text)? = failure {
                #expect(head.status == 201 && head.headers["location"] == "/s/7" && head.body.isEmpty && !isLate)
                #expect(text == "the answer of http://127.0.0.1:\(port)/long is larger than 1999 bytes")
            } else {
                Issue.record("\(String(describing: failure))")
            }
            let whole = try await Self.ask(port, .post, "/long", "offer", limit: 2000)
            #expect(whole.body.count == 2000)
            let head = try await Self.ask(port, .options, "/long", limit: nil)
            #expect(head.status == 201 && head.headers["location"] == "/s/7" && head.body.isEmpty)
        } catch {
            await server.stop(grace: .zero)
            throw error
        }
        await server.stop(grace: .zero)
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

import APIServer
import Foundation
import Reconciler
import Testing

@testable import smreconcile

/// A receiver whose answers are told by the path.
private struct PathReceiver: HTTPHandler {
    let requests = Locked<[String]>([])

    func bodyLimit(for request: HTTPRequest) -> Int { 1 << 20 }
    func refuse(_ problem: Problem, _ request: HTTPRequest) -> HTTPResponse { problem.response(to: request) }
    func requestID(for headers: borrowing HTTPHeaders) -> String { "receiver" }
    func begin(_ request: HTTPRequest) -> HTTPAnswer {
        let body = String(decoding: request.body, as: UTF8.self)
        let type = request.headers.first(.contentType).map { String(decoding: $0, as: UTF8.self) } ?? ""
        requests.with { $0.append("\(request.pathText) \(type) \(body)") }
        switch request.pathText {
        case "/moved": return .now(.empty(302, headers: [("Location", "/elsewhere")]))
        case "/busy": return .now(.empty(503, headers: [("Retry-After", "17")]))
        case "/much":
            return .now(
                HTTPResponse(status: 200, contentType: "text/plain", body: [UInt8](repeating: 65, count: 1 << 20)))
        case "/trickle":
            var response = HTTPResponse(status: 201, contentType: "text/plain")
            response.stream = ResponseStream { stream in
                while stream.write("a".utf8), (try? await Task.sleep(for: .milliseconds(100))) != nil {}
            }
            return .now(response)
        case "/hang":
            return .later {
                try? await Task.sleep(for: .seconds(2))
                return .empty(204)
            }
        default: return .now(.empty(204))
        }
    }
}

@Suite("Deliveries go out over HTTP", .timeLimit(.minutes(1)))
struct WebhookGatewayTests {
    private static func request(_ url: String, _ webhook: String = "ops", timeout: Duration = .seconds(10))
        -> WebhookRequest
    {
        WebhookRequest(
            webhook: webhook, url: url, origin: "http://receiver", headers: ["content-type": "application/json"],
            body: "{}",
            timeout: timeout, authorities: nil)
    }

    private static func with(_ body: (String, PathReceiver, WebhookGateway) async throws -> Void) async throws {
        let receiver = PathReceiver()
        let server = MicroHTTPServer(handler: receiver)
        let port = try server.start(on: ListenAddress(host: "127.0.0.1", port: 0))
        let result: Result<Void, any Error>
        do {
            result = .success(
                try await body(
                    "http://127.0.0.1:\(port)", receiver, WebhookGateway(environment: ["A": "whsec_x", "EMPTY": ""])))
        } catch {
            result = .failure(error)
        }
        await server.stop(grace: .zero)
        try result.get()
    }

    @Test("the answer comes back; redirects are not followed, and a long body does not matter")
    func answers() async throws {
        try await Self.with { url, receiver, gateway async throws in
            #expect(await gateway.send(Self.request("\(url)/good?key=1")) == .status(204, retryAfter: nil))
            #expect(await gateway.send(Self.request("\(url)/moved")) == .status(302, retryAfter: nil))
            #expect(await gateway.send(Self.request("\(url)/busy")) == .status(503, retryAfter: "17"))
            #expect(await gateway.send(Self.request("\(url)/much")) == .status(200, retryAfter: nil))
            #expect(
                receiver.requests.current == [
                    "/good application/json {}", "/moved application/json {}", "/busy application/json {}",
                    "/much application/json {}",
                ])
        }
    }

    @Test("a body that does not end is not waited for")
    func endlessBody() async throws {
        try await Self.with { url, _, gateway async throws in
            let request = Self.request("\(url)/trickle", timeout: .seconds(50))
            #expect(await gateway.send(request) == .status(201, retryAfter: nil))
        }
    }

    @Test("no answer is told without the rest of the URL, and one webhook's waits hold up no other")
    func silence() async throws {
        try await Self.with { url, _, gateway async throws in
            async let hanging = gateway.send(Self.request("\(url)/hang", timeout: .seconds(1)))
            async let second = gateway.send(Self.request("\(url)/hang", timeout: .seconds(1)))
            #expect(await gateway.send(Self.request("\(url)/good", "other")) == .status(204, retryAfter: nil))
            let answers = await [hanging, second]
            for answer in answers { #expect(answer == .failed("no answer from http://receiver within 1s")) }
        }
        let gone = await WebhookGateway(environment: [:]).send(Self.request("http://127.0.0.1:9/T0/secret"))
        #expect(gone == .failed("cannot reach http://receiver: connection refused"))
    }

    @Test("a secret is a file's or a variable's")
    func secrets() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("smr-hook-\(UUID())")
        try Data("whsec_y\n".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let gateway = WebhookGateway(environment: ["A": "whsec_x", "EMPTY": ""])
        #expect(try await gateway.secret(at: .file(file.path)) == "whsec_y\n")
        #expect(try await gateway.secret(at: .variable("A")) == "whsec_x")
        for place in [
            WebhookSpec.SecretPlace.variable("B"), .variable("EMPTY"), .file("/nowhere/secret"),
        ] {
            await #expect(throws: WebhookSignature.Fault.self) { try await gateway.secret(at: place) }
        }
    }
}

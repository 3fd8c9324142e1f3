import Reconciler
import Testing

@testable import APIServer

@Suite("Every answer at the HTTP edge")
struct EdgeHandlerTests {
    private func ask(
        _ method: HTTPMethod, _ target: String, _ headers: [(String, String)] = [], isSecure: Bool = false,
        port: Int? = nil, _ edit: (inout ManagerSpec) -> Void
    ) async throws -> HTTPResponse {
        let api = try await TestAPI()
        var manager = ManagerSpec()
        edit(&manager)
        let edge = EdgeHandler(
            inner: api.handler, rules: Published(ServingRules(manager)), isSecure: isSecure, securePort: port)
        let request = HTTPRequest(method, target, headers: headers, id: "r-1")
        switch edge.begin(request) {
        case .now(let response): return response
        case .later(let work): return await work()
        }
    }

    private func fields(_ response: HTTPResponse, _ prefix: String) -> [String] {
        response.headers.filter { $0.name.hasPrefix(prefix) }.map { "\($0.name): \($0.value)" }
    }

    private static let origin = ("Origin", "https://app.example.org")
    private static let asks = ("Access-Control-Request-Method", "POST")

    @Test("pages of other origins may read nothing unless the spec names them")
    func withoutCORS() async throws {
        let response = try await ask(.get, "/healthz", [Self.origin]) { _ in }
        #expect(fields(response, "Access-Control").isEmpty && response.header("Vary") == nil)
        #expect(response.header("X-Content-Type-Options") == "nosniff")
        let options = try await ask(.options, "/healthz", [Self.origin, Self.asks]) { _ in }
        #expect(options.status == 204 && options.header("Allow") == "GET, HEAD, OPTIONS")
        #expect(fields(options, "Access-Control").isEmpty)
    }

    @Test("an origin that is named may read answers, also those that are problems; any other may not")
    func exactOrigins() async throws {
        let edit = { (manager: inout ManagerSpec) in manager.api.cors.origins = ["https://app.example.org"] }
        for (target, status) in [("/healthz", 200), ("/nothing", 404), ("/as/v1/state", 401)] {
            let response = try await ask(.get, target, [Self.origin], edit)
            #expect(response.status == status)
            #expect(response.header("Access-Control-Allow-Origin") == "https://app.example.org")
            #expect(response.header("Access-Control-Expose-Headers")?.contains("X-Request-Id") == true)
            #expect(response.header("Access-Control-Allow-Credentials") == nil)
            #expect(response.header("Vary") == "Origin")
        }
        for headers in [
            [], [("Origin", "https://evil.example.org")], [("Origin", "https://app.example.org.evil")],
            [("Origin", "null")],
        ] {
            let response = try await ask(.get, "/healthz", headers, edit)
            #expect(response.status == 200 && fields(response, "Access-Control").isEmpty)
            #expect(response.header("Vary") == "Origin")
        }
    }

    @Test("'*' lets every page read, without credentials")
    func anyOrigin() async throws {
        let response = try await ask(.get, "/healthz", [("Origin", "null")]) { $0.api.cors.origins = ["*"] }
        #expect(response.header("Access-Control-Allow-Origin") == "*" && response.header("Vary") == nil)
        #expect(response.header("Access-Control-Allow-Credentials") == nil)
    }

    @Test("a preflight is answered before any route, with the methods of the path")
    func preflight() async throws {
        let edit = { (manager: inout ManagerSpec) in manager.api.cors.origins = ["https://app.example.org"] }
        let answer = try await ask(.options, "/as/v1/auth/login", [Self.origin, Self.asks], edit)
        #expect(answer.status == 204 && answer.body.isEmpty)
        #expect(answer.header("Access-Control-Allow-Methods")?.contains("POST") == true)
        #expect(answer.header("Access-Control-Allow-Headers")?.contains("Authorization") == true)
        #expect(answer.header("Access-Control-Max-Age") == "600")
        #expect(answer.requestID == "r-1")
        let stranger = try await ask(
            .options, "/as/v1/auth/login", [("Origin", "https://evil.example.org"), Self.asks], edit)
        #expect(stranger.status == 403 && stranger.contentType == "application/problem+json")
        #expect(fields(stranger, "Access-Control").isEmpty)
        #expect(try await ask(.options, "/nothing", [Self.origin, Self.asks], edit).status == 404)
    }

    @Test("browsers are told to keep to HTTPS there alone, for as long as the spec says")
    func strictTransport() async throws {
        func hsts(_ isSecure: Bool, _ time: Duration) async throws -> String? {
            try await ask(.get, "/healthz", isSecure: isSecure) { manager in
                var tls = ManagerSpec.API.TLS()
                tls.hsts = time
                manager.api.tls = tls
            }.header("Strict-Transport-Security")
        }
        #expect(try await hsts(true, .seconds(3600)) == "max-age=3600")
        #expect(try await hsts(true, .zero) == nil)
        #expect(try await hsts(false, .seconds(3600)) == nil)
    }

    struct Way: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let host: String
        let target: String
        let port: Int
        let want: String?
    }

    @Test(
        "plain HTTP leads to HTTPS where the spec says so",
        arguments: [
            Way(
                testDescription: "name", host: "a.example.org", target: "/x?y=1", port: 443,
                want: "https://a.example.org/x?y=1"),
            Way(testDescription: "port", host: "a:5080", target: "/", port: 8443, want: "https://a:8443/"),
            Way(testDescription: "IPv6", host: "[::1]:5080", target: "/x", port: 443, want: "https://[::1]/x"),
            Way(testDescription: "absolute", host: "a", target: "http://b/x", port: 443, want: "https://a/x"),
            Way(testDescription: "a sign of users", host: "a", target: "@evil.example/x", port: 8443, want: nil),
            Way(testDescription: "a longer name", host: "a", target: ".evil.example/x", port: 443, want: nil),
            Way(testDescription: "no scheme of ours", host: "a", target: "HTTP://b/x", port: 443, want: nil),
            Way(testDescription: "no path", host: "a", target: "http://b?y=1", port: 443, want: "https://a?y=1"),
            Way(testDescription: "user", host: "a@b", target: "/x", port: 443, want: nil),
            Way(testDescription: "path", host: "a/b", target: "/x", port: 443, want: nil),
            Way(testDescription: "empty", host: "", target: "/x", port: 443, want: nil),
        ])
    func redirect(_ way: Way) async throws {
        let answer = try await ask(.post, way.target, [("Host", way.host)], port: way.port) { manager in
            var tls = ManagerSpec.API.TLS()
            tls.http = .redirect
            manager.api.tls = tls
        }
        #expect(answer.status == (way.want == nil ? 400 : 308))
        #expect(answer.header("Location") == way.want)
    }

    @Test("who looks after the process is not sent to HTTPS")
    func health() async throws {
        let answer = try await ask(.get, "/healthz", [("Host", "a")], port: 443) { manager in
            var tls = ManagerSpec.API.TLS()
            tls.http = .redirect
            manager.api.tls = tls
        }
        #expect(answer.status == 200)
    }
}

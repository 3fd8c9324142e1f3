import Reconciler
import Testing

@testable import APIServer

@Suite("The route table")
struct RoutingTests {
    @Test("every route but the public ones asks for a token, and for the right role")
    func access() async throws {
        let api = try await TestAPI()
        for route in api.handler.table.routes {
            let path = route.pattern.replacing("{scope}", with: "live").replacing("{name...}", with: "a")
                .replacing("{name}", with: "live").replacing("{id}", with: "edge-1")
            let name = "\(route.method.rawValue) \(route.pattern)"
            #expect(!route.summary.isEmpty && !route.summary.hasSuffix("."), "\(name)")
            guard let allowed = route.access.roles else { continue }
            let without = try await api.ask(route.method, path, as: nil)
            #expect(without.status == 401, "\(name)")
            #expect(without.header("WWW-Authenticate") != nil, "\(name)")
            for role in Role.allCases where !allowed.contains(RoleSet(role)) {
                let answer = try await api.ask(route.method, path, as: role)
                #expect(answer.status == 403, "\(name) as \(role)")
            }
        }
    }

    @Test("the public routes are exactly those that must be")
    func publicRoutes() async throws {
        let api = try await TestAPI()
        let open = api.handler.table.routes.filter { $0.access.roles == nil }.map(\.pattern)
        #expect(
            Set(open) == [
                "/healthz", "/readyz", "/as/v1/admin/healthz", "/.well-known/jwks.json", "/as/v1/auth/login",
                "/as/v1/auth/refresh", "/as/v1/openapi.json", "/docs",
                // Its caller proves itself by the secret of the repository.
                "/as/v1/hooks/git",
            ])
    }

    @Test(
        "what is not there is 404, as a problem with all its fields",
        arguments: [
            "/", "/as", "/as/v1", "/as/v1/streams/", "/as/v2/streams", "//healthz", "/as/v1/streams/live", "*", "x",
        ])
    func notFound(_ path: String) async throws {
        let api = try await TestAPI()
        let answer = await api.handler.respond(
            to: HTTPRequest(
                .get, path == "/as/v1/streams/" ? "/as/v1/stream" : path, headers: [("X-Request-Id", "r-7")]))
        #expect(answer.status == 404)
        #expect(answer.contentType == "application/problem+json")
        #expect(
            Set(answer.json.keys)
                == ["type", "title", "status", "detail", "error", "errorMessage", "instance", "requestId"])
        #expect(answer.json["requestId"] as? String == "r-7")
        #expect(answer.requestID == "r-7")
    }

    @Test("a path with other methods is 405 with Allow, OPTIONS is 204, HEAD goes where GET goes")
    func methods() async throws {
        let api = try await TestAPI()
        let wrong = try await api.ask(.delete, "/as/v1/auth/login", as: nil)
        #expect(wrong.status == 405)
        #expect(wrong.header("Allow") == "OPTIONS, POST, PUT")
        let publish = try await api.ask(.post, "/as/v1/streams/live/a/publish")
        #expect(publish.status == 405)
        #expect(publish.header("Allow") == "GET, HEAD, OPTIONS")
        let options = try await api.ask(.options, "/as/v1/streams/live/a/publish", as: nil)
        #expect(options.status == 204)
        #expect(options.header("Allow") == "GET, HEAD, OPTIONS")
        #expect(options.body.isEmpty)
        #expect(try await api.ask(.head, "/healthz", as: nil).status == 200)
        #expect(try await api.ask(.get, "/as/v1/nodegroups/").status == 200)
        #expect(try await api.ask(.get, "http://localhost:5080/healthz", as: nil).status == 200)
    }

    @Test("a request id is taken when it is sane, and made when not")
    func requestIDs() async throws {
        let api = try await TestAPI()
        var made: Set<String> = []
        for bad in ["", "a b", "a\"b", String(repeating: "x", count: 65), "é"] {
            let answer = try await api.ask(.get, "/healthz", as: nil, headers: [("X-Request-Id", bad)])
            #expect(answer.requestID != bad && answer.requestID.utf8.count == 15)
            made.insert(answer.requestID)
        }
        #expect(made.count == 5)
        #expect(
            try await api.ask(.get, "/healthz", as: nil, headers: [("x-request-id", "ok_1.2-3")]).requestID
                == "ok_1.2-3")
    }

    @Test("the hot routes are answered without waiting, those that use the store are not")
    func hotRoutes() async throws {
        let api = try await TestAPI()
        let bearer = try api.bearer(.admin)
        func now(_ path: String) -> HTTPResponse? {
            api.handler.respondNow(to: HTTPRequest(.get, path, headers: [bearer]))
        }
        for path in ["/healthz", "/readyz", "/as/v1/streams/live/a/publish", "/as/v1/streams/live/a/subscribe"] {
            #expect(now(path) != nil, "\(path)")
        }
        for path in ["/as/v1/events", "/as/v1/nodes", "/as/v1/state"] { #expect(now(path) == nil, "\(path)") }
    }

    @Test("the Authorization field must be Bearer and a token")
    func schemes() async throws {
        let api = try await TestAPI()
        let (_, good) = try api.bearer(.admin)
        let token = good.dropFirst(7)
        for (value, status) in [
            ("bearer \(token)", 200), ("BEARER \(token)", 200), ("Bearer", 401), ("Bearer ", 401),
            ("Basic \(token)", 401),
            ("\(token)", 401), ("Bearer  \(token)", 401),
        ] {
            let answer = try await api.ask(.get, "/as/v1/plan", as: nil, headers: [("Authorization", value)])
            #expect(answer.status == status, "\(value.prefix(10))")
        }
        // Only a media server that cannot set header fields may put its token into the query.
        #expect(try await api.ask(.get, "/as/v1/plan?token=\(token)", as: nil).status == 401)
    }

    @Test("health and readiness")
    func health() async throws {
        let api = try await TestAPI(ready: false)
        #expect(try await api.ask(.get, "/healthz", as: nil).text == "ok\n")
        #expect(try await api.ask(.get, "/as/v1/admin/healthz", as: nil).status == 200)
        let notReady = try await api.ask(.get, "/readyz", as: nil)
        #expect(notReady.status == 503)
        #expect(notReady.json["troubles"] as? [String] == ["the first round of the control loop is not finished"])
        #expect(try await TestAPI().ask(.get, "/readyz", as: nil).text == #"{"ready":true,"troubles":[]}"#)
    }
}

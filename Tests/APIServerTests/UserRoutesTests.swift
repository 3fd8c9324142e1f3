import Crypto
import Foundation
import Reconciler
import Testing

@testable import APIServer

@Suite("Users, API tokens and keys")
struct UserRoutesTests {
    private static let good = "a good passphrase"

    private func create(_ api: TestAPI, _ name: String, _ role: String, _ password: String = good) async throws
        -> HTTPResponse
    {
        try await api.ask(
            .post, "/as/v1/users",
            body:
                #"{"username":\#(RouteAnswerBytes.quoted(name)),"password":\#(RouteAnswerBytes.quoted(password)),"role":"\#(role)"}"#
        )
    }

    private func login(_ api: TestAPI, _ name: String, _ password: String = good) async throws -> HTTPResponse {
        try await api.ask(
            .post, "/as/v1/auth/login", as: nil, body: #"{"username":"\#(name)","password":"\#(password)"}"#)
    }

    private func by(_ token: String, _ api: TestAPI, _ method: HTTPMethod, _ path: String, _ body: String = "") async
        -> HTTPResponse
    {
        await api.handler.respond(
            to: HTTPRequest(method, path, headers: [("Authorization", "Bearer \(token)")], body: Array(body.utf8)))
    }

    @Test("users are made, shown, changed and forgotten")
    func life() async throws {
        let api = try await TestAPI()
        let made = try await create(api, "ann", "viewer")
        #expect(made.status == 201)
        #expect(
            made.text
                == #"{"username":"ann","role":"viewer","disabled":false,"createdAt":"2026-11-22T12:00:00Z","sessions":0,"apiTokens":[]}"#
        )
        #expect(
            try await api.ask(.get, "/as/v1/users").list.compactMap { $0["username"] as? String } == ["admin", "ann"])
        #expect(try await api.ask(.get, "/as/v1/users/ann").text == made.text)
        #expect(try await api.ask(.get, "/as/v1/users/bob").status == 404)
        let token = try #require(try await login(api, "ann").json["accessToken"] as? String)
        #expect(await by(token, api, .get, "/as/v1/plan").status == 200)
        let changed = try await api.ask(.patch, "/as/v1/users/ann", body: #"{"role":"app"}"#)
        #expect(changed.json["role"] as? String == "app")
        #expect(await by(token, api, .get, "/as/v1/plan").status == 401)
        #expect(try await login(api, "ann").status == 200)
        let disabled = try await api.ask(.patch, "/as/v1/users/ann", body: #"{"disabled":true}"#)
        #expect(disabled.json["disabled"] as? Bool == true && disabled.json["sessions"] as? Int == 0)
        #expect(try await login(api, "ann").status == 401)
        #expect(try await api.ask(.patch, "/as/v1/users/ann", body: #"{"disabled":false}"#).status == 200)
        #expect(try await login(api, "ann").status == 200)
        #expect(try await api.ask(.delete, "/as/v1/users/ann").status == 204)
        #expect(try await api.ask(.delete, "/as/v1/users/ann").status == 404)
        #expect(try await login(api, "ann").status == 401)
    }

    @Test("of the calls about users only an admin may do any", arguments: [Role.operator, .viewer, .app, .node])
    func forbidden(_ role: Role) async throws {
        let api = try await TestAPI()
        let calls: [(HTTPMethod, String)] = [
            (.get, "/as/v1/users"), (.post, "/as/v1/users"), (.get, "/as/v1/users/admin"),
            (.patch, "/as/v1/users/admin"), (.delete, "/as/v1/users/admin"), (.post, "/as/v1/users/admin/password"),
            (.get, "/as/v1/users/admin/sessions"), (.delete, "/as/v1/users/admin/sessions"), (.get, "/as/v1/tokens"),
            (.post, "/as/v1/tokens"), (.delete, "/as/v1/tokens/x"), (.get, "/as/v1/auth/keys"),
            (.post, "/as/v1/auth/keys"), (.get, "/as/v1/audit"),
        ]
        for (method, path) in calls {
            #expect(try await api.ask(method, path, as: role).status == 403, "\(method) \(path)")
            #expect(try await api.ask(method, path, as: nil).status == 401, "\(method) \(path)")
        }
    }

    struct Fault: CustomTestStringConvertible, Sendable {
        let body: String
        let status: Int
        let words: String
        var testDescription: String { body }
        init(_ body: String, _ words: String) { self.init(body, 400, words) }
        init(_ body: String, _ status: Int, _ words: String) {
            self.body = body
            self.status = status
            self.words = words
        }
    }

    @Test(
        "a user that cannot be is refused",
        arguments: [
            Fault("{}", "the body needs"), Fault(#"{"username":"a","role":"viewer"}"#, "the body needs"),
            Fault(#"{"username":"a","password":"a good passphrase","role":"root"}"#, "'root' is no role"),
            Fault(#"{"username":"a b","password":"a good passphrase","role":"app"}"#, "the user name may have"),
            Fault(#"{"username":"token:x","password":"a good passphrase","role":"app"}"#, "the user name may have"),
            Fault(#"{"username":"..","password":"a good passphrase","role":"app"}"#, "may not begin with '.'"),
            Fault(#"{"username":"ann","password":"short","role":"app"}"#, "the password has 5 characters"),
            Fault(#"{"username":"ann","password":"Password1234","role":"app"}"#, "the password is little more than"),
            Fault(#"{"username":"ADMIN","password":"a good passphrase","role":"app"}"#, 409, "differs only in case"),
            Fault(#"{"username":"admin","password":"a good passphrase","role":"app"}"#, 409, "exists already"),
            Fault(#"{"username":"ann","password":"a good passphrase","role":"app","x":1}"#, "unknown field 'x'"),
        ])
    func refused(_ fault: Fault) async throws {
        let api = try await TestAPI()
        let answer = try await api.ask(.post, "/as/v1/users", body: fault.body)
        #expect(answer.status == fault.status)
        #expect((answer.json["detail"] as? String)?.contains(fault.words) == true, "\(answer.text)")
    }

    @Test("the last enabled admin stays, whatever is tried")
    func lastAdmin() async throws {
        let api = try await TestAPI()
        _ = try await create(api, "root", "admin")
        _ = try await api.ask(.patch, "/as/v1/users/root", body: #"{"disabled":true}"#)
        #expect(try await api.ask(.delete, "/as/v1/users/admin").status == 409)
        for body in [#"{"disabled":true}"#, #"{"role":"operator"}"#, #"{"role":"app","disabled":true}"#] {
            #expect(try await api.ask(.patch, "/as/v1/users/admin", body: body).status == 409)
        }
        _ = try await api.ask(.patch, "/as/v1/users/root", body: #"{"disabled":false}"#)
        #expect(try await api.ask(.delete, "/as/v1/users/admin").status == 204)
        #expect(try await api.ask(.delete, "/as/v1/users/root").status == 409)
        // The next start makes no second 'admin'.
        #expect(try await api.users.ensureAdmin(environmentPassword: nil) == nil)
    }

    @Test("the own password changes with the old one, which ends all own sessions; an admin needs no old one")
    func passwords() async throws {
        let api = try await TestAPI()
        _ = try await create(api, "ann", "viewer")
        let token = try #require(try await login(api, "ann").json["accessToken"] as? String)
        let path = "/as/v1/auth/password"
        func change(_ current: String, _ next: String) async -> Int {
            await by(token, api, .post, path, #"{"currentPassword":"\#(current)","newPassword":"\#(next)"}"#).status
        }
        #expect(await change("wrong", "another good phrase") == 403)
        #expect(await change(Self.good, "short") == 400)
        #expect(await change(Self.good, Self.good) == 400)
        #expect(await by(token, api, .post, path, "{}").status == 400)
        #expect(await change(Self.good, "another good phrase") == 204)
        #expect(await change("another good phrase", "a third good phrase") == 401)
        #expect(try await login(api, "ann").status == 401)
        #expect(try await login(api, "ann", "another good phrase").status == 200)
        #expect(
            try await api.ask(.post, "/as/v1/users/ann/password", body: #"{"password":"a third good phrase"}"#).status
                == 204)
        #expect(try await login(api, "ann", "a third good phrase").status == 200)
        #expect(
            try await api.ask(.post, "/as/v1/users/bob/password", body: #"{"password":"a third good phrase"}"#).status
                == 404)
        #expect(
            try await api.ask(.post, "/as/v1/users/ann/password", body: #"{"password":"annannannann"}"#).status == 400)
    }

    @Test("guessing the current password by a stolen token is limited as a login is")
    func passwordGuesses() async throws {
        let api = try await TestAPI()
        let token = try #require(try await login(api, "admin", TestAPI.password).json["accessToken"] as? String)
        var statuses: [Int] = []
        for number in 0..<6 {
            let body = #"{"currentPassword":"guess \#(number)","newPassword":"another good phrase"}"#
            statuses.append(await by(token, api, .post, "/as/v1/auth/password", body).status)
        }
        #expect(statuses == [403, 403, 403, 403, 403, 429])
    }

    // MARK: - API tokens

    @Test("an API token has its role until it is over or revoked, and is shown once")
    func apiTokens() async throws {
        let api = try await TestAPI()
        let made = try await api.ask(.post, "/as/v1/tokens", body: #"{"name":"prom","role":"viewer","for":"30d"}"#)
        #expect(made.status == 201 && made.json["expiresAt"] as? String == "2026-12-22T12:00:00Z")
        let token = try #require(made.json["token"] as? String)
        #expect(token.hasPrefix("sma_"))
        #expect(await by(token, api, .get, "/metrics").status == 200)
        #expect(await by(token, api, .post, "/as/v1/nodes/edge-1/cordon").status == 403)
        #expect(await by(token + "A", api, .get, "/metrics").status == 401)
        let changed = String(token.dropLast(5)) + "AAAAA"
        #expect(await by(changed, api, .get, "/metrics").status == 401)
        let list = try await api.ask(.get, "/as/v1/tokens")
        #expect(list.list.count == 1 && list.list[0]["name"] as? String == "prom" && !list.text.contains("sma_"))
        #expect(try await api.ask(.post, "/as/v1/tokens", body: #"{"name":"prom","role":"app"}"#).status == 409)
        api.time.advance(by: .seconds(30 * 86_400))
        #expect(await by(token, api, .get, "/metrics").json["detail"] as? String == "the API token 'prom' has expired")
        // One that is over makes way.
        let again = try await api.ask(.post, "/as/v1/tokens", body: #"{"name":"prom","role":"viewer"}"#)
        let next = try #require(again.json["token"] as? String)
        #expect(await by(next, api, .get, "/metrics").status == 200)
        #expect(try await api.ask(.delete, "/as/v1/tokens/prom").status == 204)
        #expect(await by(next, api, .get, "/metrics").status == 401)
        #expect(try await api.ask(.delete, "/as/v1/tokens/prom").status == 404)
    }

    @Test("an API token has no session and no password")
    func apiTokenIsNoUser() async throws {
        let api = try await TestAPI()
        let made = try await api.ask(.post, "/as/v1/tokens", body: #"{"name":"admin","role":"admin"}"#)
        let token = try #require(made.json["token"] as? String)
        #expect(await by(token, api, .get, "/as/v1/users").status == 200)
        for (method, path) in [(HTTPMethod.post, "/as/v1/auth/logout"), (.delete, "/as/v1/auth/sessions")] {
            #expect(await by(token, api, method, path).status == 409, "\(path)")
        }
        let body = #"{"currentPassword":"\#(TestAPI.password)","newPassword":"another good phrase"}"#
        #expect(await by(token, api, .post, "/as/v1/auth/password", body).status == 409)
        #expect(try await login(api, "admin", TestAPI.password).status == 200)
    }

    @Test(
        "an API token that cannot be is refused",
        arguments: [
            "{}", #"{"name":"x"}"#, #"{"name":"x","role":"node"}"#, #"{"name":"a b","role":"app"}"#,
            #"{"name":"x","role":"app","for":"0"}"#, #"{"name":"x","role":"app","for":"1h","forMs":1}"#,
            #"{"name":"x","role":"app","for":"4000d"}"#,
        ])
    func badTokens(_ body: String) async throws {
        let api = try await TestAPI()
        #expect(try await api.ask(.post, "/as/v1/tokens", body: body).status == 400)
    }

    // MARK: - Keys

    private func kids(_ api: TestAPI) async throws -> [String] {
        let answer = try await api.ask(.get, "/.well-known/jwks.json", as: nil)
        return (answer.json["keys"] as? [[String: Any]] ?? []).filter { $0["kty"] as? String == "RSA" }
            .compactMap { $0["kid"] as? String }
    }

    private func kid(_ token: String) throws -> String {
        let head = try #require(Base64URL.decode(token.prefix { $0 != "." }.utf8))
        return try #require(try TokenHeader.read(head).keyID)
    }

    @Test("a new key is published before it signs, and the old one goes after the last token that it signed")
    func rotation() async throws {
        let api = try await TestAPI()
        let old = try TestAPI.key.get().publicKey.keyID
        let first = try #require(try await login(api, "admin", TestAPI.password).json["accessToken"] as? String)
        let answer = try await api.ask(.post, "/as/v1/auth/keys")
        let rows = answer.list.filter { $0["use"] as? String == "api" }
        #expect(rows.compactMap { $0["state"] as? String } == ["signs", "published"])
        #expect(!answer.text.contains("PRIVATE"))
        let new = try #require(rows.last?["id"] as? String)
        #expect(try await kids(api) == [old, new])
        // Of the next ten minutes the old one signs.
        let tokens = try await login(api, "admin", TestAPI.password)
        #expect(try kid(try #require(tokens.json["accessToken"] as? String)) == old)
        api.time.advance(by: KeyRotation.publishedBefore)
        let later = try #require(try await login(api, "admin", TestAPI.password).json["accessToken"] as? String)
        #expect(try kid(later) == new)
        func tidy() async throws {
            try await api.tokens.book.tidy(ManagerSpec.Tokens(), oldestNode: nil, at: api.time.now())
        }
        try await tidy()
        #expect(await by(first, api, .get, "/as/v1/plan").status == 200)
        #expect(try await kids(api) == [old, new])
        api.time.advance(by: .seconds(3600) - KeyRotation.publishedBefore)
        try await tidy()
        #expect(try await kids(api) == [new])
        #expect(await by(later, api, .get, "/as/v1/plan").status == 200)
    }

    @Test("a key that leaked is revoked: what it signed is over, and a login goes on by its refresh token")
    func revocation() async throws {
        let api = try await TestAPI()
        let tokens = try await login(api, "admin", TestAPI.password)
        let access = try #require(tokens.json["accessToken"] as? String)
        #expect(await by(access, api, .get, "/as/v1/plan").status == 200)
        #expect(try await api.ask(.post, "/as/v1/auth/keys", body: #"{"revoke":true}"#).status == 200)
        #expect(await by(access, api, .get, "/as/v1/plan").json["detail"] as? String == "the token's key is not ours")
        let refreshToken = try #require(tokens.json["refreshToken"] as? String)
        let renewed = try await api.ask(
            .post, "/as/v1/auth/refresh", as: nil, body: #"{"refreshToken":"\#(refreshToken)"}"#)
        let next = try #require(renewed.json["accessToken"] as? String)
        #expect(await by(next, api, .get, "/as/v1/plan").status == 200)
        // Nodes are not touched.
        #expect(
            await api.ask(.post, "/as/v1/nodes/edge-1/heartbeat", node: "edge-1", body: #"{"sequence":1}"#).status
                == 200)
        #expect(try await api.ask(.post, "/as/v1/auth/keys", body: #"{"revoke":true,"use":"node"}"#).status == 400)
    }

    @Test("a new key of nodes is for new ones; the old one goes with the last node of before")
    func nodeRotation() async throws {
        let api = try await TestAPI()
        let asked = api.time.now()
        let before = api.tokens.nodeCredential(for: "edge-1", requestedAt: asked)
        api.time.advance(by: .seconds(60))
        let rotated = api.time.now()
        #expect(try await api.ask(.post, "/as/v1/auth/keys", body: #"{"use":"node"}"#).status == 200)
        // A create that is retried has the same user-data.
        #expect(api.tokens.nodeCredential(for: "edge-1", requestedAt: asked) == before)
        let after = api.tokens.nodeCredential(for: "edge-9", requestedAt: rotated)
        #expect(try kid(after) != (try kid(before)))
        func isGood(_ token: String) -> Bool {
            if case .valid = api.tokens.verify(Array(token.utf8)[...], at: api.time.now()) { true } else { false }
        }
        for oldest in [asked, nil] {
            try await api.tokens.book.tidy(ManagerSpec.Tokens(), oldestNode: oldest, at: api.time.now())
            #expect(isGood(before) && isGood(after))
        }
        try await api.tokens.book.tidy(ManagerSpec.Tokens(), oldestNode: rotated, at: api.time.now())
        #expect(!isGood(before) && isGood(after))
    }

    @Test("keys change by themselves, one at a time")
    func automatic() async throws {
        let api = try await TestAPI()
        var policy = ManagerSpec.Tokens()
        policy.keyRotation = .seconds(86_400)
        for day in 0..<4 {
            for _ in 0..<3 { try await api.tokens.book.tidy(policy, oldestNode: nil, at: api.time.now()) }
            #expect(try await kids(api).count == (day == 0 ? 1 : 2))
            api.time.advance(by: .seconds(3600))
            try await api.tokens.book.tidy(policy, oldestNode: nil, at: api.time.now())
            #expect(try await kids(api).count == 1)
            api.time.advance(by: .seconds(86_400 - 3600))
        }
    }
}

import Crypto
import Foundation
import Reconciler
import Testing

@testable import APIServer

@Suite("Sessions")
struct SessionTests {
    /// A login of `user`: the answer's fields.
    private func login(_ api: TestAPI, _ user: String = "admin", _ password: String = TestAPI.password) async throws
        -> (access: String, refresh: String)
    {
        let body = #"{"username":"\#(user)","password":"\#(password)"}"#
        let answer = try await api.ask(.post, "/as/v1/auth/login", as: nil, body: body)
        #expect(answer.status == 200)
        return (
            try #require(answer.json["accessToken"] as? String), try #require(answer.json["refreshToken"] as? String)
        )
    }

    private func refresh(_ api: TestAPI, _ token: String) async throws -> HTTPResponse {
        try await api.ask(
            .post, "/as/v1/auth/refresh", as: nil, body: #"{"refreshToken":\#(RouteAnswerBytes.quoted(token))}"#)
    }

    private func status(_ api: TestAPI, _ token: String, _ path: String = "/as/v1/auth/sessions") async -> Int {
        await api.handler.respond(to: HTTPRequest(.get, path, headers: [("Authorization", "Bearer \(token)")])).status
    }

    private func call(
        _ api: TestAPI, _ method: HTTPMethod, _ path: String, by token: String, body: String = ""
    ) async -> HTTPResponse {
        await api.handler.respond(
            to: HTTPRequest(method, path, headers: [("Authorization", "Bearer \(token)")], body: Array(body.utf8)))
    }

    @Test("a refresh token gives new tokens, and the former access token stays good until it is over")
    func renew() async throws {
        let api = try await TestAPI()
        let first = try await login(api)
        api.time.advance(by: .seconds(3000))
        let answer = try await refresh(api, first.refresh)
        #expect(answer.status == 200)
        let access = try #require(answer.json["accessToken"] as? String)
        #expect(answer.json["refreshToken"] as? String != first.refresh)
        #expect(await status(api, first.access) == 200)
        api.time.advance(by: .seconds(601))
        #expect(await status(api, first.access) == 401)
        #expect(await status(api, access) == 200)
    }

    @Test("a refresh token that comes a second time ends the session, with all of its tokens")
    func reuse() async throws {
        let api = try await TestAPI()
        let other = try await login(api)
        let first = try await login(api)
        let second = try #require(try await refresh(api, first.refresh).json["refreshToken"] as? String)
        let third = try await refresh(api, second)
        let access = try #require(third.json["accessToken"] as? String)
        let again = try await refresh(api, first.refresh)
        #expect(again.status == 401)
        #expect(
            again.json["detail"] as? String == "the refresh token was used before; its session has ended, log in again")
        #expect(api.logged.current.contains { $0.hasPrefix("refresh token used twice user=\"admin\"") })
        let newest = try #require(third.json["refreshToken"] as? String)
        #expect(try await refresh(api, newest).status == 401)
        for token in [first.access, access] { #expect(await status(api, token) == 401) }
        // Nobody else's.
        #expect(await status(api, other.access) == 200)
        #expect(try await refresh(api, other.refresh).status == 200)
    }

    @Test("who knows a session's id alone can neither renew nor end it")
    func guesses() async throws {
        let api = try await TestAPI()
        let first = try await login(api)
        let parts = first.refresh.dropFirst(4).split(separator: ".").map(String.init)
        let other = Base64URL.encode([UInt8](repeating: 1, count: 32))
        for guess in [
            "smr_\(parts[0]).\(other).\(other)", "smr_\(parts[0]).\(other).\(parts[2])",
            "smr_\(other).\(parts[1]).\(parts[2])", "smr_\(parts[0]).\(parts[1])", "smr_", "", "x", first.access,
            first.refresh + "=", String(repeating: "a", count: 5000), "smr_\(parts[0])..\(parts[2])",
        ] {
            let answer = try await refresh(api, guess)
            #expect(answer.status == (guess.isEmpty ? 400 : 401), "\(guess)")
        }
        #expect(try await refresh(api, first.refresh).status == 200)
    }

    @Test("renewals at once by one token get the same new one: a client may ask again for an answer that was lost")
    func race() async throws {
        let api = try await TestAPI()
        let first = try await login(api)
        let answers = try await withThrowingTaskGroup(of: HTTPResponse.self) { group in
            for _ in 0..<8 { group.addTask { try await refresh(api, first.refresh) } }
            return try await group.reduce(into: [HTTPResponse]()) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.status == 200 })
        let next = Set(answers.compactMap { $0.json["refreshToken"] as? String })
        #expect(next.count == 1)
        let access = try #require(answers.last?.json["accessToken"] as? String)
        #expect(await status(api, access) == 200)
        let token = try #require(next.first)
        #expect(token != first.refresh)
        #expect(try await refresh(api, token).status == 200)
    }

    @Test("but not when it is late, nor once the new one was used: then the session ends", arguments: [10, 11, 0, -1])
    func grace(_ seconds: Int) async throws {
        let api = try await TestAPI()
        let first = try await login(api)
        let second = try await refresh(api, first.refresh)
        let token = try #require(second.json["refreshToken"] as? String)
        // 0 stands for: the new one was used. Of two at once the one that came first may be judged last.
        let isBorne = [10, -1].contains(seconds)
        if seconds == 0 { #expect(try await refresh(api, token).status == 200) }
        api.time.advance(by: .seconds(seconds))
        let again = try await refresh(api, first.refresh)
        #expect(again.status == (isBorne ? 200 : 401))
        if isBorne { #expect(again.json["refreshToken"] as? String == token) }
        #expect(try await refresh(api, token).status == (isBorne ? 200 : 401))
    }

    @Test("what is stored of a renewal gives neither the old token nor the new one")
    func renewalSecrets() async throws {
        let api = try await TestAPI()
        let first = try await login(api)
        let second = try await refresh(api, first.refresh)
        let token = try #require(second.json["refreshToken"] as? String)
        let stored = "\(api.store.memory.identity())"
        for text in [first.refresh, token] {
            let secret = try #require(text.split(separator: ".").last.map(String.init))
            #expect(!stored.contains(secret))
        }
    }

    @Test("a session ends by itself, whatever is renewed")
    func end() async throws {
        let api = try await TestAPI()
        var tokens = try await login(api)
        for _ in 0..<14 {
            api.time.advance(by: .seconds(43_200 - 1))
            let answer = try await refresh(api, tokens.refresh)
            #expect(answer.status == 200)
            tokens.access = try #require(answer.json["accessToken"] as? String)
            tokens.refresh = try #require(answer.json["refreshToken"] as? String)
        }
        #expect(await status(api, tokens.access) == 200)
        api.time.advance(by: .seconds(14))
        #expect(await status(api, tokens.access) == 401)
        #expect(try await refresh(api, tokens.refresh).status == 401)
    }

    @Test("only hashes of refresh and API tokens are stored, and no password")
    func secrets() async throws {
        let api = try await TestAPI()
        let tokens = try await login(api)
        let made = try await api.ask(.post, "/as/v1/tokens", body: #"{"name":"prom","role":"viewer"}"#)
        let apiToken = try #require(made.json["token"] as? String)
        let stored = "\(api.store.memory.identity())"
        for secret in tokens.refresh.dropFirst(4).split(separator: ".").dropFirst() {
            #expect(!stored.contains(String(secret)))
        }
        let secret = try #require(apiToken.split(separator: ".").last.map(String.init))
        #expect(!stored.contains(secret) && !stored.contains(TestAPI.password))
        await api.audit.flush()
        let audit = "\(api.store.memory.audit(AuditQuery(limit: 99)))" + api.logged.current.joined()
        for text in [secret, TestAPI.password, tokens.refresh, tokens.access] { #expect(!audit.contains(text)) }
    }

    @Test("logout ends the own session at once, also for a token that was verified before")
    func logout() async throws {
        let api = try await TestAPI()
        let (one, two) = (try await login(api), try await login(api))
        for _ in 0..<2 { #expect(await status(api, one.access) == 200) }
        #expect(await call(api, .post, "/as/v1/auth/logout", by: one.access).status == 204)
        #expect(await status(api, one.access) == 401)
        #expect(try await refresh(api, one.refresh).status == 401)
        #expect(await status(api, two.access) == 200)
    }

    @Test("a login by PUT cannot be renewed and ends with its token")
    func put() async throws {
        let api = try await TestAPI()
        let basic = Data("admin:\(TestAPI.password)".utf8).base64EncodedString()
        let answer = await api.handler.respond(
            to: HTTPRequest(.put, "/as/v1/auth/login", headers: [("Authorization", "Basic \(basic)")]))
        #expect(Set(answer.json.keys) == ["token"])
        let sessions = api.store.memory.identity().sessions.values
        #expect(sessions.count == 1 && sessions.allSatisfy { $0.refresh == nil })
        #expect(sessions.first?.expiresAt == api.time.now() + .seconds(3600))
    }

    @Test("a user sees and ends the own sessions, an admin everybody's")
    func listing() async throws {
        let api = try await TestAPI()
        _ = try await api.ask(
            .post, "/as/v1/users", body: #"{"username":"ann","password":"a good passphrase","role":"viewer"}"#)
        let (ann, ann2) = (
            try await login(api, "ann", "a good passphrase"), try await login(api, "ann", "a good passphrase")
        )
        let admin = try await login(api)
        let own = await call(api, .get, "/as/v1/auth/sessions", by: ann.access).list
        #expect(own.count == 2 && own.allSatisfy { $0["username"] as? String == "ann" })
        #expect(own.filter { $0["current"] as? Bool == true }.count == 1)
        #expect(await call(api, .get, "/as/v1/auth/sessions?all=true", by: ann.access).status == 403)
        let all = await call(api, .get, "/as/v1/auth/sessions?all=true", by: admin.access).list
        #expect(Set(all.compactMap { $0["username"] as? String }).isSuperset(of: ["admin", "ann"]))
        let admins = try #require(all.first { $0["username"] as? String == "admin" }?["id"] as? String)
        #expect(await call(api, .delete, "/as/v1/auth/sessions/\(admins)", by: ann.access).status == 404)
        let anns = try #require(own.first { $0["current"] as? Bool == false }?["id"] as? String)
        #expect(await call(api, .delete, "/as/v1/auth/sessions/\(anns)", by: ann.access).status == 204)
        #expect(await status(api, ann2.access) == 401)
        #expect(await call(api, .get, "/as/v1/users/ann/sessions", by: admin.access).list.count == 1)
        #expect(await call(api, .delete, "/as/v1/users/ann/sessions", by: admin.access).status == 204)
        #expect(await status(api, ann.access) == 401)
        #expect(await call(api, .delete, "/as/v1/auth/sessions", by: admin.access).status == 204)
        #expect(await status(api, admin.access) == 401)
    }

    @Test("what another manager that shares the store ends, is over here when the store was asked")
    func otherManager() async throws {
        let api = try await TestAPI()
        let tokens = try await login(api)
        let other = try await IdentityBook.open(api.store, values: api.store, time: api.time)
        #expect(await status(api, tokens.access) == 200)
        try await other.change { identity in identity.endingSessions(of: "admin") }
        try await api.tokens.book.refresh()
        #expect(await status(api, tokens.access) == 401)
        // And a change that was decided on what is old by now is decided again.
        try await other.change { identity throws(CommandFailure) in
            try identity.creating(
                StoredUser(name: "bob", role: .app, passwordHash: "", createdAt: Timestamp(milliseconds: 0)))
        }
        let made = try await api.ask(
            .post, "/as/v1/users", body: #"{"username":"bob","password":"a good passphrase","role":"admin"}"#)
        #expect(made.status == 409)
    }

    @Test("who was put out while the own change was under way makes it no more", arguments: ["tokens", "users"])
    func overtaken(_ what: String) async throws {
        let api = try await TestAPI()
        let tokens = try await login(api)
        let other = try await IdentityBook.open(api.store, values: api.store, time: api.time)
        // Another manager ends it; this one has not heard, and its commit comes too late.
        try await other.change { identity in identity.endingSessions(of: "admin") }
        let answer = await call(
            api, what == "tokens" ? .post : .delete, what == "tokens" ? "/as/v1/tokens" : "/as/v1/users/admin/sessions",
            by: tokens.access, body: what == "tokens" ? #"{"name":"mine","role":"admin"}"# : "")
        #expect(answer.status == 409)
        #expect(api.tokens.book.snapshot.identity.tokens.isEmpty)
    }

    @Test("while the store is away, tokens stay good and logins are 503")
    func storeAway() async throws {
        let api = try await TestAPI()
        let tokens = try await login(api)
        api.store.fail(with: .failed("gone"))
        #expect(await status(api, tokens.access) == 200)
        #expect(try await refresh(api, tokens.refresh).status == 503)
        await #expect(throws: StoreFailure.self) { try await api.tokens.book.refresh() }
        api.store.fail(with: nil)
        #expect(try await refresh(api, tokens.refresh).status == 200)
    }

    @Test("of too many sessions of one user the oldest end")
    func bounded() throws {
        var identity = StoredIdentity()
        identity.users["app"] = StoredUser(
            name: "app", role: .app, passwordHash: "", createdAt: Timestamp(milliseconds: 0))
        let start = Timestamp(milliseconds: 1000)
        func open(_ number: Int) throws {
            let at = start + .seconds(number)
            let session = StoredSession(
                id: "s\(number)", user: "app", role: .app, createdAt: at, expiresAt: at + .seconds(1_000_000),
                address: "")
            identity = identity.applying(
                try identity.opening(
                    session, of: try identity.existing(session.user), tokenExpiry: at, signedBy: "k"))
        }
        for number in 0..<StoredIdentity.maximumSessionsOfUser + 3 { try open(number) }
        #expect(identity.sessions.count == StoredIdentity.maximumSessionsOfUser)
        #expect(identity.sessions["s2"] == nil && identity.sessions["s3"] != nil)
    }

    @Test("of too many sessions of all the oldest of whoever has most ends: nobody keeps the others out")
    func boundedForAll() throws {
        var identity = StoredIdentity()
        let start = Timestamp(milliseconds: 1000)
        func session(_ id: String, _ user: String, _ at: Timestamp) -> StoredSession {
            StoredSession(
                id: id, user: user, role: .app, createdAt: at, expiresAt: at + .seconds(1_000_000), address: "")
        }
        for number in 0..<StoredIdentity.maximumSessions {
            // Of 21 users the first has a few more than the others.
            let user = "app\(number % 21 % 20)"
            let id = "s\(number)"
            identity.sessions[id] = session(id, user, start + .seconds(number))
        }
        identity.users["admin"] = StoredUser(name: "admin", role: .app, passwordHash: "", createdAt: start)
        let change = try identity.opening(
            session("mine", "admin", start + .seconds(30_000)), of: try identity.existing("admin"),
            tokenExpiry: start, signedBy: "k")
        identity = identity.applying(change)
        #expect(identity.sessions.count == StoredIdentity.maximumSessions && identity.sessions["mine"] != nil)
        #expect(identity.sessions["s0"] == nil && identity.sessions["s1"] != nil)
    }
}

import Foundation
import Reconciler
import Testing

@testable import APIServer

@Suite("Logging in")
struct LoginTests {
    private func login(_ api: TestAPI, _ user: String, _ password: String, from address: String = "192.0.2.1") async
        -> HTTPResponse
    {
        let body = #"{"username":\#(RouteAnswerBytes.quoted(user)),"password":\#(RouteAnswerBytes.quoted(password))}"#
        return await api.handler.respond(
            to: HTTPRequest(.post, "/as/v1/auth/login", body: Array(body.utf8), remoteAddress: address))
    }

    @Test("the right password gives a token with the overview's fields in its order")
    func shape() async throws {
        let api = try await TestAPI()
        let answer = await login(api, "admin", TestAPI.password)
        #expect(answer.status == 200)
        let token = try #require(answer.json["accessToken"] as? String)
        let refreshToken = try #require(answer.json["refreshToken"] as? String)
        #expect(
            answer.text == """
                {"accessToken":"\(token)","tokenType":"Bearer","expiresIn":3600,"refreshToken":"\(refreshToken)",\
                "refreshExpiresAt":"2026-11-29T12:00:00Z"}
                """)
        guard case .valid(let principal) = api.tokens.verify(Array(token.utf8)[...], at: api.time.now()) else {
            Issue.record("the token is refused")
            return
        }
        #expect(principal.subject == "admin" && principal.roles == .admin && principal.session != nil)
    }

    @Test("PUT with Basic gives a token under the reference product's name")
    func basic() async throws {
        let api = try await TestAPI()
        func put(_ credentials: String) async -> HTTPResponse {
            let encoded = Data(credentials.utf8).base64EncodedString()
            return await api.handler.respond(
                to: HTTPRequest(.put, "/as/v1/auth/login", headers: [("Authorization", "Basic \(encoded)")]))
        }
        let answer = await put("admin:\(TestAPI.password)")
        #expect(answer.status == 200)
        #expect(Set(answer.json.keys) == ["token"])
        #expect(await put("admin:wrong").status == 401)
        #expect(await put("admin").status == 401)
        #expect(try await api.ask(.put, "/as/v1/auth/login", as: nil).status == 401)
    }

    @Test("a password that was taken opens a session, in any script and up to the longest", arguments: [12, 600, 1024])
    func longPasswords(_ length: Int) async throws {
        let api = try await TestAPI()
        let signs = Array("тихийвечернадрекойсинийпарусвдалиx")
        let password = String((0..<length).map { signs[($0 * $0 + $0 / 7) % signs.count] })
        #expect(PasswordRules.fault(password, of: "ann") == nil)
        let made = try await api.ask(
            .post, "/as/v1/users", body: #"{"username":"ann","password":"\#(password)","role":"viewer"}"#)
        #expect(made.status == 201)
        #expect(await login(api, "ann", password).status == 200)
    }

    @Test("a wrong password, an unknown user and a disabled one get the same answer, logged without the password")
    func refused() async throws {
        let api = try await TestAPI()
        var disabled = try #require(api.store.memory.identity().users["admin"])
        disabled.name = "gone"
        disabled.disabled = true
        try await api.tokens.book.change { [disabled] identity throws(CommandFailure) in try identity.creating(disabled)
        }
        var details: Set<String> = []
        for (user, password) in [("admin", "wrong-secret"), ("nobody", "wrong-secret"), ("gone", TestAPI.password)] {
            let answer = await login(api, user, password)
            #expect(answer.status == 401)
            details.insert(answer.json["detail"] as? String ?? "")
        }
        #expect(details == ["the user name or the password is wrong"])
        #expect(api.logged.current.count == 3)
        #expect(!api.logged.current.joined().contains("secret"))
        #expect(await login(api, "a\nb", "x").status == 401)
        #expect(!api.logged.current.joined().contains("\n"))
    }

    @Test("after five failures a user waits at that address, and there alone, for a minute")
    func throttle() async throws {
        let api = try await TestAPI()
        for _ in 0..<5 { #expect(await login(api, "admin", "wrong").status == 401) }
        let sixth = await login(api, "admin", TestAPI.password)
        #expect(sixth.status == 429)
        #expect(sixth.header("Retry-After") == "60")
        #expect(await login(api, "admin", TestAPI.password, from: "192.0.2.2").status == 200)
        #expect(await login(api, "other", "wrong").status == 401)
        api.time.advance(by: .seconds(60))
        #expect(await login(api, "admin", TestAPI.password).status == 200)
    }

    @Test("behind a trusted proxy it is the client's address that waits, and a client cannot choose it")
    func throttleBehindProxy() async throws {
        let api = try await TestAPI()
        var manager = ManagerSpec()
        manager.trustedProxies = [try #require(AddressBlock("10.0.0.0/8"))]
        api.publish(manager: manager)
        func login(_ password: String, _ forwarded: String, from peer: String = "10.0.0.1") async -> Int {
            let body = #"{"username":"admin","password":"\#(password)"}"#
            return await api.handler.respond(
                to: HTTPRequest(
                    .post, "/as/v1/auth/login", headers: [("X-Forwarded-For", forwarded)], body: Array(body.utf8),
                    remoteAddress: peer)
            ).status
        }
        for number in 0..<5 { #expect(await login("wrong", "9.9.9.\(number), 198.51.100.1") == 401) }
        #expect(await login(TestAPI.password, "198.51.100.1") == 429)
        #expect(await login(TestAPI.password, "198.51.100.2") == 200)
        #expect(api.logged.current.last?.contains("address=198.51.100.1 ") == true)
        // Who is no proxy of ours says what it wants: its own address counts.
        for number in 0..<5 { #expect(await login("wrong", "9.9.9.\(number)", from: "203.0.113.9") == 401) }
        #expect(await login(TestAPI.password, "9.9.9.77", from: "203.0.113.9") == 429)
    }

    @Test("who tries many names at one address waits there, and a network of IPv6 is one address")
    func throttleOfAddress() async throws {
        let api = try await TestAPI()
        for number in 0..<LoginThrottle.addressLimit {
            #expect(await login(api, "user-\(number)", "wrong", from: "2001:db8::\(number + 1)").status == 401)
        }
        #expect(await login(api, "admin", TestAPI.password, from: "2001:db8::ffff:1").status == 429)
        #expect(await login(api, "admin", TestAPI.password, from: "2001:db8:0:1::1").status == 200)
        api.time.advance(by: .seconds(60))
        #expect(await login(api, "admin", TestAPI.password, from: "2001:db8::1").status == 200)
    }

    @Test(
        "who guesses one user's password from everywhere waits everywhere, but the user does not where it logged in before"
    )
    func throttleOfUser() async throws {
        let api = try await TestAPI()
        #expect(await login(api, "admin", TestAPI.password, from: "192.0.2.1").status == 200)
        for number in 0..<LoginThrottle.userLimit {
            #expect(await login(api, "admin", "wrong", from: "198.51.100.\(number)").status == 401)
        }
        let stranger = await login(api, "admin", TestAPI.password, from: "203.0.113.1")
        #expect(stranger.status == 429 && stranger.header("Retry-After") == "60")
        #expect(await login(api, "admin", TestAPI.password, from: "192.0.2.1").status == 200)
        #expect(await login(api, "other", "wrong", from: "203.0.113.1").status == 401)
        api.time.advance(by: .seconds(60))
        #expect(await login(api, "admin", TestAPI.password, from: "203.0.113.1").status == 200)
    }

    @Test("a site of IPv6 has more networks than anybody, and a limit over all of them")
    func throttleOfSite() async throws {
        let api = try await TestAPI()
        for number in 0..<LoginThrottle.siteLimit {
            let from = "2001:db8:0:\(number / LoginThrottle.addressLimit)::1"
            #expect(await login(api, "user-\(number)", "wrong", from: from).status == 401)
        }
        #expect(await login(api, "admin", TestAPI.password, from: "2001:db8:0:ffff::1").status == 429)
        #expect(await login(api, "admin", TestAPI.password, from: "2001:db8:1::1").status == 200)
    }

    @Test("where a user has a session is known after a restart too")
    func familiarAfterRestart() async throws {
        let api = try await TestAPI()
        #expect(await login(api, "admin", TestAPI.password, from: "2001:db8::1").status == 200)
        let users = UserDirectory(book: api.tokens.book, time: api.time, cost: TestAPI.cost)
        for number in 0..<LoginThrottle.userLimit {
            #expect(await users.login("admin", password: "wrong", from: "198.51.100.\(number)") == .refused)
        }
        guard case .tooMany = await users.login("admin", password: TestAPI.password, from: "203.0.113.1") else {
            Issue.record("a stranger may try")
            return
        }
        guard case .granted = await users.login("admin", password: TestAPI.password, from: "2001:db8::2") else {
            Issue.record("the user is kept out of its own place")
            return
        }
    }

    @Test("a success ends the count of failures")
    func reset() async throws {
        let api = try await TestAPI()
        for _ in 0..<3 {
            for _ in 0..<4 { #expect(await login(api, "admin", "wrong").status == 401) }
            #expect(await login(api, "admin", TestAPI.password).status == 200)
        }
    }

    @Test(
        "a body that is no login is 400",
        arguments: [
            "", "{", "[]", #"{"username":"admin"}"#, #"{"username":1,"password":"x"}"#,
            #"{"username":"a","password":"b"} x"#,
        ])
    func badBodies(_ body: String) async throws {
        let api = try await TestAPI()
        #expect(try await api.ask(.post, "/as/v1/auth/login", as: nil, body: body).status == 400)
    }

    @Test("a store that fails is 503, not a wrong password")
    func storeFails() async throws {
        let api = try await TestAPI()
        api.store.fail(with: .failed("disk on fire"))
        #expect(await login(api, "admin", TestAPI.password).status == 503)
    }

    @Test("the first start draws a password and shows it once")
    func firstStart() async throws {
        func directory() async throws -> UserDirectory {
            let (store, time) = (MemoryStore(), ManualTime())
            let book = try await IdentityBook.open(store, values: store, time: time)
            return UserDirectory(book: book, time: time, cost: TestAPI.cost)
        }
        let users = try await directory()
        let drawn = try await users.ensureAdmin(environmentPassword: nil)
        let password = try #require(drawn)
        let again = try await users.ensureAdmin(environmentPassword: nil)
        #expect(again == nil)
        guard case .granted(let user) = await users.login("admin", password: password, from: "") else {
            Issue.record("the drawn password does not log in")
            return
        }
        #expect(user.role == .admin)
        let other = try await directory()
        await #expect(throws: CommandFailure.self) { try await other.ensureAdmin(environmentPassword: "given") }
        let given = try await other.ensureAdmin(environmentPassword: "given by somebody")
        #expect(given == nil)
        let wrong = await other.login("admin", password: "drawn", from: "")
        #expect(wrong == .refused)
    }

    @Test("a hundred logins at once are all answered, some of them with a request to come again")
    func many() async throws {
        let api = try await TestAPI()
        let statuses = await withTaskGroup(of: Int.self) { group in
            for index in 0..<100 {
                group.addTask { await login(api, "admin", TestAPI.password, from: "192.0.2.\(index)").status }
            }
            return await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses.count == 100)
        #expect(statuses.contains(200))
        #expect(Set(statuses).isSubset(of: [200, 503]))
    }
}

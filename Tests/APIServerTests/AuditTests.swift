import Foundation
import Reconciler
import Testing

@testable import APIServer

@Suite("The audit log")
struct AuditTests {
    private func entries(_ api: TestAPI) async -> [AuditEntry] {
        await api.audit.flush()
        return api.store.memory.audit(AuditQuery(limit: 1000)).reversed()
    }

    @Test("has who changed what, from where, with which outcome")
    func entry() async throws {
        let api = try await TestAPI()
        var manager = ManagerSpec()
        manager.trustedProxies = [try #require(AddressBlock("10.0.0.0/8"))]
        api.publish(manager: manager)
        let answer = await api.handler.respond(
            to: HTTPRequest(
                .post, "/as/v1/nodes/edge-1/cordon?x=secret",
                headers: [try api.bearer(.operator, subject: "ann"), ("X-Forwarded-For", "198.51.100.7")],
                remoteAddress: "10.0.0.1"))
        let all = await entries(api)
        let entry = try #require(all.first)
        #expect(all.count == 1)
        #expect(
            entry
                == {
                    var want = AuditEntry(
                        at: api.time.now(), subject: "ann", role: "operator", credential: entry.credential,
                        method: "POST", path: "/as/v1/nodes/edge-1/cordon", status: answer.status,
                        requestID: answer.requestID, address: "198.51.100.7")
                    want.id = 1
                    return want
                }())
        #expect(entry.credential.hasPrefix("session:"))
        #expect(api.logged.current.contains("audit ann /as/v1/nodes/edge-1/cordon"))
    }

    @Test("has calls that fail, and those that a role does not let through, but none of strangers")
    func outcomes() async throws {
        let api = try await TestAPI()
        _ = try await api.ask(.post, "/as/v1/nodes/nobody/drain")
        _ = try await api.ask(.post, "/as/v1/nodes/edge-1/drain", body: "{")
        _ = try await api.ask(.post, "/as/v1/nodes/edge-1/drain", as: .viewer)
        _ = try await api.ask(.post, "/as/v1/nodes/edge-1/drain", as: nil)
        _ = try await api.ask(.post, "/as/v1/nowhere")
        #expect(await entries(api).map(\.status) == [404, 400, 403])
    }

    @Test("every route that changes something for people is in it, and no traffic of machines")
    func routes() async throws {
        let api = try await TestAPI()
        let audited = Set(api.handler.table.routes.filter(\.isAudited).map { "\($0.method.rawValue) \($0.pattern)" })
        for route in api.handler.table.routes {
            let name = "\(route.method.rawValue) \(route.pattern)"
            let roles = route.access.roles
            if [.get, .head, .options].contains(route.method) { #expect(!route.isAudited, "\(name)") }
            if case .now = route.answer { #expect(!route.isAudited, "\(name) cannot wait for its entry") }
            if roles == .node { #expect(!route.isAudited, "\(name)") }
            if let roles, roles.isSubset(of: .operators), route.method != .get { #expect(route.isAudited, "\(name)") }
        }
        for name in [
            "POST /as/v1/auth/login", "PUT /as/v1/auth/login", "POST /as/v1/auth/refresh", "POST /as/v1/auth/logout",
            "POST /as/v1/auth/password", "DELETE /as/v1/auth/sessions", "DELETE /as/v1/auth/sessions/{id}",
            "POST /as/v1/approvals", "POST /as/v1/nodegroups/{name}/scale", "POST /as/v1/users",
        ] {
            #expect(audited.contains(name), "\(name)")
        }
    }

    @Test("says what was changed where the path does not, and no secret")
    func changes() async throws {
        let api = try await TestAPI()
        let password = "eight blue chairs 2"
        for (method, path, body) in [
            (HTTPMethod.post, "/as/v1/users", #"{"username":"bob","password":"\#(password)","role":"viewer"}"#),
            (.patch, "/as/v1/users/bob", #"{"role":"operator"}"#), (.patch, "/as/v1/users/bob", #"{"disabled":true}"#),
            (.post, "/as/v1/tokens", #"{"name":"prom","role":"viewer","for":"1h"}"#),
            (.post, "/as/v1/auth/keys", #"{"use":"node"}"#), (.delete, "/as/v1/tokens/prom", ""),
        ] {
            #expect((200...299).contains(try await api.ask(method, path, body: body).status), "\(path)")
        }
        let all = await entries(api)
        #expect(
            all.map(\.change) == [
                "username=bob role=viewer", "role=operator", "disabled=true",
                "name=prom role=viewer expiresAt=2026-11-22T13:00:00Z", "use=node revoke=false", "",
            ])
        #expect(!"\(all)".contains(password))
        let shown = try await api.ask(.get, "/as/v1/audit?limit=6").list
        #expect(shown.last?["change"] as? String == "username=bob role=viewer")
    }

    @Test("what changes nothing pushes out nothing: ten lines of a caller in a minute, of whatever kind")
    func flood() async throws {
        let api = try await TestAPI()
        for _ in 0..<30 {
            #expect(try await api.ask(.delete, "/as/v1/auth/sessions/nobody", as: .app).status == 404)
            #expect(try await api.ask(.post, "/as/v1/users", as: .app, body: "{}").status == 403)
        }
        #expect(await entries(api).count == RefusalBudget.limit)
        #expect(try await api.ask(.post, "/as/v1/nodes/edge-1/cordon").status == 200)
        #expect(await entries(api).last?.path == "/as/v1/nodes/edge-1/cordon")
    }

    @Test("of trials and of the comings and goings of sessions there are ten lines a minute, beside those of failures")
    func minorOnes() async throws {
        let api = try await TestAPI()
        let document = """
            {"apiVersion":"smreconcile/v1","kind":"NodeGroup","metadata":{"name":"event"},"spec":{"provider":"lab",\
            "regions":[{"name":"us-east"}],"roles":{"edge":{"capabilities":["subscribe"],\
            "endpoints":[{"protocol":"rtmp","port":1935}],"min":1}}}}
            """
        for _ in 0..<15 {
            #expect(try await api.ask(.put, "/as/v1/nodegroups/event?dryRun=true", body: document).status == 200)
            #expect(try await api.ask(.post, "/as/v1/nodes/nobody/drain").status == 404)
        }
        let all = await entries(api)
        #expect(all.count == 2 * RefusalBudget.limit && all.count { $0.change == "dryRun=true" } == RefusalBudget.limit)
        #expect(try await api.ask(.put, "/as/v1/nodegroups/event", body: document).status == 201)
        #expect(await entries(api).last.map { $0.status == 201 && $0.change.isEmpty } == true)
    }

    @Test("a session that ends since its refresh token came twice is in it, whatever else its user did")
    func stolen() async throws {
        let api = try await TestAPI()
        let login = try await api.ask(
            .post, "/as/v1/auth/login", as: nil, body: #"{"username":"admin","password":"\#(TestAPI.password)"}"#)
        let token = try #require(login.json["refreshToken"] as? String)
        let own = try #require(login.json["accessToken"] as? String)
        func renew(_ token: String) async throws -> HTTPResponse {
            try await api.ask(.post, "/as/v1/auth/refresh", as: nil, body: #"{"refreshToken":"\#(token)"}"#)
        }
        let next = try #require(try await renew(token).json["refreshToken"] as? String)
        _ = try await renew(next)
        for _ in 0..<(2 * RefusalBudget.limit) {
            _ = await api.handler.respond(
                to: HTTPRequest(.post, "/as/v1/nodes/nobody/drain", headers: [("Authorization", "Bearer \(own)")]))
        }
        #expect(try await renew(token).status == 401)
        let last = try #require(await entries(api).last)
        #expect(last.status == 401 && last.subject == "admin" && last.change.contains("used twice"))
    }

    @Test("a login is in it under the name that it proved, one that failed is not")
    func login() async throws {
        let api = try await TestAPI()
        for password in ["wrong", TestAPI.password] {
            _ = try await api.ask(
                .post, "/as/v1/auth/login", as: nil, body: #"{"username":"admin","password":"\#(password)"}"#)
        }
        let all = await entries(api)
        #expect(all.map(\.subject) == ["admin"] && all[0].status == 200 && all[0].role == "admin")
        #expect(all[0].credential.hasPrefix("session:"))
    }

    @Test("is read by admins in pages, by user and by time")
    func reading() async throws {
        let api = try await TestAPI()
        for number in 0..<5 {
            api.time.advance(by: .seconds(60))
            let bearer = try api.bearer(.operator, subject: number == 2 ? "bob" : "ann")
            _ = await api.handler.respond(
                to: HTTPRequest(.post, "/as/v1/nodes/edge-\(number)/cordon", headers: [bearer]))
        }
        _ = await entries(api)
        func ids(_ query: String) async throws -> ([Int], String?) {
            let answer = try await api.ask(.get, "/as/v1/audit\(query)")
            #expect(answer.status == 200)
            return (answer.list.compactMap { $0["id"] as? Int }, answer.header("Link"))
        }
        #expect(try await ids("") == ([5, 4, 3, 2, 1], nil))
        let (first, link) = try await ids("?limit=2&user=ann")
        #expect(first == [5, 4])
        #expect(link == "</as/v1/audit?user=ann&limit=2&after=4>; rel=\"next\"")
        #expect(try await ids("?user=ann&limit=2&after=4") == ([2, 1], nil))
        #expect(try await ids("?since=2026-11-22T12:04:00Z").0 == [5, 4])
        #expect(try await ids("?user=bob").0 == [3])
        for query in ["?since=yesterday", "?after=x", "?limit=0", "?usr=ann", "?limit=1&limit=2"] {
            #expect(try await api.ask(.get, "/as/v1/audit\(query)").status == 400, "\(query)")
        }
        api.store.fail(with: .failed("gone"))
        #expect(try await api.ask(.get, "/as/v1/audit").status == 503)
    }

    @Test(
        "a store that is away stops no call; entries wait, the trouble is told once and in /readyz, and nothing is lost"
    )
    func storeAway() async throws {
        let api = try await TestAPI()
        api.store.fail(with: .failed("disk on fire"))
        for _ in 0..<3 {
            #expect(try await api.ask(.post, "/as/v1/nodes/edge-1/cordon").status == 200)
            #expect(await !api.audit.flush())
        }
        let told = "the audit log cannot be written: disk on fire"
        #expect(api.logged.current.filter { $0.hasPrefix(told) } == ["\(told); waiting in memory: 1; calls go on"])
        #expect(try await api.ask(.get, "/readyz", as: nil).json["troubles"] as? [String] == [told])
        #expect(api.audit.counts == AuditTrail.Counts(written: 0, lost: 0, waiting: 3))
        #expect(try await api.ask(.get, "/metrics").text.contains("smreconcile_audit_waiting_entries 3\n"))
        api.store.fail(with: nil)
        #expect(await entries(api).count == 3)
        #expect(api.logged.current.contains("the audit log is written again"))
        #expect(api.audit.counts == AuditTrail.Counts(written: 3, lost: 0, waiting: 0) && api.audit.trouble == nil)
    }

    @Test("the line of a change is in the store when its answer goes out", .timeLimit(.minutes(1)))
    func durable() async throws {
        let api = try await TestAPI()
        // A clock that never gets to the end of anybody's patience.
        let run = Task { try await api.audit.run(time: api.time) }
        defer { run.cancel() }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask {
                    let entry = AuditEntry(
                        at: api.time.now(), subject: "user-\(number)", role: "", credential: "", method: "POST",
                        path: "/",
                        status: 200, requestID: "", address: "")
                    await api.audit.recordDurably(entry, EndlessTime())
                    #expect(api.store.memory.audit(AuditQuery(subject: "user-\(number)", limit: 9)).count == 1)
                }
            }
        }
        // A store that is away is told as soon as it is known to be.
        api.store.fail(with: .failed("gone"))
        let entry = AuditEntry(
            at: api.time.now(), subject: "late", role: "", credential: "", method: "POST", path: "/", status: 200,
            requestID: "", address: "")
        await api.audit.recordDurably(entry, EndlessTime())
        #expect(api.audit.counts.waiting == 1)
    }

    @Test("of too many that wait the oldest are lost, and counted")
    func overflow() async throws {
        let api = try await TestAPI()
        api.store.fail(with: .failed("gone"))
        let entry = AuditEntry(
            at: api.time.now(), subject: "a", role: "", credential: "", method: "", path: "", status: 0, requestID: "",
            address: "")
        for number in 0..<AuditTrail.maximumWaiting + 700 {
            if number == 5000 { await api.audit.flush() }
            api.audit.record(entry)
        }
        #expect(await !api.audit.flush())
        #expect(api.audit.counts.lost > 0)
        #expect(api.audit.counts.lost + api.audit.counts.waiting == AuditTrail.maximumWaiting + 700)
        api.store.fail(with: nil)
        #expect(await api.audit.flush())
        #expect(api.audit.counts.written + api.audit.counts.lost == AuditTrail.maximumWaiting + 700)
    }
}

/// A clock on which no wait ends but by its cancellation.
private struct EndlessTime: TimeSource {
    func now() -> Timestamp { Timestamp(milliseconds: 0) }
    func sleep(for duration: Duration) async throws {
        while true {
            try Task.checkCancellation()
            await Task.yield()
        }
    }
}

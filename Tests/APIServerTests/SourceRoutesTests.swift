import Crypto
import Foundation
import Reconciler
import Testing

@testable import APIServer

@Suite("Where the spec comes from, and who may say that it changed")
struct SourceRoutesTests {
    private static func signature(_ body: String, _ secret: String = TestAPI.hookSecret) -> String {
        let mac = Digest.hmacSHA256(key: Array(secret.utf8), message: Array(body.utf8))
        return "sha256="
            + mac.map { byte in
                let text = String(byte, radix: 16)
                return text.count == 1 ? "0" + text : text
            }.joined()
    }

    struct Call: CustomTestStringConvertible, Sendable {
        var name: String
        var headers: [(String, String)]
        var isRight = false
        var testDescription: String { name }
    }

    private static let body = #"{"ref":"refs/heads/main"}"#

    static let calls = [
        Call(name: "no signature", headers: []),
        Call(name: "GitHub's", headers: [("X-Hub-Signature-256", signature(body))], isRight: true),
        Call(name: "of another body", headers: [("X-Hub-Signature-256", signature("{}"))]),
        Call(name: "under another secret", headers: [("X-Hub-Signature-256", signature(body, "x"))]),
        Call(name: "under no secret", headers: [("X-Hub-Signature-256", signature(body, ""))]),
        Call(name: "cut short", headers: [("X-Hub-Signature-256", String(signature(body).dropLast()))]),
        Call(name: "an empty one", headers: [("X-Hub-Signature-256", "")]),
        Call(name: "SHA-1", headers: [("X-Hub-Signature", "sha1=00")]),
        Call(name: "GitLab's token", headers: [("X-Gitlab-Token", TestAPI.hookSecret)], isRight: true),
        Call(name: "another token", headers: [("X-Gitlab-Token", "a secret of webhookz")]),
        Call(name: "an empty token", headers: [("X-Gitlab-Token", "")]),
        Call(
            name: "a wrong signature and a right token",
            headers: [("X-Hub-Signature-256", signature("{}")), ("X-Gitlab-Token", TestAPI.hookSecret)]),
    ]

    @Test("only a call that knows the secret is heard", arguments: calls)
    func hook(_ call: Call) async throws {
        let api = try await TestAPI()
        let answer = try await api.ask(.post, "/as/v1/hooks/git", as: nil, headers: call.headers, body: Self.body)
        #expect(answer.status == (call.isRight ? 202 : 401))
        #expect(api.looks.current == (call.isRight ? 1 : 0))
        #expect(!answer.text.contains(TestAPI.hookSecret))
    }

    @Test("an empty secret lets nobody in, and without one there is no door")
    func noSecret() async throws {
        let request = HTTPRequest(
            .post, "/as/v1/hooks/git",
            headers: [("X-Hub-Signature-256", Self.signature("", "")), ("X-Gitlab-Token", "")], body: [])
        let door = PushDoor(secret: { [] }, look: {})
        #expect(door.judge(request) == .wrong("the manager cannot read its secret, or it is too short"))
        #expect(
            PushDoor(secret: { nil }, look: {}).judge(request)
                == .wrong("the manager cannot read its secret, or it is too short"))
    }

    @Test("the source tells what runs and what is wrong with what is newer, to those who may read")
    func source() async throws {
        let api = try await TestAPI()
        #expect(try await api.ask(.get, "/as/v1/source").status == 404)
        var status = SourceStatus(.git(url: "https://git.example.org/c.git", ref: "refs/heads/main", paths: ["groups"]))
        let at = api.time.now()
        status.inForce = GitCommit(id: "aa", author: "Ann", email: "ann@example.org", at: at, subject: "good")
        status.newest = GitCommit(id: "bb", author: "Bob", email: "", at: at, subject: "bad")
        status.problems = [
            SpecDiagnostic(
                location: SourceLocation(file: "groups/live.yaml", line: 3, column: 7), message: "no", suggestion: "yes"
            )
        ]
        status.outage = .init(since: at, message: "away")
        api.live.follow(Locked(status))
        #expect(try await api.ask(.get, "/as/v1/source", as: .app).status == 403)
        let answer = try await api.ask(.get, "/as/v1/source", as: .viewer)
        #expect(
            answer.text
                == #"{"kind":"git","paths":["groups"],"url":"https://git.example.org/c.git","ref":"refs/heads/main","inForce":"#
                + #"{"id":"aa","author":"Ann","email":"ann@example.org","at":"2026-11-22T12:00:00Z","subject":"good"},"newest":{"id":"bb","#
                + #""author":"Bob","email":"","at":"2026-11-22T12:00:00Z","subject":"bad"},"isInForce":false,"problems":[{"file":"#
                + #""groups/live.yaml","line":3,"column":7,"message":"no","suggestion":"yes"}],"fetchedAt":null,"outage":"#
                + #"{"since":"2026-11-22T12:00:00Z","message":"away"}}"#)
    }

    @Test("a node group, the plan and an event show the commit")
    func commits() async throws {
        let api = try await TestAPI()
        let commit = GitCommit(id: "aabbccddeeff00", author: "Ann", email: "", at: api.time.now(), subject: "s")
        api.publish(spec: { $0.origin = SpecOrigin(commit: commit) })
        let plan = try await api.ask(.get, "/as/v1/plan")
        #expect((plan.json["commit"] as? [String: Any])?["author"] as? String == "Ann")
        var event = Event(at: api.time.now(), reason: "R", subject: "s", message: "m")
        event.commit = commit.mark
        var change = StoreChange()
        change.events = [event]
        try await api.store.commit(change)
        #expect(
            try await api.ask(.get, "/as/v1/events").text.contains(
                #""message":"m","commit":"aabbccddeeff00","author":"Ann"}"#))
    }
}

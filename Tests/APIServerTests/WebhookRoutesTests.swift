import Reconciler
import Testing

@testable import APIServer

/// A receiver that answers every attempt alike.
struct SteadyReceiver: WebhookSender {
    let answer = Locked<WebhookAnswer>(.status(204, retryAfter: nil))
    func secret(at place: WebhookSpec.SecretPlace) async throws(WebhookSignature.Fault) -> String { "" }
    func send(_ request: WebhookRequest) async -> WebhookAnswer { answer.current }
}

@Suite("Webhooks over the API")
struct WebhookRoutesTests {
    @Test("are listed with how they do, and no more of their URL than the place")
    func list() async throws {
        let api = try await TestAPI()
        let response = try await api.ask(.get, "/as/v1/webhooks", as: .viewer)
        #expect(response.status == 200)
        #expect(response.list.count == 1)
        #expect(response.list[0]["name"] as? String == "ops")
        #expect(response.list[0]["origin"] as? String == "https://ops.example.org")
        #expect(response.list[0]["state"] as? String == "ok")
        #expect(!response.text.contains("hidden"))
        #expect(try await api.ask(.get, "/as/v1/webhooks", as: .app).status == 403)
    }

    @Test("are tested by operators, and the answer says what came of it")
    func test() async throws {
        let api = try await TestAPI()
        let good = try await api.ask(.post, "/as/v1/webhooks/ops/test", as: .operator)
        #expect(good.status == 200)
        #expect(good.json["delivered"] as? Bool == true)
        #expect(good.json["status"] as? Int == 204)
        api.receiver.answer.replace(with: .failed("cannot reach https://ops.example.org: no such host"))
        let bad = try await api.ask(.post, "/as/v1/webhooks/ops/test", as: .operator)
        #expect(bad.status == 200)
        #expect(bad.json["delivered"] as? Bool == false)
        #expect((bad.json["failure"] as? String)?.contains("no such host") == true)
        #expect(try await api.ask(.post, "/as/v1/webhooks/ops/test", as: .viewer).status == 403)
        #expect(try await api.ask(.post, "/as/v1/webhooks/opps/test").status == 404)
    }
}

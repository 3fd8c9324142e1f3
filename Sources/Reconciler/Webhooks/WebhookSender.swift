/// What carries deliveries out of the process.
package protocol WebhookSender: Sendable {
    /// The text at a place of secrets. Throws when there is none; the message never holds any of it.
    func secret(at place: WebhookSpec.SecretPlace) async throws(WebhookSignature.Fault) -> String
    /// One POST; it ends within the request's time-out, or soon after its task is cancelled. Redirects are not followed, certificates are
    /// verified, and of the answer only the head counts. Requests of different webhooks do not wait for one another.
    func send(_ request: WebhookRequest) async -> WebhookAnswer
}

/// One attempt.
package struct WebhookRequest: Sendable, Equatable {
    /// The webhook that it is of.
    package var webhook: String
    /// See ``WebhookSpec/url``.
    package var url: String
    /// What may be told of the URL in messages; see ``WebhookSpec/origin``.
    package var origin: String
    /// Names in lower case.
    package var headers: [String: String]
    /// What is posted.
    package var body: String
    /// For all of it.
    package var timeout: Duration
    /// See ``WebhookSpec/authorities``.
    package var authorities: String?

    /// All of it.
    package init(
        webhook: String, url: String, origin: String, headers: [String: String], body: String, timeout: Duration,
        authorities: String?
    ) {
        self.webhook = webhook
        self.url = url
        self.origin = origin
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.authorities = authorities
    }
}

internal import Crypto

/// One entry of `webhooks` in the Manager spec: which events go where.
package struct WebhookSpec: Sendable, Equatable {
    /// Where the secret is that signs what is sent.
    package enum SecretPlace: Sendable, Equatable {
        /// A file, read at each attempt.
        case file(String)
        /// A variable of the manager's environment.
        case variable(String)
    }

    /// What a body looks like.
    package enum Format: String, Sendable, Equatable, CaseIterable {
        /// JSON with `type`, `timestamp` and the event as `data`, as Standard Webhooks has it.
        case event
        /// `{"text": "…"}`, which Slack, Mattermost and others show as a line.
        case chat
    }

    /// Unique among the webhooks.
    package var name = ""
    /// `http://` or `https://`. It may hold a secret: nobody is shown more of it than ``origin``.
    package var url = ""
    /// Reasons of events, with `*` for any run of characters.
    package var events = ["*"]
    /// Events below this level are not sent.
    package var level: Event.Level = .info
    /// Only events about these node groups and what is in them; empty: about anything.
    package var nodeGroups: [String] = []
    /// Nil: nothing is signed.
    package var secret: SecretPlace?
    /// What a body looks like.
    package var format: Format = .event
    /// A PEM file with authorities that are believed beside the system's.
    package var authorities: String?
    /// For one attempt, from the look-up of the name to the head of the answer.
    package var timeout: Duration = .seconds(10)
    /// An event that waits longer than this is dropped.
    package var maxAge: Duration = .seconds(86_400)
    /// Of more events that wait, the oldest are dropped.
    package var maxBacklog = 10_000

    /// One without name and URL.
    package init() {}

    /// Scheme, host and port of the URL: `https://hooks.example.org`. What follows is often a secret.
    package var origin: String {
        let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count > 2 else { return "" }
        let host = parts[2].prefix { $0 != "?" && $0 != "#" }
        return "\(parts[0])//\(host.split(separator: "@").last ?? "")"
    }

    /// What changes when a receiver that said 410 is another one, or is asked anew: who answers is told by these.
    var receiver: String { Digest.sha256Hex(url) }
}

internal import Crypto

/// Where a git server says that something was pushed. Its word is worth a look at the repository and nothing more: what it says is not read.
package struct PushDoor: Sendable {
    /// What came of a call.
    enum Verdict: Equatable {
        /// It knows the secret.
        case right
        /// Why it is refused, in words for whoever set it up.
        case wrong(String)
    }

    private let secret: @Sendable () -> [UInt8]?
    /// Asks for a look at the repository; calls that come while one is due are one.
    let look: @Sendable () -> Void

    /// `secret` is asked at each call, so that it may be changed; nil: it cannot be read, and nobody is let in. `look` must bound by itself how
    /// often it does something: whoever knows the secret may call all the time.
    package init(secret: @escaping @Sendable () -> [UInt8]?, look: @escaping @Sendable () -> Void) {
        self.secret = secret
        self.look = look
    }

    /// Whether a call knows the secret: by GitHub's HMAC of the body (docs.github.com, "Validating webhook deliveries"), or by GitLab's
    /// token (docs.gitlab.com, "Webhooks"). The times of the comparisons tell nothing.
    func judge(_ request: HTTPRequest) -> Verdict {
        guard let secret = secret(), !secret.isEmpty else {
            return .wrong("the manager cannot read its secret, or it is too short")
        }
        if let field = request.headers.first(.hubSignature) {
            let prefix = Array("sha256=".utf8)
            let want = prefix + Self.hex(Digest.hmacSHA256(key: secret, message: request.body))
            return constantTimeEquals(Array(field), want)
                ? .right : .wrong("X-Hub-Signature-256 is not that of this body under the manager's secret")
        }
        if let field = request.headers.first(.gitlabToken) {
            // Of digests, so that not even the length of the secret shows.
            return constantTimeEquals(Digest.sha256(Array(field)), Digest.sha256(secret))
                ? .right : .wrong("X-Gitlab-Token is not the manager's secret")
        }
        return .wrong("a call needs X-Hub-Signature-256 (GitHub, Gitea, Forgejo) or X-Gitlab-Token (GitLab)")
    }

    private static func hex(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }
}

/// What a receiver answered to one attempt.
package enum WebhookAnswer: Sendable, Equatable {
    /// A status, with the text of `Retry-After` if it came.
    case status(Int, retryAfter: String?)
    /// There was no answer, or no attempt could be made; why, without a secret.
    case failed(String)
}

/// What becomes of a delivery after an attempt. Pure.
package enum WebhookVerdict: Sendable, Equatable {
    /// The receiver has it.
    case delivered
    /// The same again later, not before so long.
    case retry(after: Duration)
    /// The receiver does not want this one: the next.
    case refused
    /// The receiver wants no more of any.
    case gone

    /// Longer than this no receiver makes us wait: it would outlast what the queue keeps.
    static let longestRetryAfter: Duration = .seconds(3600)

    /// - 2xx: delivered. 410: gone, as Standard Webhooks says.
    /// - 401, 403, 404, 407, 408, 409, 421, 425 and 429 may be other in a while: the place or the key is being changed, or it is too early or
    ///   too much. They are tried again, as are 5xx, redirects, which are not followed, and no answer.
    /// - Any other 4xx is about this delivery, and would be the same each time.
    package init(_ answer: WebhookAnswer, at now: Timestamp) {
        switch answer {
        case .failed: self = .retry(after: .zero)
        case .status(let status, let retryAfter):
            switch status {
            case 200...299: self = .delivered
            case 410: self = .gone
            case 401, 403, 404, 407, 408, 409, 421, 425, 429:
                self = .retry(after: Self.wait(retryAfter, at: now))
            case 400...499: self = .refused
            default: self = .retry(after: Self.wait(retryAfter, at: now))
            }
        }
    }

    /// What `Retry-After` asks for: seconds, or a date (RFC 9110 section 10.2.3); zero when it says nothing that reads.
    static func wait(_ retryAfter: String?, at now: Timestamp) -> Duration {
        guard let text = retryAfter else { return .zero }
        var wait = Duration.zero
        if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            wait = Int64(text).map { .seconds(min($0, 86_400)) } ?? longestRetryAfter
        } else if let date = Self.date(text) {
            wait = date - now
        }
        return min(max(wait, .zero), longestRetryAfter)
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7): the form that servers must send. Nil for others.
    private static func date(_ text: String) -> Timestamp? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let month = months.firstIndex(of: String(words[2])) else {
            return nil
        }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return Timestamp("\(words[3])-\(number)-\(words[1])T\(words[4])Z")
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}

/// How long a webhook waits after attempts that failed.
package enum WebhookBackoff {
    static let first: Duration = .seconds(2)
    static let longest: Duration = .seconds(300)

    /// Doubling from ``first`` to ``longest``, up to a quarter shorter by chance so that managers do not march in step, and never less than
    /// the receiver asked for. `attempts` counts those that failed in a row, from 1.
    package static func delay(
        after attempts: Int, atLeast asked: Duration, using random: inout some RandomNumberGenerator
    ) -> Duration {
        let doubled = first.wholeMilliseconds << Int64(min(max(attempts, 1) - 1, 16))
        let capped = min(doubled, longest.wholeMilliseconds)
        let jitter = Int64(Double(capped) * 0.25 * Double(random.next() >> 11) * 0x1p-53)
        return max(.milliseconds(capped - jitter), asked)
    }
}

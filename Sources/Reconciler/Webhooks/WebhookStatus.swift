/// How one webhook does, for people.
package struct WebhookStatus: Sendable, Equatable {
    /// In a word.
    package enum State: String, Sendable, CaseIterable {
        /// What was tried last went well, or nothing was tried.
        case ok
        /// Attempts fail; events wait.
        case failing
        /// The event that was sent last was refused, and is not sent again.
        case refused
        /// The receiver answered 410: nothing is sent.
        case gone
    }

    /// Why events are not sent.
    package enum Loss: String, Sendable, CaseIterable {
        /// The receiver refused them.
        case refused
        /// They waited too long.
        case age
        /// Too many waited.
        case backlog
        /// The receiver wants no more of any.
        case gone
    }

    /// What was done since the start of the process. Counts only grow.
    package struct Counts: Sendable, Equatable {
        /// Deliveries that were taken.
        package var delivered = 0
        /// Attempts that are to be made again.
        package var failed = 0
        /// Events that are never sent.
        package var lost: [Loss: Int] = [:]
    }

    /// Its name in the spec.
    package var name: String
    /// Scheme, host and port of its URL.
    package var origin: String
    /// How it does.
    package var state: State
    /// Events that wait.
    package var backlog: Int
    /// What is kept of it.
    package var standing: WebhookStanding
    /// What was done.
    package var counts: Counts
}

extension WebhookStanding {
    /// How its receiver does, in a word.
    var state: WebhookStatus.State {
        if failingSince != nil { return .failing }
        return wasRefused == true ? .refused : .ok
    }
}

/// What came of a test delivery.
package struct WebhookTest: Sendable, Equatable {
    /// Its `webhook-id`.
    package var id: String
    /// The receiver took it.
    package var isDelivered: Bool
    /// What the receiver answered; nil when it did not.
    package var status: Int?
    /// Why it was not taken, in words.
    package var failure: String?
    /// From the request to the answer.
    package var duration: Duration
}

extension WebhookAnswer {
    /// What went wrong, in words.
    var complaint: String {
        switch self {
        case .status(let status, _) where (300...399).contains(status):
            "it answered \(status): redirects are not followed"
        case .status(let status, _): "it answered \(status)"
        case .failed(let text): text
        }
    }
}

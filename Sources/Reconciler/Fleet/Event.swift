/// Something that an operator may want to know later. Events are kept, bounded, in the store, which counts those that repeat.
package struct Event: Sendable, Equatable {
    /// How much it matters.
    package enum Level: String, Sendable, Codable, CaseIterable {
        case info, warning, error
    }

    /// What makes two events the same one: all that they say, without when.
    package struct Identity: Sendable, Hashable {
        /// That of the event, as the three below.
        package var level: Level
        /// ``Event/reason``.
        package var reason: String
        /// ``Event/subject``.
        package var subject: String
        /// ``Event/message``.
        package var message: String
    }

    /// Given by the store, growing; 0 until stored. A repetition gets a new one, so that who reads on after an id sees it.
    package var id: Int64
    /// When it happened; the last time, if it did several times.
    package var at: Timestamp
    /// When it happened first: ``at`` for one that did not repeat.
    package var firstAt: Timestamp
    /// How many times it happened, at least 1.
    package var count: Int
    /// How much it matters.
    package var level: Level
    /// A stable word for programs, UpperCamelCase as in Kubernetes: `NodeCreated`, `ListFailed`.
    package var reason: String
    /// What it is about: a node id, a pool, a provider scope, a file.
    package var subject: String
    /// The sentence for people, with the numbers in it. One that may repeat holds nothing that changes from time to time, such
    /// as the number of an attempt: it would never be counted.
    package var message: String
    /// The commit of the spec under which it happened, or which it is about; nil where no repository is followed.
    package var commit: GitCommit.Mark?

    /// One that happened once, unless said otherwise.
    package init(
        id: Int64 = 0, at: Timestamp, firstAt: Timestamp? = nil, count: Int = 1, level: Level = .info, reason: String,
        subject: String, message: String
    ) {
        self.id = id
        self.at = at
        self.firstAt = firstAt ?? at
        self.count = count
        self.level = level
        self.reason = reason
        self.subject = subject
        self.message = message
    }

    /// What it says, without when.
    package var identity: Identity {
        Identity(level: level, reason: reason, subject: subject, message: message)
    }

    /// Both as one, without an id: as often as both together, and last when `later` was. Nil when they do not say the same, or
    /// `later` is not within ``StoreLimits/eventRepeat`` of the last time. A clock that was set back does not part them.
    package func repeated(by later: Event) -> Event? {
        let gap = max(at, later.at) - min(at, later.at)
        guard gap <= StoreLimits.eventRepeat, identity == later.identity else { return nil }
        var both = later
        both.id = 0
        both.count += count
        both.firstAt = min(firstAt, later.firstAt)
        return both
    }
}

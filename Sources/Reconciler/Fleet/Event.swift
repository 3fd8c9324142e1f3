/// Something that an operator may want to know later. Events are kept, bounded, in the store.
package struct Event: Sendable, Equatable, Codable {
    package enum Level: String, Sendable, Codable {
        case info, warning, error
    }

    /// Given by the store, growing; 0 until stored.
    package var id: Int64
    package var at: Timestamp
    package var level: Level
    /// A stable word for programs, UpperCamelCase as in Kubernetes: `NodeCreated`, `ListFailed`.
    package var reason: String
    /// What it is about: a node id, a pool, a provider scope, a file.
    package var subject: String
    /// The sentence for people, with the numbers in it.
    package var message: String

    package init(
        id: Int64 = 0, at: Timestamp, level: Level = .info, reason: String, subject: String, message: String
    ) {
        self.id = id
        self.at = at
        self.level = level
        self.reason = reason
        self.subject = subject
        self.message = message
    }
}

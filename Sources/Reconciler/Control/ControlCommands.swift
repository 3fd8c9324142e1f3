/// What the API may ask of the control loop; each is carried out within the loop's own turn and recorded as an event.
package protocol ControlCommands: Sendable {
    /// Releases the removals that a plan holds under this hash (safety rule 7).
    /// Throws when no present hold has the hash.
    func approve(_ hash: String, by user: String) async throws(CommandFailure)
    /// No new assignments to a node, or an end of that.
    func cordon(_ node: NodeID, _ cordoned: Bool, by user: String) async throws(CommandFailure)
}

/// Why a command was refused.
package enum CommandFailure: Error, Equatable, Sendable {
    case notFound(String)
    case conflict(String)
    /// The store could not record it.
    case unavailable(String)

    package var message: String {
        switch self {
        case .notFound(let text), .conflict(let text), .unavailable(let text): text
        }
    }
}

/// Nodes as local processes: one command line per role.
package struct ProcessSpec: Sendable, Equatable {
    /// In `settings` of a region or a role: where its nodes listen, in place of ``address``.
    package static let addressSetting = "address"

    /// By role name.
    package var roles: [String: Command]
    /// The address that nodes listen on and clients are sent to.
    package var address: String = "127.0.0.1"
    /// Free ports are taken from this range; nil: the system picks.
    package var ports: ClosedRange<Int>?
    /// From TERM to KILL when a node is destroyed.
    package var stopTimeout: Duration = .seconds(10)

    package struct Command: Sendable, Equatable {
        /// Program and arguments; `{{nodeId}}`, `{{port.rtmp}}` and the like are filled in.
        package var arguments: [String]
        package var environment: [String: String] = [:]
        package var workingDirectory: String?
        /// The spec file's place, against which relative paths are resolved.
        package var source: SourceLocation?
        package init(arguments: [String]) { self.arguments = arguments }
    }

    package init(roles: [String: Command]) { self.roles = roles }
}

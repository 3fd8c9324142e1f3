package import Reconciler

/// What a token lets its bearer do.
package enum Role: String, Sendable, CaseIterable {
    /// Everything.
    case admin
    /// Cordon, approve, and everything that a viewer and an application may.
    case `operator`
    /// Looks at everything, changes nothing.
    case viewer
    /// Publish, subscribe and the list of streams.
    case app
    /// One media node: its own heartbeats and callbacks.
    case node

    /// The role of a user in the store.
    package init(_ role: StoredUser.Role) {
        switch role {
        case .admin: self = .admin
        case .operator: self = .operator
        case .viewer: self = .viewer
        case .app: self = .app
        }
    }
}

/// Some roles, as one byte.
package struct RoleSet: OptionSet, Sendable, Hashable {
    /// One bit for each role.
    package let rawValue: UInt8

    /// The roles whose bits are set.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// One role.
    package init(_ role: Role) {
        switch role {
        case .admin: self = .admin
        case .operator: self = .operator
        case .viewer: self = .viewer
        case .app: self = .app
        case .node: self = .node
        }
    }

    /// See ``Role/admin``.
    package static let admin = RoleSet(rawValue: 1)
    /// See ``Role/operator``.
    package static let `operator` = RoleSet(rawValue: 2)
    /// See ``Role/viewer``.
    package static let viewer = RoleSet(rawValue: 4)
    /// See ``Role/app``.
    package static let app = RoleSet(rawValue: 8)
    /// See ``Role/node``.
    package static let node = RoleSet(rawValue: 16)

    /// Who changes things by hand.
    package static let operators: RoleSet = [.admin, .operator]
    /// Who sees the cluster.
    package static let readers: RoleSet = [.admin, .operator, .viewer]
    /// People and programs that log in.
    package static let users: RoleSet = [.admin, .operator, .viewer, .app]
    /// Who asks where to publish and subscribe.
    package static let routers: RoleSet = [.admin, .operator, .app]

    /// The names, for messages.
    package var names: String {
        Role.allCases.filter { contains(RoleSet($0)) }.map(\.rawValue).joined(separator: ", ")
    }
}

/// Who calls: what a verified token says.
package struct Principal: Sendable, Equatable {
    /// A user's name, a node's id, or `token:NAME`, which no user's name can be.
    package var subject: String
    /// What it may do.
    package var roles: RoleSet
    /// What it came with.
    package var credential: Credential?

    /// What a caller showed.
    package enum Credential: Sendable, Equatable {
        /// An access token of this session.
        case session(String)
        /// The API token with this id.
        case token(String)
        /// A node's own.
        case node

        /// For the audit log.
        package var text: String {
            switch self {
            case .session(let id): "session:\(id)"
            case .token(let id): "token:\(id)"
            case .node: "node"
            }
        }
    }

    /// The session, when it is one of a user.
    var session: String? { if case .session(let id) = credential { id } else { nil } }
}

internal import Reconciler

// What may change of users and sessions. Each takes what is, and returns the change or says why not.
extension StoredIdentity {
    /// Users at most: all of them are in memory.
    static var maximumUsers: Int { 10_000 }
    /// Sessions of one user; the oldest end when there are more.
    static var maximumSessionsOfUser: Int { 1000 }
    /// Sessions of all users.
    static var maximumSessions: Int { 20_000 }
    /// Tokens of machines.
    static var maximumTokens: Int { 1000 }

    /// The user with this name.
    func existing(_ name: String) throws(CommandFailure) -> StoredUser {
        guard let user = users[name] else { throw .notFound("there is no user '\(name)'") }
        return user
    }

    /// A new user.
    func creating(_ user: StoredUser) throws(CommandFailure) -> IdentityChange {
        let folded = user.name.lowercased()
        if let other = users.keys.first(where: { $0.lowercased() == folded }) {
            throw .conflict(
                other == user.name
                    ? "the user '\(other)' exists already"
                    : "there is a user '\(other)', whose name differs only in case")
        }
        guard users.count < Self.maximumUsers else { throw .conflict("there are \(users.count) users, the most") }
        var change = IdentityChange()
        change.users[user.name] = user
        return change
    }

    /// Another role, or whether it may log in. Both end the user's sessions, since their tokens say something else.
    func changing(
        _ name: String, role: StoredUser.Role?, disabled: Bool?
    ) throws(CommandFailure) -> IdentityChange {
        let old = try existing(name)
        var user = old
        if let role { user.role = role }
        if let disabled { user.disabled = disabled }
        if user == old { return IdentityChange() }
        if user.role != .admin || user.disabled { try keepAnAdmin(without: old) }
        var change = endingSessions(of: name)
        change.users[name] = user
        return change
    }

    /// Forgets a user, with all sessions.
    func deleting(_ name: String) throws(CommandFailure) -> IdentityChange {
        try keepAnAdmin(without: try existing(name))
        var change = endingSessions(of: name)
        change.users[name] = StoredUser?.none
        return change
    }

    /// Whether a caller may still what it could when its token was looked at: hashing a password takes long enough to be disabled
    /// meanwhile.
    func requireStanding(_ caller: Principal?) throws(CommandFailure) {
        let stands: Bool
        switch caller?.credential {
        case .session(let id):
            // Disabling, another role, another password: each ends the sessions.
            stands = sessions[id].map { caller?.roles.contains(RoleSet(Role($0.role))) ?? false } ?? false
        case .token(let id):
            stands = tokens[id].map { caller?.roles.contains(RoleSet(Role($0.role))) ?? false } ?? false
        case .node, nil: stands = false
        }
        if !stands { throw .conflict("the session or token of this request has ended meanwhile; nothing was changed") }
    }

    /// A new password, which ends all sessions: who had the old one is out. `checked`: the user whose old password was right, if it was
    /// asked for; another change since then wins.
    func settingPassword(
        of name: String, to hash: String, ifStill checked: StoredUser? = nil
    ) throws(CommandFailure) -> IdentityChange {
        var user = try existing(name)
        if let checked, user != checked {
            throw .conflict("the user '\(name)' was changed meanwhile; log in again")
        }
        user.passwordHash = hash
        var change = endingSessions(of: name)
        change.users[name] = user
        return change
    }

    /// Somebody must be able to make users: the last enabled admin stays.
    private func keepAnAdmin(without user: StoredUser) throws(CommandFailure) {
        guard user.role == .admin, !user.disabled else { return }
        let others = users.values.contains { $0.role == .admin && !$0.disabled && $0.name != user.name }
        if !others {
            throw .conflict("'\(user.name)' is the last enabled admin; make another one first")
        }
    }

    /// Ends all sessions of a user.
    func endingSessions(of name: String) -> IdentityChange {
        var change = IdentityChange()
        for session in sessions.values where session.user == name { change.sessions[session.id] = StoredSession?.none }
        return change
    }

    /// Ends one session; nil for `user` means anybody's.
    func endingSession(_ id: String, of user: String?) throws(CommandFailure) -> IdentityChange {
        // One of somebody else is as if it were not there: its id is nobody's business.
        guard let session = sessions[id], user == nil || session.user == user else {
            throw .notFound("there is no session '\(id)'")
        }
        var change = IdentityChange()
        change.sessions[session.id] = StoredSession?.none
        return change
    }

    /// A new session of a user who proved to be one, with an access token until `tokenExpiry` signed by `key`. Of too many the oldest
    /// end, and those that are over go.
    func opening(
        _ session: StoredSession, of checked: StoredUser, tokenExpiry: Timestamp, signedBy key: String
    ) throws(CommandFailure) -> IdentityChange {
        // Disabled, deleted, or given another role or password since the password was checked.
        guard let user = users[session.user], !user.disabled, user == checked else {
            throw .conflict("the user '\(session.user)' was changed meanwhile; log in again")
        }
        let now = session.createdAt
        var change = IdentityChange()
        var living: [StoredSession] = []
        for old in sessions.values {
            if old.expiresAt <= now { change.sessions[old.id] = StoredSession?.none } else { living.append(old) }
        }
        let own = living.filter { $0.user == session.user }
        if own.count >= Self.maximumSessionsOfUser {
            // Whoever logs in all the time pays with sessions of its own.
            end(oldest: own.count + 1 - Self.maximumSessionsOfUser, of: own, in: &change)
        } else if living.count >= Self.maximumSessions {
            // Whoever has most makes room, so that many logins of some keep nobody else out.
            let most = Dictionary(grouping: living, by: \.user).max {
                ($0.value.count, $1.key) < ($1.value.count, $0.key)
            }
            end(oldest: living.count + 1 - Self.maximumSessions, of: most?.value ?? [], in: &change)
        }
        change.sessions[session.id] = session
        note(tokenExpiry, signedBy: key, in: &change)
        return change
    }

    private func end(oldest count: Int, of sessions: [StoredSession], in change: inout IdentityChange) {
        for old in sessions.sorted(by: { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }).prefix(count) {
            change.sessions[old.id] = StoredSession?.none
        }
    }

    /// Remembers until when the key is needed.
    func note(_ expiry: Timestamp, signedBy id: String, in change: inout IdentityChange) {
        guard var key = keys[id], key.lastExpiry.map({ $0 < expiry }) ?? true else { return }
        key.lastExpiry = expiry
        change.keys[id] = key
    }
}

internal import Reconciler

/// What a user does with the own login: sees and ends sessions, changes the password.
struct SessionRoutes: Sendable {
    /// What they work with.
    let services: APIServices

    /// Their lines of the route table.
    var routes: [Route] {
        [
            Route(
                .post, "/as/v1/auth/logout", .roles(.users), "Ends the session of the token",
                bodyLimit: CommandBody.limit, audited: true,
                .later { call async throws(Problem) in
                    try CommandBody.requireNothing(in: call.request.body)
                    return try await end(try Self.session(call), call)
                }
            )
            .in(.identity).query().answersEmpty(204, "It is over.").fails(409, "An API token has no session."),
            Route(
                .get, "/as/v1/auth/sessions", .roles(.users), "The caller's sessions; with 'all' those of everybody",
                .later { call async throws(Problem) in try list(call) }
            )
            .in(.identity).query(.flag("all", "Those of everybody; for an admin.")).answers(
                .list(of: APISchemas.reference("Session")), "The sessions."),
            Route(
                .delete, "/as/v1/auth/sessions", .roles(.users), "Ends all sessions of the caller", audited: true,
                .later { call async throws(Problem) in
                    _ = try Self.session(call)
                    var response = try await services.change(by: call.principal) { identity in
                        identity.endingSessions(of: call.caller)
                    }
                    response.isMinor = true
                    return response
                }
            )
            .in(.identity).query().answersEmpty(204, "They are over.").fails(409, "An API token has no session."),
            Route(
                .delete, "/as/v1/auth/sessions/{id}", .roles(.users),
                "Ends a session: one of the caller, or any for an admin", audited: true,
                .later { call async throws(Problem) in try await end(try call.capture(0, "session id"), call) }
            )
            .in(.identity).query().answersEmpty(204, "It is over.").fails(404, "There is no such session."),
            Route(
                .post, "/as/v1/auth/password", .roles(.users),
                "Changes the caller's password, and ends all of the caller's sessions", bodyLimit: CommandBody.limit,
                audited: true, .later { call async throws(Problem) in try await changePassword(call) }
            )
            .in(.identity).query()
            .body(
                .record([.text("currentPassword"), APISchemas.newPassword("newPassword")], isClosed: true),
                example: ["currentPassword": "four green lamps 7", "newPassword": "eight blue chairs 2"]
            )
            .answersEmpty(204, "It is changed.").fails(400, "The new password will not do.")
            .fails(409, "An API token has no password."),
        ]
    }

    /// The session of the caller, who may have come with an API token, which has none.
    private static func session(_ call: RouteCall) throws(Problem) -> String {
        guard let session = call.principal?.session else {
            throw Problem(409, "an API token has neither session nor password; log in as a user")
        }
        return session
    }

    private func end(_ id: String, _ call: RouteCall) async throws(Problem) -> HTTPResponse {
        let isAdmin = call.principal?.roles.contains(.admin) ?? false
        let isOwn = services.identities.snapshot.identity.sessions[id]?.user == call.caller
        var response = try await services.change(by: call.principal) { identity throws(CommandFailure) in
            try identity.endingSession(id, of: isAdmin ? nil : call.caller)
        }
        response.isMinor = isOwn
        return response
    }

    private func list(_ call: RouteCall) throws(Problem) -> HTTPResponse {
        let fields = call.request.fields
        let all = try fields.flag("all")
        if all, call.principal?.roles.contains(.admin) != true {
            throw .forbidden("only an admin sees the sessions of others")
        }
        return services.sessionList(of: all ? nil : call.caller, call)
    }

    private func changePassword(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        _ = try Self.session(call)
        var (current, next) = ("", "")
        try CommandBody.read(call.request.body, fields: ["currentPassword", "newPassword"]) {
            (reader, name) throws(JSONFault) in
            if name == "newPassword" { next = try reader.string() } else { current = try reader.string() }
        }
        if current.isEmpty || next.isEmpty { throw .badRequest("the body needs 'currentPassword' and 'newPassword'") }
        if let fault = PasswordRules.fault(next, of: call.caller) { throw .badRequest("the new password \(fault)") }
        let checked: StoredUser
        do throws(Problem) {
            checked = try await services.authenticate(call.caller, current, call.request)
        } catch {
            // Not 401: the token is good.
            if error.status == 401 { throw .forbidden("the current password is wrong") }
            throw error
        }
        if current == next { throw .badRequest("the new password is the old one") }
        return try await services.setPassword(of: call.caller, next, by: call.principal, ifStill: checked)
    }
}

extension APIServices {
    /// Makes a change of users and sessions, if `caller` may still what it could; 204, or what to answer otherwise.
    func change(
        by caller: Principal?, _ decide: (StoredIdentity) throws(CommandFailure) -> IdentityChange
    ) async throws(Problem) -> HTTPResponse {
        do throws(CommandFailure) {
            try await identities.change { identity throws(CommandFailure) in
                // In each attempt: what it lost to may have been its own end.
                try identity.requireStanding(caller)
                return try decide(identity)
            }
        } catch {
            throw Problem(error)
        }
        return .empty(204)
    }

    /// Gives a user a password that was found good.
    func setPassword(
        of name: String, _ password: String, by caller: Principal?, ifStill checked: StoredUser? = nil
    ) async throws(Problem) -> HTTPResponse {
        let hash: String
        do throws(CommandFailure) {
            _ = try identities.snapshot.identity.existing(name)
            hash = try await users.hash(password)
        } catch {
            throw Problem(error)
        }
        return try await change(by: caller) { identity throws(CommandFailure) in
            try identity.settingPassword(of: name, to: hash, ifStill: checked)
        }
    }

    /// The living sessions of a user, or of everybody for nil, the newest first.
    func sessionList(of user: String?, _ call: RouteCall) -> HTTPResponse {
        let sessions = identities.snapshot.identity.sessions.values
            .filter { ($0.user == user || user == nil) && call.now < $0.expiresAt }
            .sorted { ($1.createdAt, $1.id) < ($0.createdAt, $0.id) }
        return .json(
            JSONWriter.list(sessions) { json, session in
                json.beginObject()
                json.field("id", session.id)
                json.field("username", session.user)
                json.field("role", session.role.rawValue)
                json.field("createdAt", session.createdAt)
                json.field("renewedAt", session.renewedAt)
                json.field("expiresAt", session.expiresAt)
                json.field("address", session.address)
                json.field("renewable", session.refresh != nil)
                json.field("current", session.id == call.principal?.session)
                json.endObject()
            })
    }
}

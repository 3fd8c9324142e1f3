internal import Reconciler

/// Users, as admins make and change them.
struct UserRoutes: Sendable {
    /// What they work with.
    let services: APIServices

    /// Their lines of the route table.
    var routes: [Route] {
        [
            Route(
                .get, "/as/v1/users", .roles(.admin), "All users, in the order of their names",
                .later { call async throws(Problem) in try list(call) }
            )
            .in(.identity).query().answers(.list(of: APISchemas.reference("User")), "The users."),
            Route(
                .post, "/as/v1/users", .roles(.admin), "Makes a user with a role and a password",
                bodyLimit: CommandBody.limit, .later { call async throws(Problem) in try await create(call) }
            )
            .in(.identity).query().body(
                APISchemas.reference("NewUser"),
                example: ["username": "ann", "password": "four green lamps 7", "role": "operator"]
            )
            .answers(APISchemas.reference("User"), "The user.", status: 201)
            .fails(400, "The name or the password will not do.").fails(409, "The name is taken."),
            Route(
                .get, "/as/v1/users/{name}", .roles(.admin), "One user",
                .later { call async throws(Problem) in answer(try existing(call)) }
            )
            .in(.identity).query().answers(APISchemas.reference("User"), "The user.").fails(
                404, "There is no such user."),
            Route(
                .patch, "/as/v1/users/{name}", .roles(.admin),
                "Gives a user another role, disables or enables one; ends the user's sessions",
                bodyLimit: CommandBody.limit, .later { call async throws(Problem) in try await change(call) }
            )
            .in(.identity).query().body(APISchemas.reference("UserChange"), example: ["role": "viewer"])
            .answers(APISchemas.reference("User"), "The user, changed.").fails(404, "There is no such user.")
            .fails(409, "It is the last admin that can log in."),
            Route(
                .delete, "/as/v1/users/{name}", .roles(.admin), "Forgets a user, and ends the user's sessions",
                .later { call async throws(Problem) in
                    let name = try Self.name(call)
                    return try await services.change(by: call.principal) { identity throws(CommandFailure) in
                        try identity.deleting(name)
                    }
                }
            )
            .in(.identity).query().answersEmpty(204, "It is forgotten.").fails(404, "There is no such user.")
            .fails(409, "It is the last admin that can log in."),
            Route(
                .post, "/as/v1/users/{name}/password", .roles(.admin),
                "Gives a user another password, and ends the user's sessions", bodyLimit: CommandBody.limit,
                .later { call async throws(Problem) in try await setPassword(call) }
            )
            .in(.identity).query().body(
                .record([APISchemas.newPassword("password")], isClosed: true),
                example: ["password": "four green lamps 7"]
            )
            .answersEmpty(204, "It is changed.").fails(400, "The password will not do.").fails(
                404, "There is no such user."),
            Route(
                .get, "/as/v1/users/{name}/sessions", .roles(.admin), "The sessions of a user",
                .later { call async throws(Problem) in services.sessionList(of: try existing(call).name, call) }
            )
            .in(.identity).query().answers(.list(of: APISchemas.reference("Session")), "The sessions.").fails(
                404, "There is no such user."),
            Route(
                .delete, "/as/v1/users/{name}/sessions", .roles(.admin), "Ends all sessions of a user",
                .later { call async throws(Problem) in
                    let name = try Self.name(call)
                    return try await services.change(by: call.principal) { identity throws(CommandFailure) in
                        identity.endingSessions(of: try identity.existing(name).name)
                    }
                }
            )
            .in(.identity).query().answersEmpty(204, "They are over.").fails(404, "There is no such user."),
        ]
    }

    private static func name(_ call: RouteCall) throws(Problem) -> String {
        return try call.capture(0, "user name")
    }

    private func existing(_ call: RouteCall) throws(Problem) -> StoredUser {
        let name = try Self.name(call)
        do throws(CommandFailure) {
            return try services.identities.snapshot.identity.existing(name)
        } catch {
            throw Problem(error)
        }
    }

    private func list(_ call: RouteCall) throws(Problem) -> HTTPResponse {
        let identity = services.identities.snapshot.identity
        return .json(
            JSONWriter.list(identity.users.values.sorted { $0.name < $1.name }) { json, user in
                Self.write(user, identity, into: &json)
            })
    }

    private func answer(_ user: StoredUser, status: Int = 200) -> HTTPResponse {
        var json = JSONWriter()
        Self.write(user, services.identities.snapshot.identity, into: &json)
        return .json(json.bytes, status: status)
    }

    private static func write(_ user: StoredUser, _ identity: StoredIdentity, into json: inout JSONWriter) {
        json.beginObject()
        json.field("username", user.name)
        json.field("role", user.role.rawValue)
        json.field("disabled", user.disabled)
        json.field("createdAt", user.createdAt)
        json.field("sessions", identity.sessions.values.count { $0.user == user.name })
        json.field("apiTokens", identity.tokens(madeBy: user.name))
        json.endObject()
    }

    private func create(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        var (name, password, role) = ("", "", StoredUser.Role?.none)
        try CommandBody.read(call.request.body, fields: ["username", "password", "role"]) {
            (reader, field) throws(JSONFault) in
            switch field {
            case "username": name = try reader.string()
            case "password": password = try reader.string()
            default: role = try reader.role()
            }
        }
        guard let role, !name.isEmpty, !password.isEmpty else {
            throw .badRequest("the body needs 'username', 'password' and 'role'")
        }
        if let fault = AccountName.fault(name) { throw .badRequest("the user name \(fault)") }
        if let fault = PasswordRules.fault(password, of: name) { throw .badRequest("the password \(fault)") }
        do throws(CommandFailure) {
            // Before a quarter of a second is spent on it.
            let draft = StoredUser(name: name, role: role, passwordHash: "", createdAt: call.now)
            _ = try services.identities.snapshot.identity.creating(draft)
            var user = draft
            user.passwordHash = try await services.users.hash(password)
            try await services.identities.change { [user] identity throws(CommandFailure) in
                try identity.requireStanding(call.principal)
                return try identity.creating(user)
            }
            var response = answer(user, status: 201)
            response.change = "username=\(name) role=\(role.rawValue)"
            return response
        } catch {
            throw Problem(error)
        }
    }

    private func change(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        let name = try Self.name(call)
        var (role, disabled) = (StoredUser.Role?.none, Bool?.none)
        try CommandBody.read(call.request.body, fields: ["role", "disabled"]) { (reader, field) throws(JSONFault) in
            if field == "role" { role = try reader.role() } else { disabled = try reader.bool() }
        }
        guard role != nil || disabled != nil else { throw .badRequest("the body needs 'role' or 'disabled'") }
        _ = try await services.change(by: call.principal) { identity throws(CommandFailure) in
            try identity.changing(name, role: role, disabled: disabled)
        }
        var response = answer(try existing(call))
        response.change = [role.map { "role=\($0.rawValue)" }, disabled.map { "disabled=\($0)" }].compactMap { $0 }
            .joined(separator: " ")
        return response
    }

    private func setPassword(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        let name = try Self.name(call)
        var password = ""
        try CommandBody.read(call.request.body, fields: ["password"]) { (reader, _) throws(JSONFault) in
            password = try reader.string()
        }
        if password.isEmpty { throw .badRequest("the body needs 'password'") }
        if let fault = PasswordRules.fault(password, of: name) { throw .badRequest("the password \(fault)") }
        return try await services.setPassword(of: name, password, by: call.principal)
    }
}

/// Names of users and of API tokens.
enum AccountName {
    /// Why a name is none, in words that follow "the name"; nil for a good one. No colon: `token:` begins what is no user's.
    static func fault(_ name: String) -> String? {
        guard (1...64).contains(name.utf8.count) else { return "has \(name.utf8.count) bytes, not 1 to 64" }
        let isGood = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
                UInt8(ascii: "@"):
                true
            default: false
            }
        }
        if !isGood { return "may have letters of a to z, digits and . _ - @ alone" }
        // Paths lose segments of dots.
        return name.first == "." || name.first == "-" ? "may not begin with '\(name.prefix(1))'" : nil
    }
}

extension JSONReader {
    /// Reads the name of a user's role.
    mutating func role() throws(JSONFault) -> StoredUser.Role {
        let name = try string()
        if let role = StoredUser.Role(rawValue: name) { return role }
        throw fault(
            "'\(name.prefix(40))' is no role; roles are "
                + StoredUser.Role.allCases.map(\.rawValue).joined(separator: ", "))
    }
}

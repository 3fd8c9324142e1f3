internal import Crypto
internal import Foundation
internal import Reconciler

/// Logging in, in both contracts' ways (reference/stream-manager-2.md 2.1), and renewing a login.
struct AuthRoutes: Sendable {
    /// What they work with.
    let services: APIServices

    /// A name and a password, nothing else.
    private static let bodyLimit = 8192

    /// Their lines of the route table.
    var routes: [Route] {
        [
            Route(
                .post, "/as/v1/auth/login", .anyone, "Gives tokens for a user name and a password in JSON",
                bodyLimit: Self.bodyLimit, audited: true,
                .later { call async throws(Problem) in
                    let (name, password) = try Self.credentials(inBody: call.request.body)
                    return Self.answer(try await login(name, password, isRenewable: true, call))
                }
            )
            .in(.identity).query().body(
                APISchemas.reference("Login"), example: ["username": "ann", "password": "four green lamps 7"]
            )
            .answers(APISchemas.reference("Token"), "The tokens.").fails(401, "The name or the password is wrong.")
            .fails(429, "Too many failed; wait as `Retry-After` says."),
            Route(
                .put, "/as/v1/auth/login", .anyone,
                "Gives a token for a user name and a password in 'Authorization: Basic'",
                bodyLimit: Self.bodyLimit, audited: true,
                .later { call async throws(Problem) in
                    let (name, password) = try Self.credentials(inHeader: call.request.headers)
                    let grant = try await login(name, password, isRenewable: false, call)
                    var json = JSONWriter()
                    json.beginObject()
                    json.field("token", grant.accessToken)
                    json.endObject()
                    return Self.by(grant.session, .json(json.bytes))
                }
            )
            .in(.product).query(bearingUnknown: []).answers(APISchemas.reference("PlainToken"), "The token.")
            .fails(401, "The name or the password is wrong.")
            .fails(429, "Too many failed; wait as `Retry-After` says."),
            Route(
                .post, "/as/v1/auth/refresh", .anyone, "Gives new tokens for a refresh token, which is good once",
                bodyLimit: Self.bodyLimit, audited: true,
                .later { call async throws(Problem) in try await refresh(call) }
            )
            .in(.identity).query().body(
                .record([.word("refreshToken")], isClosed: true),
                example: ["refreshToken": "smr_XNOuJDIAa_m0ZP7S.c2VjcmV0.c2VjcmV0"]
            )
            .answers(APISchemas.reference("Token"), "The tokens; the one that was sent is good no more.")
            .fails(401, "It is not known, over, or was used before: log in again."),
        ]
    }

    private static func answer(_ grant: SessionDesk.Grant) -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.field("accessToken", grant.accessToken)
        json.field("tokenType", "Bearer")
        json.field("expiresIn", grant.expiresIn)
        if let refreshToken = grant.refreshToken {
            json.field("refreshToken", refreshToken)
            json.field("refreshExpiresAt", grant.session.expiresAt)
        }
        json.endObject()
        return by(grant.session, .json(json.bytes))
    }

    private static func by(_ session: StoredSession, _ response: consuming HTTPResponse) -> HTTPResponse {
        response.caller = Principal(
            subject: session.user, roles: RoleSet(Role(session.role)), credential: .session(session.id))
        response.isMinor = true
        return response
    }

    private static func credentials(inBody body: [UInt8]) throws(Problem) -> (String, String) {
        var username: String?
        var password: String?
        do {
            var reader = JSONReader(body)
            try reader.object { (reader, name) throws(JSONFault) in
                switch name {
                case "username": username = try reader.string()
                case "password": password = try reader.string()
                default: try reader.skip()
                }
            }
            try reader.end()
        } catch {
            throw .badRequest("the body is not the JSON of a login: \(error.message)")
        }
        guard let username, let password else {
            throw .badRequest("the body needs 'username' and 'password'")
        }
        return (username, password)
    }

    /// `Basic` and base 64 of name, colon, password (RFC 7617).
    private static func credentials(inHeader headers: borrowing HTTPHeaders) throws(Problem) -> (String, String) {
        let scheme = Array("basic ".utf8)
        guard let value = headers.first(.authorization),
            value.prefix(scheme.count).equalsIgnoringCase(scheme),
            let decoded = Data(base64Encoded: Data(value.dropFirst(scheme.count))),
            let text = String(validating: decoded, as: UTF8.self), let colon = text.firstIndex(of: ":")
        else {
            throw .unauthorized("send 'Authorization: Basic' with name and password, or POST them as JSON")
        }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }

    private func login(
        _ name: String, _ password: String, isRenewable: Bool, _ call: RouteCall
    ) async throws(Problem) -> SessionDesk.Grant {
        let user = try await services.authenticate(name, password, call.request)
        do throws(CommandFailure) {
            return try await services.sessions.open(
                user, from: services.address(of: call.request), isRenewable: isRenewable, services.tokenPolicy,
                at: call.now)
        } catch {
            throw Problem(error)
        }
    }

    private func refresh(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        var token = ""
        try CommandBody.read(call.request.body, fields: ["refreshToken"]) { (reader, _) throws(JSONFault) in
            token = try reader.string()
        }
        if token.isEmpty { throw .badRequest("the body needs 'refreshToken'") }
        do throws(SessionDesk.RenewalFailure) {
            return Self.answer(try await services.sessions.renew(token, services.tokenPolicy, at: call.now))
        } catch {
            switch error {
            case .refused: throw .unauthorized("the refresh token is not known or over; log in again")
            case .reused(let user, let session):
                services.log(
                    "refresh token used twice user=\(JSONWriter.quoted(user)) session=\(session) "
                        + "address=\(services.address(of: call.request)): it was stolen, or an answer got lost; the session is ended"
                )
                // An answer and not an error: the audit log is to have whose session it was.
                var response = Problem.unauthorized(
                    "the refresh token was used before; its session has ended, log in again"
                ).response(to: call.request)
                response.caller = Principal(subject: user, roles: [], credential: .session(session))
                response.change = "the session is ended: its refresh token was used twice"
                return response
            case .unavailable(let message): throw .unavailable(message, retryAfter: .seconds(5))
            }
        }
    }
}

extension APIServices {
    /// The user with this name and password; throws what to answer otherwise.
    func authenticate(
        _ name: String, _ password: String, _ request: HTTPRequest
    ) async throws(Problem) -> StoredUser {
        // Behind a proxy all clients have one address: the failures of one must not keep the others out.
        let address = address(of: request)
        func refused(_ why: String) {
            log("login refused user=\(JSONWriter.quoted(name)) address=\(address) reason=\(why)")
        }
        switch await users.login(name, password: password, from: address) {
        case .granted(let user): return user
        case .refused:
            refused("credentials")
            throw .unauthorized("the user name or the password is wrong")
        case .tooMany(let wait):
            refused("too-many-failures")
            throw .tooMany("too many failed logins; wait \(wait.specText)", retryAfter: wait)
        case .busy:
            refused("busy")
            throw .unavailable("too many logins at once; try again", retryAfter: .seconds(2))
        }
    }
}

extension IPAddress {
    /// Who is behind it, for counting: the address itself, or of IPv6 its /64, all of which is one client's.
    var network: String {
        isVersion4 ? description : "\(IPAddress(bits: (bits >> 64) << 64))/64"
    }

    /// The site of an IPv6 address, its /48; nil for IPv4.
    var site: String? { isVersion4 ? nil : "\(IPAddress(bits: (bits >> 80) << 80))/48" }
}

extension JSONWriter {
    /// A text in quotes and escaped, for a log line; at most 64 characters of it.
    static func quoted(_ text: String) -> String { RouteAnswerBytes.quoted(String(text.prefix(64))) }
}

internal import Crypto
internal import Foundation
internal import Reconciler

/// Logging in, in both contracts' ways (reference/stream-manager-2.md 2.1).
struct AuthRoutes: Sendable {
    /// What they work with.
    let services: APIServices

    /// A name and a password, nothing else.
    private static let bodyLimit = 8192

    /// Their lines of the route table.
    var routes: [Route] {
        [
            Route(
                .post, "/as/v1/auth/login", .anyone, "Gives a token for a user name and a password in JSON",
                bodyLimit: Self.bodyLimit,
                .later { call async throws(Problem) in
                    let (name, password) = try Self.credentials(inBody: call.request.body)
                    return Self.answer(try await token(name, password, call), services.tokenLifetime)
                }
            )
            .in(.identity).query().body(APISchemas.reference("Login"))
            .answers(APISchemas.reference("Token"), "The token.").fails(401, "The name or the password is wrong.")
            .fails(429, "Too many failed; wait as `Retry-After` says."),
            Route(
                .put, "/as/v1/auth/login", .anyone,
                "Gives a token for a user name and a password in 'Authorization: Basic'",
                bodyLimit: Self.bodyLimit,
                .later { call async throws(Problem) in
                    let (name, password) = try Self.credentials(inHeader: call.request.headers)
                    var json = JSONWriter()
                    json.beginObject()
                    json.field("token", try await token(name, password, call))
                    json.endObject()
                    return .json(json.bytes)
                }
            )
            .in(.product).answers(APISchemas.reference("PlainToken"), "The token.")
            .fails(401, "The name or the password is wrong.").fails(
                429, "Too many failed; wait as `Retry-After` says."),
        ]
    }

    private static func answer(_ token: String, _ lifetime: Duration) -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.field("accessToken", token)
        json.field("tokenType", "Bearer")
        json.field("expiresIn", lifetime.components.seconds)
        json.endObject()
        return .json(json.bytes)
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
    private static func credentials(inHeader headers: HTTPHeaders) throws(Problem) -> (String, String) {
        let scheme = Array("basic ".utf8)
        guard let value = headers.first(HTTPHeaders.Name.authorization),
            value.prefix(scheme.count).equalsIgnoringCase(scheme),
            let decoded = Data(base64Encoded: Data(value.dropFirst(scheme.count))),
            let text = String(validating: decoded, as: UTF8.self), let colon = text.firstIndex(of: ":")
        else {
            throw .unauthorized("send 'Authorization: Basic' with name and password, or POST them as JSON")
        }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }

    private func token(_ name: String, _ password: String, _ call: RouteCall) async throws(Problem) -> String {
        // Behind a proxy all clients have one address: the failures of one must not keep the others out.
        let client = ClientAddress.of(call.request, trusting: services.live.view.trustedProxies)
        let address = client?.description ?? call.request.remoteAddress
        func refused(_ why: String) {
            services.log("login refused user=\(JSONWriter.quoted(name)) address=\(address) reason=\(why)")
        }
        switch await services.users.login(name, password: password, from: address) {
        case .granted(let user):
            do {
                return try services.tokens.issue(
                    subject: user.name, role: Role(user.role), lifetime: services.tokenLifetime)
            } catch {
                throw Problem(500, "signing the token failed: \(error.message)")
            }
        case .refused:
            refused("credentials")
            throw .unauthorized("the user name or the password is wrong")
        case .tooMany(let wait):
            refused("too-many-failures")
            throw .tooMany("too many failed logins; wait \(wait.specText)", retryAfter: wait)
        case .busy:
            refused("busy")
            throw .unavailable("too many logins at once; try again", retryAfter: .seconds(2))
        case .unavailable(let message):
            refused("store")
            throw .unavailable("the users cannot be read: \(message)", retryAfter: .seconds(5))
        }
    }
}

extension JSONWriter {
    /// A text in quotes and escaped, for a log line; at most 64 characters of it.
    static func quoted(_ text: String) -> String { RouteAnswerBytes.quoted(String(text.prefix(64))) }
}

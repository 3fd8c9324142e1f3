internal import Foundation
internal import Providers
internal import Reconciler

/// Asks a manager's API as the person who logged in.
struct ServerClient: Sendable {
    let server: String
    private let source: Source
    private let http: HTTPClient

    /// Where the token is from.
    private enum Source: Sendable {
        /// SMRECONCILE_TOKEN: it is what it is.
        case given(String)
        /// The last login, which can be renewed.
        case login(LoginRenewal)
    }

    /// The server and token of the command line, the environment or the last login, in this order. A stored token goes to no
    /// other server than the one that gave it.
    init(_ arguments: Arguments, _ console: Console) throws(CommandError) {
        http = HTTPClient(tls: ClientTLS(arguments, console.environment))
        let stored = Credentials.load(console.environment)
        let asked = arguments.value("server") ?? console.environment["SMRECONCILE_SERVER"] ?? stored?.server
        server = Self.base(asked ?? Self.standard)
        if let token = console.environment["SMRECONCILE_TOKEN"] {
            source = .given(token)
        } else if let stored, stored.server == server {
            source = .login(LoginRenewal(stored, console.environment))
        } else {
            throw CommandError("not logged in at \(server); run 'smreconcile login --server \(server)' first")
        }
    }

    static let standard = "http://127.0.0.1:5080"

    /// Without a slash at the end, with a scheme.
    static func base(_ server: String) -> String {
        let full = server.contains("://") ? server : "http://\(server)"
        return full.hasSuffix("/") ? String(full.dropLast()) : full
    }

    func get(_ path: String) async throws(CommandError) -> Data { try await send("GET", path) }

    /// A whole list that the manager gives in pages: one JSON list of all of them.
    func list(_ path: String) async throws(CommandError) -> Data {
        var pages: [Data] = []
        var next: String? = path
        while let path = next {
            guard pages.count < Self.maximumPages else {
                throw CommandError("the manager's list has no end after \(pages.count) pages")
            }
            let response = try await exchange("GET", path)
            pages.append(response.body)
            next = LinkHeader.next(response.headers["link"])
        }
        if pages.count == 1 { return pages[0] }
        let members = pages.map(Self.members).filter { !$0.isEmpty }
        return Data("[".utf8) + Data(members.joined(separator: Data(",".utf8))) + Data("]".utf8)
    }

    /// Ten million members in all.
    private static let maximumPages = 10_000

    /// What is between the brackets of a list.
    private static func members(_ list: Data) -> Data {
        let space = Set(" \t\r\n".utf8)
        let inner = list.drop { space.contains($0) || $0 == UInt8(ascii: "[") }
        guard let end = inner.lastIndex(of: UInt8(ascii: "]")) else { return Data() }
        return Data(inner[..<end])
    }

    func post(_ path: String, _ body: some Encodable = [String: String]()) async throws(CommandError) -> Data {
        try await send("POST", path, body: try? JSONEncoder().encode(body))
    }

    func patch(_ path: String, _ body: some Encodable) async throws(CommandError) -> Data {
        try await send("PATCH", path, body: try? JSONEncoder().encode(body))
    }

    func delete(_ path: String) async throws(CommandError) { _ = try await send("DELETE", path) }

    /// A name as part of a path or a query.
    static func escaped(_ name: String) -> String {
        var bytes: [UInt8] = []
        RouteAnswerBytes.percentEncode(name.utf8, into: &bytes)
        // One segment of a path: what a person types must not lead to another route.
        return String(decoding: bytes, as: UTF8.self).replacing("/", with: "%2F")
    }

    /// Reads an answer of the manager.
    static func decode<Answer: Decodable>(_ type: Answer.Type, from data: Data) throws(CommandError) -> Answer {
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch {
            throw CommandError("the manager's answer does not read: \(error)")
        }
    }

    private func send(_ method: String, _ path: String, body: Data? = nil) async throws(CommandError) -> Data {
        try await exchange(method, path, body: body).body
    }

    private func exchange(
        _ method: String, _ path: String, body: Data? = nil
    ) async throws(CommandError) -> HTTPResponse {
        let token: String
        switch source {
        case .given(let given): token = given
        case .login(let login): token = try await login.token(http)
        }
        var response = try await exchange(method, path, body: body, token)
        if response.status == 401, case .login(let login) = source, let next = try await login.renewed(token, http) {
            response = try await exchange(method, path, body: body, next)
        }
        guard response.isSuccess else {
            if response.status == 401 {
                let hint: String
                if case .given = source {
                    hint = "the token is that of SMRECONCILE_TOKEN"
                } else {
                    hint = "run 'smreconcile login --server \(server)'"
                }
                throw CommandError("\(Self.words(of: response)); \(hint)", status: 401)
            }
            throw CommandError(Self.words(of: response), status: response.status)
        }
        return response
    }

    private func exchange(
        _ method: String, _ path: String, body: Data?, _ token: String
    ) async throws(CommandError) -> HTTPResponse {
        let headers = ["Authorization": "Bearer \(token)", "Content-Type": "application/json"]
        return try await Self.perform(HTTPRequest(method, server + path, headers: headers, body: body), with: http)
    }

    static func perform(_ request: HTTPRequest, with http: HTTPClient) async throws(CommandError) -> HTTPResponse {
        do throws(HTTPFailure) {
            return try await http.send(request)
        } catch {
            throw CommandError("\(error)\(advice(request.url, error))", code: ExitCode.unreachable)
        }
    }

    /// What to do about a manager whose certificate is not believed.
    private static func advice(_ url: String, _ failure: HTTPFailure) -> String {
        guard case .unreachable(let words) = failure, words.contains("authority that is not known") else { return "" }
        return "; name the file of its authority with --ca or SMRECONCILE_CA"
    }

    /// What a problem answer says, else its status.
    static func words(of response: HTTPResponse) -> String {
        struct Problem: Decodable { var detail: String? }
        let detail = (try? JSONDecoder().decode(Problem.self, from: response.body))?.detail
        return detail.map { "\($0) (HTTP \(response.status))" } ?? "the manager answered HTTP \(response.status)"
    }

    func state() async throws(CommandError) -> StateDocument {
        let data = try await get("/as/v1/state")
        do throws(StateDocumentError) {
            return try StateDocument.read(data)
        } catch {
            throw CommandError("the manager's State document does not read: \(error.message)")
        }
    }
}

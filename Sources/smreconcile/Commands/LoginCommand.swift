internal import Foundation
internal import Providers

/// `smreconcile login`: a token for the commands that ask a server.
enum LoginCommand: Command {
    static let name = "login"
    static let summary = "logs in at a manager and keeps the token for get, state, plan and the like"
    static let usage = "[--server URL] [--user NAME]"
    static let options: [Option] = [
        .server, .authorities, .value("user", "u", "NAME", "who logs in (default: admin)"),
    ]

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        let server = ServerClient.base(
            arguments.value("server") ?? console.environment["SMRECONCILE_SERVER"] ?? ServerClient.standard)
        let user = arguments.value("user") ?? "admin"
        guard let password = Prompt.secret("password of \(user) at \(server):", console), !password.isEmpty else {
            throw CommandError("no password given")
        }
        let body = try JSONEncoder().encode(["username": user, "password": password])
        let response = try await ServerClient.perform(
            HTTPRequest(
                "POST", "\(server)/as/v1/auth/login", headers: ["Content-Type": "application/json"], body: body),
            with: HTTPClient(tls: ClientTLS(arguments, console.environment)))
        struct Answer: Decodable { var accessToken: String }
        guard response.isSuccess, let answer = try? JSONDecoder().decode(Answer.self, from: response.body) else {
            throw CommandError(ServerClient.words(of: response))
        }
        let path = try Credentials(server: server, token: answer.accessToken).save(console.environment)
        console.print("logged in at \(server) as \(user); the token is in \(path)")
        return ExitCode.done
    }
}

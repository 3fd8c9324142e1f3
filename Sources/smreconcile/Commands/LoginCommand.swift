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
        guard response.isSuccess else { throw CommandError(ServerClient.words(of: response)) }
        let answer = try ServerClient.decode(Credentials.Answer.self, from: response.body)
        let path = try Credentials(server: server, user: user, answer, at: SystemTime().now())
            .save(console.environment)
        console.print("logged in at \(server) as \(user); the token is in \(path)")
        return ExitCode.done
    }
}

/// `smreconcile logout`: the end of a login, here and at the manager.
enum LogoutCommand: Command {
    static let name = "logout"
    static let summary = "ends the login: at the manager, and in the file where 'login' keeps it"
    static let usage = "[--server URL]"
    static let options: [Option] = [.server]

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        if console.environment["SMRECONCILE_TOKEN"] != nil {
            throw CommandError("the token is that of SMRECONCILE_TOKEN; 'logout' ends what 'login' began")
        }
        let client = try ServerClient(arguments, console)
        do throws(CommandError) {
            _ = try await client.post("/as/v1/auth/logout")
        } catch {
            // Over already is as good.
            guard error.status == 401 else { throw error }
        }
        Credentials.remove(console.environment)
        console.print("logged out at \(client.server)")
        return ExitCode.done
    }
}

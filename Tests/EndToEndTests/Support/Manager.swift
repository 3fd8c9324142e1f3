import Foundation
import Glibc
import Providers

/// A running `smreconcile run`, and the API as its admin sees it.
final class Manager {
    let workspace: Workspace
    let program: Program
    /// `http://127.0.0.1:PORT`.
    let url: String
    /// Printed at the first start on a data directory only.
    let password: String?
    /// That of this start or of the one before.
    private let adminPassword: String?
    /// From the start of the process to the printed address.
    let startTime: Duration
    /// The admin's token, after the login.
    private(set) var bearer: String?
    private let client = HTTPClient(handles: 2)

    /// Starts it and waits for its address. A manager that `follows` another one uses its token and its port.
    convenience init(
        _ workspace: Workspace, spec: String, data: String = "data", follows earlier: Manager? = nil,
        environment: [String: String] = [:]
    ) async throws {
        try await self.init(
            workspace, source: ["-f", spec], data: data, follows: earlier, environment: environment)
    }

    /// The same with any source of the spec, as the command line names it.
    init(
        _ workspace: Workspace, source: [String], data: String = "data", follows earlier: Manager? = nil,
        environment: [String: String] = [:]
    ) async throws {
        self.workspace = workspace
        let begin = ContinuousClock.now
        let listen = earlier.map { String($0.url.dropFirst("http://".count)) } ?? "127.0.0.1:0"
        let program = try workspace.start(
            [Workspace.binary, "run"] + source + ["--data", workspace.path(data), "--listen", listen],
            environment: environment)
        self.program = program
        do {
            url = try await eventually("the manager's address") {
                if let code = program.poll() { throw NeverHappened(description: "the manager ended with \(code)") }
                return Self.word(after: " serves ", in: program.out)
            }
        } catch {
            throw NeverHappened(description: "\(error); it said:\n\(program.out)\(program.error)")
        }
        startTime = ContinuousClock.now - begin
        password = Self.word(after: "admin password (shown this once): ", in: program.out)
        adminPassword = password ?? earlier?.adminPassword
        bearer = earlier?.bearer
    }

    /// The rest of the line, once the line is whole.
    private static func word(after mark: String, in text: String) -> String? {
        guard let start = text.range(of: mark), let end = text[start.upperBound...].firstIndex(of: "\n") else {
            return nil
        }
        return String(text[start.upperBound..<end])
    }

    // MARK: - The API

    /// Logs in as admin, with the password that was printed.
    func login() async throws {
        struct Answer: Decodable { var accessToken: String }
        let body = try JSONEncoder().encode(["username": "admin", "password": adminPassword ?? ""])
        let response = try await send("POST", "/as/v1/auth/login", body: body, token: nil)
        bearer = try JSONDecoder().decode(Answer.self, from: response.body).accessToken
    }

    /// One request with the admin's token.
    func send(_ method: String, _ path: String, body: Data? = nil) async throws -> HTTPResponse {
        if bearer == nil { try await login() }
        return try await send(method, path, body: body, token: bearer)
    }

    /// One request with another token, or without any.
    func send(_ method: String, _ path: String, body: Data? = nil, token: String?) async throws -> HTTPResponse {
        var headers = ["Content-Type": "application/json"]
        if let token { headers["Authorization"] = "Bearer \(token)" }
        return try await client.send(HTTPRequest(method, url + path, headers: headers, body: body))
    }

    /// The answer to a GET; throws the problem when it is one.
    func get<Answer: Decodable>(_ path: String, as type: Answer.Type = Answer.self) async throws -> Answer {
        let response = try await send("GET", path)
        guard response.isSuccess else {
            throw NeverHappened(
                description: "\(path) answered \(response.status): \(String(decoding: response.body, as: UTF8.self))")
        }
        return try JSONDecoder().decode(Answer.self, from: response.body)
    }

    /// The nodes in service.
    func serving(_ role: String? = nil) async throws -> [NodeAnswer] {
        try await get("/as/v1/nodes", as: [NodeAnswer].self).filter {
            $0.state == "inService" && (role == nil || $0.role == role)
        }
    }

    /// Waits until so many nodes are in service, and returns them.
    @discardableResult
    func serves(_ count: Int, _ role: String? = nil, within limit: Duration = .seconds(60)) async throws -> [NodeAnswer]
    {
        do {
            return try await eventually(
                "\(count) \(role ?? "node")s in service", within: limit, pace: .milliseconds(50)
            ) {
                let nodes = try await serving(role)
                return nodes.count == count ? nodes : nil
            }
        } catch let failure as NeverHappened {
            throw NeverHappened(description: "\(failure); the manager said:\n\(program.error)")
        }
    }

    /// Where to publish or subscribe; nil when there is no such place now.
    func route(_ action: String, _ stream: String) async throws -> RouteAnswer? {
        let response = try await send("GET", "/as/v1/streams/\(stream)/\(action)")
        guard response.isSuccess else { return nil }
        return try JSONDecoder().decode(RouteAnswer.self, from: response.body)
    }

    // MARK: - The end

    /// The end by SIGTERM.
    func stop(within limit: Duration = .seconds(5)) async throws -> Program.Outcome {
        program.signal(SIGTERM)
        return try await program.end(within: limit)
    }

    /// The end by SIGKILL.
    func crash() async throws {
        program.signal(SIGKILL)
        _ = try await program.end()
    }
}

internal import Foundation
internal import Glibc
internal import Providers
internal import Reconciler

/// The token that a command sends: from the environment, or of the last login, which it renews when it is over.
///
/// A refresh token is good once, and using it twice ends the login. So one command at a time renews, under a lock beside the file;
/// the next one finds what the first one stored.
final class LoginRenewal: Sendable {
    /// A token that ends so soon is renewed before it is sent.
    private static let margin: Duration = .seconds(10)
    /// How long another command's renewal is waited for.
    private static let patience: Duration = .seconds(15)

    private let environment: [String: String]
    private let time = SystemTime()
    private let known: Locked<Credentials>

    /// Tokens of a login.
    init(_ credentials: Credentials, _ environment: [String: String]) {
        self.environment = environment
        known = Locked(credentials)
    }

    /// A token that is good for a while, as far as is known.
    func token(_ http: HTTPClient) async throws(CommandError) -> String {
        let now = known.current
        guard let end = now.expiresAt, end - time.now() < Self.margin, now.refreshToken != nil else { return now.token }
        return try await renewed(now.token, http) ?? now.token
    }

    /// Another token in place of `refused`; nil when there is none to be had.
    func renewed(_ refused: String, _ http: HTTPClient) async throws(CommandError) -> String? {
        guard let path = Credentials.path(environment) else { return nil }
        let lock = try await lock(path + ".lock")
        defer { close(lock) }
        let stored = Credentials.load(environment)
        if let stored, stored.server == known.current.server, stored.token != refused {
            known.replace(with: stored)
            return stored.token
        }
        guard let current = stored, current.server == known.current.server, let refreshToken = current.refreshToken
        else { return nil }
        var request = HTTPRequest(
            "POST", "\(current.server)/as/v1/auth/refresh", headers: ["Content-Type": "application/json"],
            body: try? JSONEncoder().encode(["refreshToken": refreshToken]))
        request.isSentOnce = true
        let response = try await ServerClient.perform(request, with: http)
        if response.status == 401 { return nil }
        guard response.isSuccess else { throw CommandError(ServerClient.words(of: response), status: response.status) }
        let answer = try ServerClient.decode(Credentials.Answer.self, from: response.body)
        let next = Credentials(server: current.server, user: current.user, answer, at: time.now())
        _ = try next.save(environment)
        known.replace(with: next)
        return next.token
    }

    /// An open descriptor that holds the lock.
    private func lock(_ path: String) async throws(CommandError) -> CInt {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandError("cannot open '\(path)': \(unsafe String(cString: strerror(errno)))")
        }
        let deadline = time.now() + Self.patience
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR, time.now() < deadline else {
                close(descriptor)
                throw CommandError("another command is renewing the login and does not end; try again")
            }
            try? await time.sleep(for: .milliseconds(50))
        }
        return descriptor
    }
}

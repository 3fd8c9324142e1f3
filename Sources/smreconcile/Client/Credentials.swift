internal import Foundation
internal import Glibc
internal import Reconciler

/// What `login` stored: one server and its tokens, in a file that only its owner reads.
struct Credentials: Codable, Sendable, Equatable {
    var server: String
    var token: String
    /// Who logged in; nil in a file of an earlier version.
    var user: String?
    /// Renews the token, once; with each renewal comes a new one.
    var refreshToken: String?
    /// When the token ends.
    var expiresAt: Timestamp?

    /// The answer to a login or a renewal.
    struct Answer: Decodable {
        var accessToken: String
        var expiresIn: Int64
        var refreshToken: String?
    }

    static func path(_ environment: [String: String]) -> String? {
        if let base = environment["XDG_CONFIG_HOME"], !base.isEmpty { return "\(base)/smreconcile/credentials.json" }
        guard let home = environment["HOME"], !home.isEmpty else { return nil }
        return "\(home)/.config/smreconcile/credentials.json"
    }

    static func load(_ environment: [String: String]) -> Credentials? {
        guard let path = path(environment), let data = FileManager.default.contents(atPath: path) else { return nil }
        return try? JSONDecoder().decode(Credentials.self, from: data)
    }

    /// Forgets what is stored.
    static func remove(_ environment: [String: String]) {
        if let path = path(environment) { try? FileManager.default.removeItem(atPath: path) }
    }

    /// Where it was stored.
    func save(_ environment: [String: String]) throws(CommandError) -> String {
        guard let path = Self.path(environment) else { throw CommandError("there is no HOME to keep the token in") }
        let directory = String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.endIndex))
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let data = try JSONEncoder().encode(self)
            // Made anew with its mode, so that the token is at no moment readable by others.
            let draft = path + ".new"
            try? FileManager.default.removeItem(atPath: draft)
            guard FileManager.default.createFile(atPath: draft, contents: data, attributes: [.posixPermissions: 0o600])
            else { throw CommandError("cannot write '\(draft)'") }
            // In one step: another command that reads it finds the old one or the new one.
            guard unsafe rename(draft, path) == 0 else {
                throw CommandError("cannot write '\(path)': \(unsafe String(cString: strerror(errno)))")
            }
            return path
        } catch let error as CommandError {
            throw error
        } catch {
            throw CommandError("cannot write '\(path)': \(error.localizedDescription)")
        }
    }
}

extension Credentials {
    /// What an answer at `now` gave.
    init(server: String, user: String?, _ answer: Answer, at now: Timestamp) {
        self.init(server: server, token: answer.accessToken)
        self.user = user
        refreshToken = answer.refreshToken
        expiresAt = now + .seconds(answer.expiresIn)
    }
}

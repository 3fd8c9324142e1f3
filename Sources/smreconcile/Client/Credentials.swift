internal import Foundation

/// What `login` stored: one server and its token, in a file that only its owner reads.
struct Credentials: Codable, Sendable {
    var server: String
    var token: String

    private static func path(_ environment: [String: String]) -> String? {
        if let base = environment["XDG_CONFIG_HOME"], !base.isEmpty { return "\(base)/smreconcile/credentials.json" }
        guard let home = environment["HOME"], !home.isEmpty else { return nil }
        return "\(home)/.config/smreconcile/credentials.json"
    }

    static func load(_ environment: [String: String]) -> Credentials? {
        guard let path = path(environment), let data = FileManager.default.contents(atPath: path) else { return nil }
        return try? JSONDecoder().decode(Credentials.self, from: data)
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
            try? FileManager.default.removeItem(atPath: path)
            try FileManager.default.moveItem(atPath: draft, toPath: path)
            return path
        } catch let error as CommandError {
            throw error
        } catch {
            throw CommandError("cannot write '\(path)': \(error.localizedDescription)")
        }
    }
}

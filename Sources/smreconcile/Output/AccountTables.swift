internal import Foundation
internal import Reconciler

/// The tables of `user` and `token`, made of the API's answers.
enum AccountTables {
    /// A user as the API gives it.
    struct User: Decodable {
        var username: String, role: String
        var disabled: Bool
        var createdAt: Timestamp
        var sessions: Int
        var apiTokens: [String]
    }

    private struct Session: Decodable {
        var id: String, username: String, role: String, address: String
        var createdAt: Timestamp, expiresAt: Timestamp
        var renewedAt: Timestamp?
        var current: Bool
    }

    private struct Token: Decodable {
        var name: String, role: String, createdBy: String
        var createdAt: Timestamp, expiresAt: Timestamp
        var expired: Bool
    }

    /// A token that was just made.
    struct NewToken: Decodable {
        var token: String, name: String, role: String
        var expiresAt: Timestamp
    }

    private struct Key: Decodable {
        var id: String, use: String, state: String
        var createdAt: Timestamp, signsFrom: Timestamp
        var lastExpiry: Timestamp?
    }

    /// The manager's answer as it is.
    static func json(_ data: Data) -> String { String(decoding: data, as: UTF8.self) + "\n" }

    static func users(_ data: Data) throws(CommandError) -> String {
        var table = Table(["USER", "ROLE", "STATE", "SESSIONS", "API TOKENS", "CREATED"])
        for user in try ServerClient.decode([User].self, from: data) {
            table.add([
                user.username, user.role, user.disabled ? "disabled" : "enabled", "\(user.sessions)",
                user.apiTokens.isEmpty ? "-" : user.apiTokens.joined(separator: ","), "\(user.createdAt)",
            ])
        }
        return table.text
    }

    static func sessions(_ data: Data) throws(CommandError) -> String {
        var table = Table(["SESSION", "USER", "ROLE", "FROM", "SINCE", "RENEWED", "UNTIL", "NOTE"])
        for session in try ServerClient.decode([Session].self, from: data) {
            table.add([
                session.id, session.username, session.role, session.address.isEmpty ? "-" : session.address,
                "\(session.createdAt)", session.renewedAt.map { "\($0)" } ?? "-", "\(session.expiresAt)",
                session.current ? "this one" : "-",
            ])
        }
        return table.text
    }

    static func tokens(_ data: Data) throws(CommandError) -> String {
        var table = Table(["TOKEN", "ROLE", "STATE", "UNTIL", "MADE BY", "CREATED"])
        for token in try ServerClient.decode([Token].self, from: data) {
            table.add([
                token.name, token.role, token.expired ? "expired" : "good", "\(token.expiresAt)", token.createdBy,
                "\(token.createdAt)",
            ])
        }
        return table.text
    }

    static func keys(_ data: Data) throws(CommandError) -> String {
        var table = Table(["KEY", "SIGNS FOR", "STATE", "CREATED", "SIGNS FROM", "LAST TOKEN ENDS"])
        for key in try ServerClient.decode([Key].self, from: data) {
            table.add([
                String(key.id.prefix(12)), key.use == "api" ? "users" : "nodes", key.state, "\(key.createdAt)",
                "\(key.signsFrom)", key.lastExpiry.map { "\($0)" } ?? "-",
            ])
        }
        return table.text
    }
}

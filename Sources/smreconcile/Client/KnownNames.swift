internal import Foundation
internal import Providers
internal import Reconciler

/// The names that a running manager knows, for completion: silent when there is none, and quick.
///
/// It never renews a login: a completion that is given up in the middle would spend the refresh token.
enum KnownNames {
    /// Longer nobody waits for a key stroke.
    private static let patience: Duration = .seconds(1)
    /// The first page of a list is enough to go on typing from.
    private static let most = 1000

    private struct Group: Decodable {
        struct Role: Decodable { var name: String }
        struct Approval: Decodable { var hash: String, held: Int }
        var name: String, state: String, regions: [String], roles: [Role]
        var approvals: [Approval]?
    }

    private struct Node: Decodable {
        var id: String, region: String, role: String, state: String
    }

    private struct Stream: Decodable {
        var scope: String, name: String, subscribers: Int
    }

    /// What there is of a kind; `words` are those of the command line being typed, which may name a server.
    static func ask(_ kind: ValueKind, _ words: [String], _ console: Console) async -> [Completion.Candidate] {
        let typed = (try? Arguments(given(words), options: [.server, .authorities])) ?? .none
        guard let place = place(typed, console.environment) else { return [] }
        let http = HTTPClient(handles: 2, tls: ClientTLS(typed, console.environment))
        func list<Member: Decodable>(_ type: Member.Type, _ path: String) async -> [Member] {
            let request = HTTPRequest(
                "GET", place.server + path, headers: ["Authorization": "Bearer \(place.token)"], timeout: patience)
            guard let answer = try? await http.send(request), answer.isSuccess else { return [] }
            return (try? JSONDecoder().decode([Member].self, from: answer.body)) ?? []
        }
        var candidates: [Completion.Candidate] = []
        if [.nodes, .subjects].contains(kind) {
            candidates += await list(Node.self, "/as/v1/nodes?limit=\(most)").map {
                .init(value: $0.id, help: "\($0.role) in \($0.region), \($0.state)")
            }
        }
        if kind == .streams {
            candidates += await list(Stream.self, "/as/v1/streams?limit=\(most)").map {
                .init(
                    value: "\($0.scope)/\($0.name)", help: "\($0.subscribers) viewer\($0.subscribers == 1 ? "" : "s")")
            }
        }
        if [.groups, .regions, .roles, .pools, .subjects, .approvals].contains(kind) {
            candidates += names(kind, await list(Group.self, "/as/v1/nodegroups"))
        }
        return candidates.filter { isSafe($0.value) }
    }

    private static func names(_ kind: ValueKind, _ groups: [Group]) -> [Completion.Candidate] {
        switch kind {
        case .groups: groups.map { .init(value: $0.name, help: $0.state) }
        case .regions: Set(groups.flatMap(\.regions)).sorted().map { .init(value: $0) }
        case .roles: Set(groups.flatMap { $0.roles.map(\.name) }).sorted().map { .init(value: $0) }
        case .approvals:
            groups.flatMap { group in
                (group.approvals ?? []).map { .init(value: $0.hash, help: "\($0.held) held in \(group.name)") }
            }
        default: groups.flatMap { group in group.roles.map { .init(value: "\(group.name)/\($0.name)") } }
        }
    }

    /// Who completes types what the shell reads afterwards: a stream may be called `$(reboot)`, and is not offered.
    static func isSafe(_ name: String) -> Bool {
        !name.isEmpty && name.first != "-"
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "/"),
                    UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "@"), UInt8(ascii: ","):
                    true
                default: false
                }
            }
    }

    /// `--server` and `--ca` with their values, as far as they are typed.
    private static func given(_ words: [String]) -> [String] {
        var result: [String] = []
        var rest = words.dropLast()[...]
        while let word = rest.popFirst() {
            if word.hasPrefix("--server=") || word.hasPrefix("--ca=") { result.append(word) }
            if word == "--server" || word == "--ca", let value = rest.popFirst() { result += [word, value] }
        }
        return result
    }

    /// The server and a token for it that is still good; nil when there is none.
    private static func place(
        _ typed: Arguments, _ environment: [String: String]
    ) -> (server: String, token: String)? {
        let stored = Credentials.load(environment)
        let server = ServerClient.base(
            typed.value("server") ?? environment["SMRECONCILE_SERVER"] ?? stored?.server ?? ServerClient.standard)
        if let token = environment["SMRECONCILE_TOKEN"] { return (server, token) }
        guard let stored, stored.server == server, stored.expiresAt.map({ $0 > SystemTime().now() }) ?? true else {
            return nil
        }
        return (server, stored.token)
    }
}

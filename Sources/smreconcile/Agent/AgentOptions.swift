internal import APIServer
internal import Foundation
internal import Providers

/// What `smreconcile agent` was told.
struct AgentOptions: Sendable, Equatable {
    /// The manager's base URL, e.g. `http://127.0.0.1:5080`.
    var server: String
    /// The node's id.
    var node: String
    /// The node's own bearer token. A secret: never printed.
    var token: String
    var statistics: StatisticsSource
    /// The base of nginx-rtmp's `rtmp_control`, for evictions; nil: clients are never dropped.
    var control: String?
    /// Where the media server's calls are answered, a loopback address; nil: it makes none, or to the manager itself.
    var callbacks: ListenAddress?
    /// How the manager is believed over HTTPS.
    var tls = ClientTLS()
    /// Between heartbeats, until the manager asks for another.
    var interval: Duration = .seconds(1)
    /// The media server to start and to end; empty: it is somebody else's child.
    var command: [String] = []
    /// From TERM to KILL when the media server is ended.
    var stopTimeout: Duration = .seconds(8)

    init(server: String, node: String, token: String, statistics: StatisticsSource) {
        self.server = server
        self.node = node
        self.token = token
        self.statistics = statistics
    }

    private var base: String { server.hasSuffix("/") ? String(server.dropLast()) : server }

    /// Where the manager publishes its keys.
    var keysURL: String { base + "/.well-known/jwks.json" }

    /// The node's own place in the manager's API.
    var nodeURL: String {
        // A node id that has no escape is none: the manager will say so.
        return "\(base)/as/v1/nodes/\(node.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? node)"
    }
}

/// Where the statistics of a media server come from, `--statistics` on the command line.
enum StatisticsSource: Sendable, Equatable {
    /// The XML of nginx-rtmp's `rtmp_stat` at a URL.
    case nginxRTMP(String)
    /// A JSON document at a URL; see ``MediaStatistics/init(json:)``.
    case json(String)
    /// The same JSON on the standard output of a shell command.
    case command(String)

    /// The words for a value that is none of the three.
    static let expected = "nginx-rtmp=URL, json=URL or command=LINE"

    /// Reads `nginx-rtmp=URL`, `json=URL` or `command=LINE`; nil when it is none of them.
    init?(_ text: String) {
        guard let equals = text.firstIndex(of: "=") else { return nil }
        let value = String(text[text.index(after: equals)...])
        let isURL = value.hasPrefix("http://") || value.hasPrefix("https://")
        switch String(text[..<equals]) {
        case "nginx-rtmp" where isURL: self = .nginxRTMP(value)
        case "json" where isURL: self = .json(value)
        case "command" where !value.isEmpty: self = .command(value)
        default: return nil
        }
    }
}

internal import APIServer
internal import Foundation
internal import Providers

/// `smreconcile agent`: beside a media server, reports for it and obeys.
enum AgentCommand: Command {
    static let name = "agent"
    static let summary = "beside a media server: sends its heartbeats and obeys the manager"
    static let usage = "--server URL --node ID --statistics SOURCE [OPTIONS] [-- COMMAND ...]"
    static let options: [Option] = [
        .value("server", nil, "URL", "the manager (default: SMRECONCILE_SERVER)"),
        .authorities, .value("node", nil, "ID", "this node (default: SMRECONCILE_NODE_ID)"),
        .value("token-file", nil, "FILE", "holds the node's token (default: SMRECONCILE_NODE_TOKEN)"),
        .value("statistics", nil, "SOURCE", StatisticsSource.expected),
        .value("control", nil, "URL", "nginx-rtmp's control page, for evictions"),
        .value("callbacks", nil, "ADDRESS:PORT", "answers nginx-rtmp's on_play and the like there; loopback only"),
        .value("interval", nil, "SECONDS", "between heartbeats, until the manager asks for another (default: 1)"),
    ]

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        let environment = console.environment
        guard let server = arguments.value("server") ?? environment["SMRECONCILE_SERVER"] else {
            throw UsageError("no manager given; name it with --server")
        }
        guard let node = arguments.value("node") ?? environment["SMRECONCILE_NODE_ID"] else {
            throw UsageError("no node given; name it with --node")
        }
        guard let text = arguments.value("statistics") else { throw UsageError("--statistics is missing") }
        guard let statistics = StatisticsSource(text) else {
            throw UsageError("--statistics '\(text)' is none of \(StatisticsSource.expected)")
        }
        var options = AgentOptions(
            server: ServerClient.base(server), node: node, token: try token(arguments, environment),
            statistics: statistics)
        options.tls = ClientTLS(arguments, environment)
        options.control = arguments.value("control")
        options.callbacks = try arguments.value("callbacks").map(callbacks)
        options.command = arguments.rest
        if let text = arguments.value("interval") {
            guard let seconds = Double(text.hasSuffix("s") ? String(text.dropLast()) : text), seconds >= 0.1,
                seconds <= 60
            else { throw UsageError("--interval '\(text)' is no number of seconds from 0.1 to 60") }
            options.interval = .milliseconds(Int(seconds * 1000))
        }
        return await runAgent(options)
    }

    /// Who can connect there can ask for any stream: it must be nobody but the media server beside the agent.
    static func callbacks(_ text: String) throws(UsageError) -> ListenAddress {
        guard let address = ListenAddress(text), address.port > 0 else {
            throw UsageError("--callbacks '\(text)' is no address and port such as 127.0.0.1:5081")
        }
        guard address.isLoopback else {
            throw UsageError("--callbacks '\(text)' is no loopback address such as 127.0.0.1:\(address.port)")
        }
        return address
    }

    private static func token(_ arguments: Arguments, _ environment: [String: String]) throws -> String {
        let text: String
        if let path = arguments.value("token-file") {
            text = String(decoding: try ObservedFleet.readFile(path, "the token"), as: UTF8.self)
        } else if let given = environment["SMRECONCILE_NODE_TOKEN"] {
            text = given
        } else {
            throw UsageError("no token given; name a file with --token-file, or set SMRECONCILE_NODE_TOKEN")
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

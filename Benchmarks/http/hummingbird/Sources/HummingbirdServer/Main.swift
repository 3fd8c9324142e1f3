import Hummingbird
import Synchronization

/// The subscribe endpoint on Hummingbird: a known token, two choices among the nodes, the same JSON.
@main
enum Main {
    struct Answer: ResponseEncodable {
        var serverAddress: String
        var scope: String
        var name: String
        var port: Int
        var `protocol`: String
        var nodeId: String
        var nodeGroup: String
        var region: String
        var url: String
    }

    final class Node: Sendable {
        let address: String
        let id: String
        let assigned = Atomic<Int>(0)

        init(_ address: String, _ id: String) {
            self.address = address
            self.id = id
        }
    }

    static func main() async throws {
        let port = Int(CommandLine.arguments[1]) ?? 0
        let tokens = Mutex<Set<String>>([CommandLine.arguments[2]])
        let nodes = [Node("198.18.0.1", "live-edge-1"), Node("198.18.0.2", "live-edge-2")]
        let router = Router()
        router.get("/as/v1/streams/{scope}/{name}/subscribe") { request, context -> Answer in
            guard let header = request.headers[.authorization], header.hasPrefix("Bearer "),
                tokens.withLock({ $0.contains(String(header.dropFirst(7))) })
            else { throw HTTPError(.unauthorized) }
            let (one, other) = (nodes[Int.random(in: 0..<2)], nodes[Int.random(in: 0..<2)])
            let node = other.assigned.load(ordering: .relaxed) < one.assigned.load(ordering: .relaxed) ? other : one
            node.assigned.add(1, ordering: .relaxed)
            let (scope, name) = (try context.parameters.require("scope"), try context.parameters.require("name"))
            return Answer(
                serverAddress: node.address, scope: scope, name: name, port: 1935, protocol: "rtmp", nodeId: node.id,
                nodeGroup: "live", region: "here", url: "rtmp://\(node.address):1935/\(scope)/\(name)")
        }
        try await Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: port))).run()
    }
}

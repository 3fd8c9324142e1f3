/// The API's answers, as far as these tests look at them.
struct NodeAnswer: Decodable, Hashable {
    struct Port: Decodable, Hashable {
        var `protocol`: String
        var port: Int
    }

    var id: String, nodeGroup: String, region: String, role: String, state: String
    var address: String?
    var endpoints: [Port]
    var revision: String
    /// When the state began, RFC 3339.
    var since: String
    var reason: String
}

struct StreamAnswer: Decodable {
    var scope: String, name: String
    var nodeId: String?
}

/// An answer to publish or subscribe.
struct RouteAnswer: Decodable {
    var serverAddress: String, scope: String, name: String, region: String
    var port: Int
    var `protocol`: String, nodeId: String, url: String
}

struct EventAnswer: Decodable {
    var reason: String, subject: String, message: String
    /// Absent: once.
    var count: Int?
}

/// `application/problem+json`.
struct ProblemAnswer: Decodable {
    var status: Int, detail: String
    var troubles: [String]?
}

struct ReadyAnswer: Decodable {
    var ready: Bool
    var troubles: [String]
}

/// What a node says of itself, once per interval (design.md section 5).
package struct Heartbeat: Sendable, Equatable, Codable {
    /// Grows by one with each heartbeat of one run of the agent; a lower one than the last is late and ignored,
    /// 1 starts anew.
    package var sequence: Int
    /// Values by metric name, e.g. `connections.publisher`, `cpu.system.load`.
    package var metrics: [String: Double]
    package var streams: [StreamReport]
    /// False while the media server is not ready for clients; absent means ready.
    package var ready: Bool?
    /// True while the node asks not to be removed, as during a recording; absent means false.
    package var protected: Bool?

    package init(
        sequence: Int, metrics: [String: Double], streams: [StreamReport], ready: Bool? = nil, protected: Bool? = nil
    ) {
        self.sequence = sequence
        self.metrics = metrics
        self.streams = streams
        self.ready = ready
        self.protected = protected
    }
}

/// One stream on one node.
package struct StreamReport: Sendable, Equatable, Codable {
    package enum Role: String, Sendable, Codable, CaseIterable {
        /// The publisher is connected to this node.
        case source
        /// The node pulls it from a parent.
        case edge
        case relay
    }

    package var scope: String
    package var name: String
    package var role: Role
    package var subscribers: Int

    package init(scope: String, name: String, role: Role, subscribers: Int) {
        self.scope = scope
        self.name = name
        self.role = role
        self.subscribers = subscribers
    }

    package var key: StreamKey { StreamKey(scope: scope, name: name) }

    /// The same stream as one that is pulled from elsewhere.
    var asCarried: StreamReport {
        StreamReport(scope: scope, name: name, role: role == .source ? .edge : role, subscribers: subscribers)
    }
}

/// What the manager tells a node in the answer to its heartbeat.
package enum Directive: String, Sendable, Codable {
    /// Go on, or come back into service.
    case serve
    /// Take no new streams, keep those there are.
    case drain
    /// Tell the remaining clients to go.
    case evict
    /// End.
    case stop
}

/// The answer to a heartbeat.
package struct HeartbeatAnswer: Sendable, Equatable, Codable {
    package var directive: Directive
    package var intervalMs: Int
    /// Where this node may pull streams from, best first, as `protocol://address:port`.
    package var parents: [String]
    /// Where it should pull the streams from that it carries; none for a stream that nobody asked the manager about.
    package var routes: [PullRoute]
    /// Who needs a ticket on this node; nil: nobody.
    package var tickets: TicketPolicy?

    package init(
        directive: Directive, intervalMs: Int, parents: [String], routes: [PullRoute] = [], tickets: TicketPolicy? = nil
    ) {
        self.tickets = tickets
        self.directive = directive
        self.intervalMs = intervalMs
        self.parents = parents
        self.routes = routes
    }

    /// A manager of an older version says nothing of routes. Whatever is added to the answer is to be read here, too.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        directive = try values.decode(Directive.self, forKey: .directive)
        intervalMs = try values.decode(Int.self, forKey: .intervalMs)
        parents = try values.decode([String].self, forKey: .parents)
        routes = try values.decodeIfPresent([PullRoute].self, forKey: .routes) ?? []
        tickets = try values.decodeIfPresent(TicketPolicy.self, forKey: .tickets)
    }
}

/// The newest that was heard of a node, with the time of hearing.
package struct Telemetry: Sendable, Equatable {
    package var heartbeat: Heartbeat
    package var receivedAt: Timestamp

    package init(heartbeat: Heartbeat, receivedAt: Timestamp) {
        self.heartbeat = heartbeat
        self.receivedAt = receivedAt
    }
}

internal import Reconciler

/// A node as a row of the table `nodes`: a column for each plain field, a ``FlatListWriter`` text for each list.
enum NodeRow {
    private static let columns = [
        "id", "node_group", "region", "role", "provider", "token", "state", "since", "revision", "instance_id",
        "address",
        "endpoints", "requested_at", "created_at", "in_service_at", "last_heartbeat_at", "metrics", "streams",
        "cordoned",
        "protected_until", "attempts", "retry_at", "reason", "last_error", "marks",
    ]

    /// Inserts a row, or replaces all of it but its key.
    static let upsert = {
        let marks = columns.map { _ in "?" }.joined(separator: ",")
        let updates = columns.dropFirst().map { "\($0)=excluded.\($0)" }.joined(separator: ",")
        return "INSERT INTO nodes(\(columns.joined(separator: ","))) VALUES(\(marks)) "
            + "ON CONFLICT(id) DO UPDATE SET \(updates)"
    }()

    /// All rows in the order of their ids.
    static let select = "SELECT \(columns.joined(separator: ",")) FROM nodes ORDER BY id"

    /// The values for ``upsert``.
    static func values(of node: Node) -> [SQLiteValue] {
        var endpoints = FlatListWriter()
        for endpoint in node.endpoints {
            endpoints.append(endpoint.protocol)
            endpoints.append(endpoint.port)
        }
        var metrics = FlatListWriter()
        // In order, so that equal nodes give equal bytes.
        for (name, value) in node.metrics.sorted(by: { $0.key < $1.key }) {
            metrics.append(name)
            metrics.append(value)
        }
        var streams = FlatListWriter()
        for stream in node.streams {
            streams.append(stream.scope)
            streams.append(stream.name)
            streams.append(stream.role.rawValue)
            streams.append(stream.subscribers)
        }
        return [
            .text(node.id.rawValue), .text(node.pool.group), .text(node.pool.region), .text(node.pool.role),
            .text(node.provider), .text(node.token), .text(node.state.rawValue), .integer(node.since.milliseconds),
            .text(node.revision), .text(orNull: node.instanceID), .text(orNull: node.address), .text(endpoints.text),
            .integer(node.requestedAt.milliseconds), .integer(orNull: node.createdAt?.milliseconds),
            .integer(orNull: node.inServiceAt?.milliseconds), .integer(orNull: node.lastHeartbeatAt?.milliseconds),
            .text(metrics.text), .text(streams.text), .integer(node.cordoned ? 1 : 0),
            .integer(orNull: node.protectedUntil?.milliseconds), .integer(Int64(node.attempts)),
            .integer(orNull: node.retryAt?.milliseconds), .text(node.reason), .text(orNull: node.lastError),
            .text(node.marks == NodeMarks() ? JSONColumn.empty : JSONColumn.text(node.marks)),
        ]
    }

    /// The node of a row of ``select``. Throws for a row that this version did not write.
    static func node(of row: SQLiteRow) throws(StoreFailure) -> Node {
        let id = row.text(0)
        guard let state = NodeState(rawValue: row.text(6)) else { throw damaged(id, "state") }
        var node = Node(
            id: NodeID(id), pool: PoolKey(group: row.text(1), region: row.text(2), role: row.text(3)),
            provider: row.text(4), token: row.text(5), state: state, since: Timestamp(milliseconds: row.integer(7)),
            revision: row.text(8), requestedAt: Timestamp(milliseconds: row.integer(12)), reason: row.text(22))
        node.instanceID = row.optionalText(9)
        node.address = row.optionalText(10)
        guard let endpoints = endpoints(row.textBytes(11)) else { throw damaged(id, "endpoints") }
        node.endpoints = endpoints
        node.createdAt = row.optionalTimestamp(13)
        node.inServiceAt = row.optionalTimestamp(14)
        node.lastHeartbeatAt = row.optionalTimestamp(15)
        guard let metrics = metrics(row.textBytes(16)) else { throw damaged(id, "metrics") }
        node.metrics = metrics
        guard let streams = streams(row.textBytes(17)) else { throw damaged(id, "streams") }
        node.streams = streams
        node.cordoned = row.integer(18) != 0
        node.protectedUntil = row.optionalTimestamp(19)
        node.attempts = Int(row.integer(20))
        node.retryAt = row.optionalTimestamp(21)
        node.lastError = row.optionalText(23)
        let marks = row.text(24)
        if marks != JSONColumn.empty {
            guard let read: NodeMarks = JSONColumn.value(marks) else { throw damaged(id, "marks") }
            node.marks = read
            node.isReady = read.unreadySince == nil
        }
        return node
    }

    private static func damaged(_ id: String, _ column: String) -> StoreFailure {
        .failed("the database row of node '\(id)' is damaged in its column '\(column)'")
    }

    private static func endpoints(_ bytes: [UInt8]) -> [Endpoint]? {
        guard var list = FlatListReader(bytes) else { return nil }
        var endpoints: [Endpoint] = []
        while !list.isAtEnd {
            guard let name = list.string(), let port = list.integer() else { return nil }
            endpoints.append(Endpoint(protocol: name, port: port))
        }
        return endpoints
    }

    private static func metrics(_ bytes: [UInt8]) -> [String: Double]? {
        guard var list = FlatListReader(bytes) else { return nil }
        var metrics: [String: Double] = [:]
        while !list.isAtEnd {
            guard let name = list.string(), let value = list.number() else { return nil }
            metrics[name] = value
        }
        return metrics
    }

    private static func streams(_ bytes: [UInt8]) -> [StreamReport]? {
        guard var list = FlatListReader(bytes) else { return nil }
        var streams: [StreamReport] = []
        while !list.isAtEnd {
            guard let scope = list.string(), let name = list.string(), let word = list.string(),
                let role = StreamReport.Role(rawValue: word), let subscribers = list.integer()
            else { return nil }
            streams.append(StreamReport(scope: scope, name: name, role: role, subscribers: subscribers))
        }
        return streams
    }
}

extension SQLiteRow {
    /// The time of a column in milliseconds, or nil for null.
    func optionalTimestamp(_ column: Int) -> Timestamp? {
        optionalInteger(column).map { Timestamp(milliseconds: $0) }
    }
}

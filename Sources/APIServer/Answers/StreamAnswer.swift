internal import Reconciler

/// One live stream, as the API shows it.
enum StreamAnswer {
    /// Writes one stream as an object; in detail also what each node that carries it is.
    static func write(
        _ key: StreamKey, _ entry: StreamDirectory.Entry, _ view: RoutingView, inDetail: Bool = false,
        into json: inout JSONWriter
    ) {
        let source = entry.live.flatMap { view.nodes[$0.node] }
        json.beginObject()
        json.field("scope", key.scope)
        json.field("name", key.name)
        json.field("state", "live")
        json.field("nodeId", entry.live?.node.rawValue)
        json.field("nodeGroup", source?.pool.group)
        json.field("region", source?.pool.region)
        json.field("serverAddress", source?.address)
        json.field("since", entry.live?.since)
        json.field("subscribers", entry.carriers.values.reduce(0, +))
        json.field("nodes", each: entry.carriers.sorted { $0.key < $1.key }) { json, carrier in
            json.beginObject()
            json.field("nodeId", carrier.key.rawValue)
            json.field("subscribers", carrier.value)
            if inDetail {
                let node = view.nodes[carrier.key]
                json.field("nodeGroup", node?.pool.group)
                json.field("role", node?.pool.role)
                json.field("region", node?.pool.region)
                json.field("serverAddress", node?.address)
            }
            json.endObject()
        }
        json.endObject()
    }
}

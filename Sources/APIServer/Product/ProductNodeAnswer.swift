internal import Reconciler

/// One node as the product's status has it: what it last said, and where it stands (reference/stream-manager-2.md section 2.4).
struct ProductNodeAnswer {
    /// As the last round left it.
    let node: Node
    /// Its newest heartbeat; nil: none ever came, and there is no `nodeEvent`.
    let telemetry: Telemetry?
    /// What the client calls its group.
    let groupName: String
    /// What the client calls its role and sub group.
    let wording: ProductNames
    /// Where it may pull from.
    let parents: [String]

    /// Writes the element of the list.
    func write(metrics: Bool, scaling: Bool, node includesNode: Bool, into json: inout JSONWriter) {
        json.beginObject()
        if includesNode, let heard = telemetry?.receivedAt ?? node.lastHeartbeatAt {
            json.key("nodeEvent")
            writeEvent(heard, metrics, into: &json)
        }
        if scaling {
            json.key("scalingEvent")
            json.beginObject()
            names(into: &json)
            json.field("state", node.productState)
            json.field("timestamp", node.since.milliseconds)
            json.endObject()
        }
        json.endObject()
    }

    private func names(into json: inout JSONWriter) {
        json.field("nodeGroupName", groupName)
        json.field("nodeId", node.id.rawValue)
        json.field("nodeRoleName", wording.role(node.pool.role))
        json.field("subGroupName", wording.place(node.pool.region))
    }

    private func writeEvent(_ heard: Timestamp, _ withMetrics: Bool, into json: inout JSONWriter) {
        let metrics = telemetry?.heartbeat.metrics ?? node.metrics
        let publishers = Metric.count(metrics[Metric.publishers])
        let subscribers = Metric.count(metrics[Metric.subscribers])
        json.beginObject()
        names(into: &json)
        json.field("clientCount", publishers + subscribers)
        json.field("publisherCount", publishers)
        json.field("subscriberCount", subscribers)
        json.field("restreamerCount", Metric.children(in: metrics))
        json.field("publicIp", node.address)
        json.field("privateIp", node.address.flatMap { IPAddress($0)?.isPrivate == true ? $0 : nil })
        json.field("parents", parents)
        if withMetrics { MetricTree(metrics).write(into: &json) }
        json.field("timestamp", heard.milliseconds)
        json.endObject()
    }
}

extension Node {
    /// Its state as the product has it; a node that takes nobody by a person's word is what newer versions call disabled.
    var productState: String { state == .inService && cordoned ? "DISABLED" : state.wireName }
}

/// Metrics as the product sends them: a tree of the words between the dots.
struct MetricTree {
    private var value: Double?
    private var children: [String: MetricTree] = [:]

    /// The tree of these metrics.
    init(_ metrics: [String: Double]) {
        for (name, value) in metrics { add(name.split(separator: ".")[...], value) }
    }

    private init() {}

    private mutating func add(_ path: ArraySlice<Substring>, _ value: Double) {
        guard let first = path.first else {
            self.value = value
            return
        }
        children[String(first), default: MetricTree()].add(path.dropFirst(), value)
    }

    /// `metrics`: the trees in the order of their names.
    func write(into json: inout JSONWriter) { write("metrics", into: &json) }

    private func write(_ key: String, into json: inout JSONWriter) {
        json.key(key)
        json.beginArray()
        for (name, child) in children.sorted(by: { $0.key < $1.key }) {
            json.beginObject()
            json.field("name", name)
            if let value = child.value {
                json.key("value")
                json.value(value)
            }
            if !child.children.isEmpty { child.write("children", into: &json) }
            json.endObject()
        }
        json.endArray()
    }
}

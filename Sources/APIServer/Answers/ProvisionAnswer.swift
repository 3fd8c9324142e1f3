internal import Reconciler

/// Provisions and where their streams are, as the product's clients know them.
enum ProvisionAnswer {
    /// Writes a provision as one object. Secrets are not there to be shown; to who may not change it, neither are names, addresses
    /// that streams are sent on to, or fields that may hold a secret for all that is known.
    static func write(_ provision: Provision, toWriter isWriter: Bool, into json: inout JSONWriter) {
        json.beginObject()
        json.field("provisionGuid", provision.guid)
        json.field("nodeGroup", provision.group)
        if let secret = provision.credentials {
            json.key("credentials")
            json.beginObject()
            if let username = secret.username {
                json.field("username", isWriter ? username : ProvisionReader.mask)
                json.field("password", ProvisionReader.mask)
            } else {
                json.field("token", ProvisionReader.mask)
            }
            json.endObject()
        }
        if let rules = provision.geoRules {
            json.key("geoRules")
            json.beginObject()
            json.field("regions", rules.regions)
            json.field("restricted", rules.restricted)
            json.endObject()
        }
        if let capabilities = provision.capabilities { json.field("capabilities", capabilities.map(\.wireName)) }
        json.field("streams", each: provision.streams) { json, stream in write(stream, isWriter, into: &json) }
        if let distribution = provision.distribution {
            json.key("distribution")
            json.beginObject()
            json.field("nodes", distribution.nodes.map(\.rawValue))
            json.field("at", distribution.at)
            json.endObject()
        }
        if isWriter { write(provision.extra, into: &json) }
        json.endObject()
    }

    private static func write(_ stream: Provision.Stream, _ isWriter: Bool, into json: inout JSONWriter) {
        json.beginObject()
        json.field("streamGuid", stream.guid)
        json.field("abrLevel", stream.abrLevel)
        if let qos = stream.qos { json.field("qos", qos) }
        if let destination = stream.destination { json.field("destUri", isWriter ? destination : ProvisionReader.mask) }
        write(isWriter ? stream.details : stream.details.filter { $0.key == "videoParams" }, into: &json)
        json.endObject()
    }

    private static func write(_ fields: [String: String], into json: inout JSONWriter) {
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            json.key(name)
            json.raw(value.utf8)
        }
    }

    /// The nodes that carry the streams of a provision, the best level first, with the viewers of each; the stream's own node first.
    static func status(of provision: Provision, in live: LiveState) -> [UInt8] {
        let view = live.view
        let levels = provision.streams.sorted { ($0.abrLevel, $0.guid) < ($1.abrLevel, $1.guid) }
        var json = JSONWriter()
        json.beginArray()
        for stream in levels {
            for entry in StreamKey.all(of: stream.guid).compactMap(live.streams.entry) {
                var viewers = entry.carriers
                if let source = entry.live?.node, viewers[source] == nil { viewers[source] = 0 }
                let carriers = viewers.sorted {
                    ($0.key == entry.live?.node ? 0 : 1, $0.key) < ($1.key == entry.live?.node ? 0 : 1, $1.key)
                }
                for (id, subscribers) in carriers {
                    guard let node = view.nodes[id], node.pool.group == provision.group else { continue }
                    write(stream, id, node, subscribers: subscribers, into: &json)
                }
            }
        }
        json.endArray()
        return json.bytes
    }

    /// Where the streams of a provision are to be published: all of them on its first node, then on the next.
    static func places(of provision: Provision, in live: LiveState) -> [UInt8] {
        let view = live.view
        var json = JSONWriter()
        json.beginArray()
        for id in provision.distribution?.nodes ?? [] {
            guard let node = view.nodes[id] else { continue }
            for stream in provision.streams {
                let viewers = StreamKey.all(of: stream.guid).compactMap { live.streams.entry($0)?.carriers[id] }
                write(stream, id, node, subscribers: viewers.reduce(0, +), into: &json)
            }
        }
        json.endArray()
        return json.bytes
    }

    private static func write(
        _ stream: Provision.Stream, _ id: NodeID, _ node: RoutingView.NodeEntry, subscribers: Int,
        into json: inout JSONWriter
    ) {
        json.beginObject()
        json.field("streamGuid", stream.guid)
        json.field("serverAddress", node.address)
        json.field("nodeRole", node.pool.role)
        json.field("subGroup", node.pool.region)
        json.field("nodeState", node.state.wireName)
        json.field("subscribers", subscribers)
        json.field("abrLevel", stream.abrLevel)
        json.field("nodeId", id.rawValue)
        json.endObject()
    }
}

extension NodeState {
    /// As the product's clients know it.
    var wireName: String {
        switch self {
        case .requested: "REQUESTED"
        case .creating: "CREATING"
        case .created: "CREATED"
        case .started: "STARTED"
        case .inService: "INSERVICE"
        case .draining: "SOFT_SUNSET"
        case .evicting: "HARD_SUNSET"
        case .terminating: "DESTROYING"
        case .terminated: "DESTROYED"
        case .fault: "FAULT"
        }
    }
}

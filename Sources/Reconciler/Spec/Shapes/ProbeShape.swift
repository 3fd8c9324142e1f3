extension Shape where Value == ProbeSpec {
    private struct Draft: Sendable {
        var check: ProbeSpec.Check?
        var interval: Duration?
        var timeout: Duration?
        var suspectThreshold: Int?
        var faultThreshold: Int?
        var successThreshold: Int?
    }

    /// The keys of which a probe has exactly one.
    static let probeChecks = ["tcp", "http", "command"]
    /// More often is a load of its own; less often is no watch.
    private static let intervals: ClosedRange<Duration> = .milliseconds(100) ... .seconds(3600)
    /// Results in a row that a person can mean.
    private static let thresholds = 1...1000

    /// One of `health.probes`.
    static let probe = Shape<Draft>.object(
        "probe", make: { Draft() },
        schema: [
            "description": "Just one of tcp, http and command, which files alone may have.",
            "oneOf": .array(probeChecks.map { ["required": [.string($0)]] }),
        ]
    ) { fields in
        fields.add(
            "tcp", Shape<ProbeSpec.Port>.probePort("tcp"), "A connection is accepted; {}: at the first endpoint.",
            example: ["endpoint": "rtmp"],
            synonyms: ["tcpSocket", "port"]
        ) { $0.check = .tcp($1) }
        fields.add(
            "http", Shape<ProbeSpec.Check>.httpProbe, "GET is answered with a status of 200 to 399.",
            example: ["port": 8080, "path": "/healthz"],
            synonyms: ["httpGet"]
        ) { $0.check = $1 }
        fields.add(
            "command", .probeCommand, "A program of the manager's machine exits with 0.",
            example: ["./check", "{{address}}", "{{port}}"], synonyms: ["exec", "cmd"]
        ) { $0.check = .command($1) }
        fields.add(
            "interval", .duration(intervals), "From one probe to the next.", default: "5s", example: "10s",
            synonyms: ["periodSeconds", "period"]
        ) { $0.interval = $1 }
        fields.add(
            "timeout", .positiveDuration, "A probe that takes longer failed; default: 2s, or the interval if shorter.",
            example: "2s",
            synonyms: ["timeoutSeconds"]
        ) { $0.timeout = $1 }
        fields.add(
            "suspectThreshold", .integer(thresholds),
            "Failures in a row until the node gets no new clients.", default: 1, example: 2
        ) { $0.suspectThreshold = $1 }
        fields.add(
            "faultThreshold", .integer(thresholds), "Failures in a row until the node is a fault.", default: 3,
            example: 5,
            synonyms: ["failureThreshold"]
        ) { $0.faultThreshold = $1 }
        fields.add(
            "successThreshold", .integer(thresholds), "Successes in a row until the node is in service.",
            default: 1, example: 2
        ) { $0.successThreshold = $1 }
    } check: { _, node, context in
        let present = probeChecks.filter { node[$0] != nil }
        if present.isEmpty {
            context.error("\(context.place) needs one of 'tcp', 'http' and 'command'", at: node)
        }
        for extra in present.dropFirst() {
            guard let key = node.key(extra) else { continue }
            context.error(
                "a probe looks in one way, and this one has '\(present[0])' already", at: key,
                "make '\(extra)' a probe of its own")
        }
    }.map { draft, node, context -> ProbeSpec? in
        guard let check = draft.check else { return nil }
        var probe = ProbeSpec(check: check)
        probe.interval = draft.interval ?? probe.interval
        probe.timeout = draft.timeout ?? min(probe.timeout, probe.interval)
        probe.faultThreshold = draft.faultThreshold ?? probe.faultThreshold
        probe.suspectThreshold = draft.suspectThreshold ?? probe.suspectThreshold
        probe.successThreshold = draft.successThreshold ?? probe.successThreshold
        if probe.timeout > probe.interval, let place = node["timeout"] {
            context.conflict(
                "timeout \(probe.timeout.specText) of a probe is more than its interval \(probe.interval.specText)",
                at: place, with: node["interval"])
        }
        if probe.suspectThreshold > probe.faultThreshold {
            context.conflict(
                "suspectThreshold \(probe.suspectThreshold) is more than faultThreshold \(probe.faultThreshold)",
                at: node["suspectThreshold"] ?? node.nearest("faultThreshold"), with: node["faultThreshold"])
        }
        return probe
    }
}

extension Shape where Value == ProbeSpec.Check {
    /// `{endpoint: http, path: /healthz}`.
    fileprivate static let httpProbe = Shape<ProbePortDraft>.object(
        "http", make: { ProbePortDraft() }, schema: ProbePortDraft.schema
    ) { fields in
        fields.addPort { $1(&$0) }
        fields.add(
            "path", .urlPath, "The path of the URL.", default: "/", example: "/healthz", synonyms: ["url", "uri"]
        ) { $0.path = $1 }
    } check: { draft, node, context in
        draft.check(node, context)
    }.map { draft, _, _ -> ProbeSpec.Check? in .http(draft.target, path: draft.path) }
}

extension Shape where Value == ProbeSpec.Port {
    /// `{endpoint: rtmp}`, `{port: 1935}`, or `{}` for the first endpoint.
    fileprivate static func probePort(_ title: String) -> Shape {
        Shape<ProbePortDraft>.object(title, make: { ProbePortDraft() }, schema: ProbePortDraft.schema) { fields in
            fields.addPort { $1(&$0) }
        } check: { draft, node, context in
            draft.check(node, context)
        }.map { draft, _, _ -> ProbeSpec.Port? in draft.target }
    }
}

/// Where a probe looks, as it is written.
private struct ProbePortDraft: Sendable {
    /// In the JSON Schema: one way to say it at most.
    static let schema: SchemaValue = ["not": ["required": ["endpoint", "port"]]]

    var endpoint: String?
    var port: Int?
    var path = "/"

    var target: ProbeSpec.Port { port.map { .number($0) } ?? .endpoint(endpoint) }

    func check(_ node: YAMLNode, _ context: SpecContext) {
        if node["endpoint"] != nil, let key = node.key("port") {
            context.error("'endpoint' and 'port' both say where to connect", at: key, "leave one out")
        }
    }
}

extension Fields {
    /// Adds `endpoint` and `port`.
    fileprivate mutating func addPort(_ set: @escaping @Sendable (inout Owner, (inout ProbePortDraft) -> Void) -> Void)
    {
        add(
            "endpoint", .protocolName, "The protocol of one of the role's endpoints; default: the first.",
            example: "rtmp",
            synonyms: ["protocol"]
        ) { owner, value in set(&owner) { $0.endpoint = value } }
        add("port", .integer(1...65535), "A port that is no endpoint.", example: 8080) { owner, value in
            set(&owner) { $0.port = value }
        }
    }
}

extension Shape where Value == String {
    /// `/healthz?deep=1`: what stands in a request's first line (RFC 9112, section 3.2.1).
    fileprivate static let urlPath = Shape(["title": "path of a URL", "type": "string", "pattern": "^/[!-~]*$"]) {
        node, context in
        guard let text = node.text, text.utf8.first == UInt8(ascii: "/"),
            text.utf8.allSatisfy({ (UInt8(ascii: "!")...UInt8(ascii: "~")).contains($0) })
        else {
            context.expected("a path such as /healthz", node)
            return nil
        }
        return text
    }
}

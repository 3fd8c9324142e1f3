extension Shape where Value == ManagerSpec {
    /// `spec` of the kind `Manager`.
    static let manager = Shape.object("spec", make: { ManagerSpec() }) { fields in
        fields.add(
            "listen", .listenAddress, "address:port of the API; --listen wins.", default: "127.0.0.1:5080",
            example: "0.0.0.0:5080", synonyms: ["address", "bind"]
        ) {
            $0.listen = $1
        }
        fields.add(
            "advertiseURL", .webAddress,
            "The URL under which nodes reach this manager; default: made of the listening address.",
            example: "https://manager.example.org"
        ) {
            $0.advertiseURL = $1
        }
        fields.add(
            "interval", .positiveDuration, "A round of the control loop at least this often.", default: "2s",
            example: "500ms"
        ) {
            $0.interval = $1
        }
        fields.add(
            "owner", .name("owner"), "The owner tag on every instance; default: drawn once and kept.",
            example: "media-prod"
        ) {
            $0.owner = $1
        }
        fields.add("limits", Shape<Int?>.managerLimits, "Ceilings over all groups.") { $0.maxNodes = $1 }
        fields.add("approval", Shape<Approval>.approval, "What needs an approval.") {
            $0.approvalShare = $1.share
            $0.approvalGrowth = $1.growth
        }
        fields.add(
            "trustedProxies", Shape<AddressBlock>.addressBlock.list(),
            "Addresses or CIDR blocks whose X-Forwarded-For and Forwarded count; default: none.",
            example: ["10.0.0.0/8", "192.0.2.7"]
        ) { $0.trustedProxies = $1 }
        fields.add("geoip", Shape<String?>.geoip, "Where a client's address is.") { $0.geoDatabase = $1 }
        fields.add("log", Shape<ManagerSpec.Log>.log, "How the daemon logs.") { $0.log = $1 }
        fields.add("tokens", Shape<ManagerSpec.Tokens>.tokens, "The API's bearer tokens.") { $0.tokens = $1 }
        fields.add("tickets", Shape<ManagerSpec.Tickets>.tickets, "What lets clients in at media nodes.") {
            $0.tickets = $1
        }
        fields.add("webhooks", Shape<WebhookSpec>.webhooks, "Where events are sent.", synonyms: ["hooks"]) {
            $0.webhooks = $1
        }
        fields.add("api", Shape<ManagerSpec.API>.api, "The API: TLS, who may ask what, and how much.") { $0.api = $1 }
    }
}

extension Shape where Value == ManagerSpec.API {
    /// `api`: `{metrics: {auth: open}, streams: {auth: open}, proxy: {whip: "/{scope}/whip/endpoint/{name}"}}`.
    static let api = Shape.object("api", make: { ManagerSpec.API() }) { fields in
        fields.add("tls", Shape<ManagerSpec.API.TLS?>.tls, "HTTPS beside HTTP.", synonyms: ["https", "ssl"]) {
            $0.tls = $1
        }
        fields.add("cors", Shape<ManagerSpec.API.CORS>.cors, "Pages of other origins that may read answers.") {
            $0.cors = $1
        }
        fields.add("limits", Shape<ManagerSpec.API.Limits>.apiLimits, "What a client may take.") { $0.limits = $1 }
        fields.add("metrics", Shape<Bool>.openness("metrics"), "Who may read /metrics.") { $0.areMetricsOpen = $1 }
        fields.add(
            "streams", Shape<Bool>.openness("streams"),
            "Who may ask by the product's routes: /as/v1/streams/stream and /as/v1/proxy."
        ) { $0.areStreamsOpen = $1 }
        fields.add("proxy", Shape<ProxyPaths>.proxyPaths, "Where media nodes speak WHIP and WHEP.") {
            $0.whipPath = $1.whip ?? $0.whipPath
            $0.whepPath = $1.whep ?? $0.whepPath
        }
    }
}

extension Shape where Value == Bool {
    private enum Auth: String, Sendable, CaseIterable { case required, open }

    /// `{auth: required|open}`: true when it is open.
    fileprivate static func openness(_ title: String) -> Shape {
        object(title, make: { false }) { fields in
            fields.add(
                "auth", Shape<Auth>.oneOf("auth"),
                "Whether a token is needed. Where the block is left out: required.", example: "open", required: true
            ) {
                $0 = $1 == .open
            }
        }
    }
}

extension Shape where Value == Int? {
    /// `limits` of the manager.
    static let managerLimits = Shape.object("limits", make: { nil }) { fields in
        fields.add(
            "nodes", .nodeCount, "No more nodes than this, over all groups; default: no such limit.", example: 500
        ) { $0 = $1 }
    }
}

/// What a plan may do without an approval, in whole percent.
struct Approval: Sendable {
    /// See ``ManagerSpec/approvalShare``.
    var share = ManagerSpec().approvalShare
    /// See ``ManagerSpec/approvalGrowth``.
    var growth = ManagerSpec().approvalGrowth
}

extension Shape where Value == Approval {
    /// `approval`: `{share: 50%, growth: 100%}`.
    static let approval = Shape.object("approval", make: { Approval() }) { fields in
        fields.add(
            "share", .percent(0...100), "A plan that removes more of all nodes than this waits for an approval.",
            default: "50%", example: "20%"
        ) { $0.share = $1 }
        fields.add(
            "growth", .percent(0...10_000),
            "A change of the spec that adds more of the serving nodes than this waits for an approval.",
            default: "100%", example: "200%"
        ) { $0.growth = $1 }
    }
}

extension Shape where Value == String? {
    /// `geoip`: the path of its database.
    static let geoip = Shape.object("geoip", make: { nil }) { fields in
        fields.add(
            "database", .path, "A file in MaxMind's format.", example: "/var/lib/GeoIP/GeoLite2-City.mmdb",
            required: true, synonyms: ["path", "file"]
        ) {
            $0 = $1
        }
    }
}

extension Shape where Value == ManagerSpec.Log {
    /// `log`: its format, and which requests it tells.
    static let log = Shape.object("log", make: { ManagerSpec.Log() }) { fields in
        fields.add(
            "format", Shape<ManagerSpec.LogFormat>.oneOf("log format"), "Lines for people, or JSON.", default: "text",
            example: "json"
        ) {
            $0.format = $1
        }
        fields.add(
            "requests", Shape<ManagerSpec.LoggedRequests>.oneOf("choice of requests"),
            "Which answered requests get a line: none, errors (status 500 and above), all.", default: "none",
            example: "errors", synonyms: ["access"]
        ) { $0.requests = $1 }
    }
}

extension Shape where Value == ManagerSpec.Tokens {
    /// `tokens`: their lifetimes.
    static let tokens = Shape.object("tokens", make: { ManagerSpec.Tokens() }) { fields in
        fields.add(
            "lifetime", .duration(.seconds(1) ... .seconds(86_400)), "How long an access token is good.", default: "1h",
            example: "15m",
            synonyms: ["expiry", "ttl"]
        ) { $0.lifetime = $1 }
        fields.add(
            "refreshLifetime", .positiveDuration, "How long a login can be renewed.", default: "7d", example: "12h",
            synonyms: ["refreshExpiry", "refreshTTL"]
        ) { $0.refreshLifetime = $1 }
        fields.add(
            "keyRotation", .duration(.seconds(3600) ... .seconds(DurationText.maximumDays * 86_400)),
            "How often the signing key changes.", default: "90d", example: "30d", synonyms: ["rotation"]
        ) { $0.keyRotation = $1 }
    }
}

extension Shape where Value == String {
    /// `127.0.0.1:5080`, `[::1]:5080`, or `:5080` for every address.
    static let listenAddress = Shape(["title": "address:port", "type": "string", "pattern": ":[0-9]{1,5}$"]) {
        node, context in
        guard let text = node.text, let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")),
            let port = UInt16(text[text.utf8.index(after: colon)...])
        else {
            context.expected("address:port such as 127.0.0.1:5080", node)
            return nil
        }
        let host = text[..<colon]
        guard port >= 0, !host.contains(":") || host.hasPrefix("[") && host.hasSuffix("]") else {
            context.expected("address:port with an IPv6 address in brackets, such as [::1]:5080", node)
            return nil
        }
        return text
    }

    /// An `http` or `https` URL.
    static let webAddress = Shape(["title": "http or https URL", "type": "string", "pattern": "^https?://[^/]+"]) {
        node, context in
        guard let text = node.text,
            let scheme = ["http://", "https://"].first(where: { text.hasPrefix($0) && text.utf8.count > $0.utf8.count }
            ),
            text.utf8.dropFirst(scheme.utf8.count).first != UInt8(ascii: "/"), !text.contains(where: \.isWhitespace)
        else {
            context.expected("a URL such as https://manager.example.org", node)
            return nil
        }
        return text
    }
}

extension Shape where Value == ManagerSpec.API.TLS? {
    /// `tls` of the API.
    static let tls = Shape<ManagerSpec.API.TLS>.object("tls", make: { ManagerSpec.API.TLS() }) { fields in
        fields.add(
            "certificate", .path, "A PEM file: the server's certificate, then its chain.",
            example: "/etc/smreconcile/tls.pem", required: true,
            synonyms: ["cert", "certFile", "chain"]
        ) { $0.certificate = $1 }
        fields.add(
            "key", .path, "A PEM file with the certificate's key.", example: "/etc/smreconcile/tls.key", required: true,
            synonyms: ["privateKey", "keyFile"]
        ) { $0.key = $1 }
        fields.add(
            "clientCA", .path,
            "A PEM file with the authorities that vouch for clients; default: clients need no certificate.",
            example: "/etc/smreconcile/clients.pem",
            synonyms: ["ca", "clientCAFile", "clientAuthority"]
        ) { $0.clientCA = $1 }
        fields.add(
            "clientCertificates", Shape<ManagerSpec.API.TLS.ClientCertificates>.oneOf("need of client certificates"),
            "Whether each client must show a certificate, where there is a clientCA.", default: "required",
            example: "optional", synonyms: ["clientAuth"]
        ) { $0.clients = $1 }
        fields.add(
            "minimum", .tlsVersion, "The oldest TLS version: \"1.2\" or \"1.3\".", default: "1.2", example: "1.3",
            synonyms: ["minVersion"]
        ) {
            $0.minimum = $1
        }
        fields.add(
            "listen", .listenAddress, "address:port of HTTPS; default: port 443 on the host of 'listen'.",
            example: "0.0.0.0:5443"
        ) {
            $0.listen = $1
        }
        fields.add(
            "http", Shape<ManagerSpec.API.TLS.PlainHTTP>.oneOf("use of plain HTTP"),
            "serve: plain HTTP answers too; redirect: it leads here; off: nobody listens there.", default: "serve",
            example: "redirect"
        ) { $0.http = $1 }
        fields.add(
            "hsts", .wholeSeconds, "How long browsers keep to HTTPS (Strict-Transport-Security); 0s: not told.",
            default: "365d", example: "0s"
        ) { $0.hsts = $1 }
    } check: { value, node, context in
        if value.clientCA == nil, let key = node.key("clientCertificates") {
            context.conflict(
                "clientCertificates without a clientCA: nobody vouches for clients", at: key,
                suggestion: "add clientCA with the file of the authorities")
        }
    }.map { value, _, _ in Optional(value) }
}

extension Shape where Value == ManagerSpec.API.TLS.Version {
    /// `1.2` or `1.3`, with quotes or without.
    static let tlsVersion = Shape(["enum": ["1.2", "1.3", .number(1.2), .number(1.3)]]) { node, context in
        guard let text = node.text, let version = ManagerSpec.API.TLS.Version(rawValue: text) else {
            context.expected("\"1.2\" or \"1.3\"", node, "older versions of TLS are broken and not spoken")
            return nil
        }
        return version
    }
}

extension Shape where Value == Duration {
    /// Whole seconds from zero on, as header fields have them.
    static let wholeSeconds = Shape<Duration>.duration.map { value, node, context -> Duration? in
        guard value.components.attoseconds == 0 else {
            context.expected("whole seconds", node)
            return nil
        }
        return value
    }

    /// The time of a limit: a second at least, since that is how often they are looked at, and a day at most.
    static let limitTime = Shape<Duration>.duration(.seconds(1) ... .seconds(86_400))
}

extension Shape where Value == ManagerSpec.API.CORS {
    /// `cors` of the API.
    static let cors = Shape.object("cors", make: { ManagerSpec.API.CORS() }) { fields in
        fields.add(
            "origins", Shape<String>.origin.list(atLeast: 1), "Origins whose pages may read answers, or '*' for any.",
            example: ["https://app.example.org"],
            required: true, synonyms: ["origin", "allowOrigins", "allowedOrigins"]
        ) { $0.origins = $1 }
        fields.add(
            "maxAge", .wholeSeconds, "How long a browser remembers a preflight's answer.", default: "10m",
            example: "1h"
        ) {
            $0.maxAge = $1
        }
    } check: { value, node, context in
        if value.origins.contains("*"), value.origins.count > 1 {
            context.conflict(
                "'*' stands for every origin: the others are of no use", at: node.nearest("origins"),
                suggestion: "write ['*'], or the origins alone")
        }
    }
}

extension Shape where Value == String {
    /// `*`, or a scheme, a host and at most a port, as browsers send it (RFC 6454 section 6.2): lower case, no slash at the end.
    static let origin = Shape(["title": "origin, or '*'", "type": "string", "pattern": #"^(\*|https?://[^/A-Z]+)$"#]) {
        node, context in
        guard let text = node.text, !node.isNull else {
            context.expected("an origin such as https://app.example.org", node)
            return nil
        }
        if text == "*" { return text }
        let schemes = ["https://", "http://"]
        guard let scheme = schemes.first(where: { text.hasPrefix($0) }) else {
            context.expected("an origin such as https://app.example.org", node)
            return nil
        }
        let rest = text.utf8.dropFirst(scheme.utf8.count)
        let isHost = { (byte: UInt8) in
            (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte)
                || [0x2d, 0x2e, 0x3a, 0x5b, 0x5d].contains(byte)
        }
        guard !rest.isEmpty, rest.allSatisfy(isHost) else {
            context.expected(
                "an origin such as https://app.example.org", node,
                "an origin is in lower case and has no path, no slash at its end and no '*' in it")
            return nil
        }
        for (scheme, port) in [("https://", ":443"), ("http://", ":80")]
        where text.hasPrefix(scheme) && text.hasSuffix(port) {
            context.expected("an origin as browsers send it", node, "leave '\(port)' out: it is the scheme's own")
            return nil
        }
        return text
    }
}

extension Shape where Value == ManagerSpec.API.Limits {
    /// `limits` of the API.
    static let apiLimits = Shape.object("limits", make: { ManagerSpec.API.Limits() }) { fields in
        fields.add(
            "connections", .integer(16...1_000_000), "Open connections of everybody; 503 over it. Read at the start.",
            default: 16384, example: 50000
        ) { $0.connections = $1 }
        fields.add(
            "connectionsPerAddress", .integer(1...1_000_000),
            "Open connections of one address, but for trustedProxies; 429 over it. Default: 1000, none for this machine.",
            example: 200
        ) { $0.connectionsPerAddress = $1 }
        fields.add(
            "headerBytes", .integer(4096...65_536), "Bytes of a request's head; 431 over it. Read at the start.",
            default: 12288, example: 32768,
            synonyms: ["headerSize"]
        ) { $0.headerBytes = $1 }
        fields.add(
            "headers", .integer(10...1000), "Header fields of a request; 431 over it.", default: 100, example: 50,
            synonyms: ["headerCount"]
        ) { $0.headers = $1 }
        fields.add(
            "headTime", .limitTime, "For the TLS handshake and the head; 408 over it.", default: "10s", example: "5s",
            synonyms: ["headerTime"]
        ) { $0.headTime = $1 }
        fields.add(
            "bodyRate", .integer(1...1_000_000),
            "Bytes per second that a body must bring on the average; 408 below it.", default: 500, example: 2000
        ) { $0.bodyRate = $1 }
        fields.add("bodyGrace", .limitTime, "How long a body may be slower than that.", default: "5s", example: "10s") {
            $0.bodyGrace = $1
        }
        fields.add("bodyTime", .limitTime, "For the whole body; 408 over it.", default: "60s", example: "30s") {
            $0.bodyTime = $1
        }
        fields.add("answerTime", .limitTime, "In which an answer must be taken.", default: "60s", example: "30s") {
            $0.answerTime = $1
        }
        fields.add(
            "idleTime", .limitTime, "From an answer to the next request.", default: "60s", example: "2m",
            synonyms: ["keepAlive"]
        ) {
            $0.idleTime = $1
        }
    }
}

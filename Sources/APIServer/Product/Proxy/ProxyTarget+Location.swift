internal import Reconciler

extension ProxyTarget {
    /// The path and query on this node of what it calls a session; nil when that is elsewhere, or not to be read.
    ///
    /// A `Location` is a reference that is resolved against the URL that was asked (RFC 9110 section 10.2.2, RFC 3986 section 5.2), so that
    /// `abc`, `?id=7`, `//203.0.113.7/abc` and `HTTP://203.0.113.7/abc` are as good as `/whip/abc`. Of its host nothing is used: it is only
    /// compared, and a session is always asked for at the node's own address.
    func ownPath(_ location: String, from endpoint: String) -> String? {
        guard location.utf8.allSatisfy({ Self.mayBeInTarget($0) || $0 == UInt8(ascii: "#") }),
            endpoint.hasPrefix(authority)
        else { return nil }
        // A fragment is the client's business, and nothing of it is sent.
        var rest = location.prefix { $0 != "#" }
        // Nothing, or a fragment alone, names the endpoint and no session.
        guard !rest.isEmpty else { return nil }
        if let sign = rest.firstIndex(where: { $0 == ":" || $0 == "/" || $0 == "?" }), rest[sign] == ":" {
            guard rest[..<sign].lowercased() == scheme else { return nil }
            rest = rest[rest.index(after: sign)...]
            // `http:abc` is one thing to old readers and another one to new ones (RFC 3986 section 5.2.2).
            guard rest.hasPrefix("//") else { return nil }
        }
        let isAbsolute = rest.hasPrefix("//")
        if isAbsolute {
            let place = rest.dropFirst(2).prefix { $0 != "/" && $0 != "?" }
            guard isOwn(place) else { return nil }
            rest = rest[place.endIndex...]
        }
        let named = rest.prefix { $0 != "?" }
        guard let path = Self.resolved(named, isAbsolute, endpoint.dropFirst(authority.count)),
            // Some readers would take what follows for a host.
            !path.hasPrefix("//")
        else { return nil }
        return path + String(rest[named.endIndex...])
    }

    /// RFC 3986 section 5.2.2, its lines about paths, and section 5.2.3.
    private static func resolved(_ named: Substring, _ isAbsolute: Bool, _ asked: Substring) -> String? {
        if isAbsolute || named.hasPrefix("/") {
            return withoutDotSegments(named.isEmpty ? "/" : String(named))
        }
        let base = asked.prefix { $0 != "?" }
        if named.isEmpty { return withoutDotSegments(String(base)) }
        guard let slash = base.lastIndex(of: "/") else { return nil }
        return withoutDotSegments(String(base[...slash]) + String(named))
    }

    /// RFC 3986 section 5.2.4, but a path that leads out of the root is none, and a dot that is percent-encoded is one, as servers and
    /// browsers have it.
    private static func withoutDotSegments(_ path: String) -> String? {
        guard path.hasPrefix("/") else { return nil }
        var kept: [Substring] = []
        let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for (index, segment) in segments.enumerated() {
            switch segment.lowercased().replacing("%2e", with: ".") {
            case ".": break
            case "..": guard kept.popLast() != nil else { return nil }
            default:
                kept.append(segment)
                continue
            }
            // What a dot segment at the end leaves is a folder.
            if index == segments.count - 1 { kept.append("") }
        }
        return "/" + kept.joined(separator: "/")
    }

    /// Whether `host:port`, or `host` alone with the port of the scheme, is where this node listens. User names are never ours.
    private func isOwn(_ place: Substring) -> Bool {
        let host: Substring
        let rest: Substring
        if place.hasPrefix("[") {
            guard let end = place.firstIndex(of: "]") else { return false }
            host = place[..<end].dropFirst()
            rest = place[place.index(after: end)...]
            guard host.contains(":") else { return false }
        } else {
            host = place.prefix { $0 != ":" }
            rest = place[host.endIndex...]
        }
        let digits = rest.dropFirst()
        guard rest.isEmpty || rest.hasPrefix(":"), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return false
        }
        let named: Int? = digits.isEmpty ? (scheme == "https" ? 443 : 80) : Int(digits)
        guard named == port else { return false }
        if host.lowercased() == address.lowercased() { return true }
        // A zone means something on one machine only, and nothing here is compared without it.
        guard !host.contains("%"), let wanted = IPAddress(String(host)) else { return false }
        return IPAddress(address) == wanted
    }
}

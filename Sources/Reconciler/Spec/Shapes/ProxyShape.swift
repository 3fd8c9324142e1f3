/// Paths of media nodes, as far as given.
struct ProxyPaths: Sendable {
    /// See ``ManagerSpec/API/whipPath``.
    var whip: String?
    /// See ``ManagerSpec/API/whepPath``.
    var whep: String?
}

extension Shape where Value == ProxyPaths {
    /// `proxy` of the manager's `api`.
    static let proxyPaths = Shape.object("proxy", make: { ProxyPaths() }) { fields in
        fields.add(
            "whip", .nodePath, "The path for publishers.", default: "/{scope}/whip/endpoint/{name}",
            example: "/whip/{scope}/{name}"
        ) { $0.whip = $1 }
        fields.add(
            "whep", .nodePath, "The path for viewers.", default: "/{scope}/whep/endpoint/{name}",
            example: "/whep/{scope}/{name}"
        ) { $0.whep = $1 }
    }
}

extension Shape where Value == String {
    /// An absolute path with `{name}` in it, and `{scope}` where that matters.
    fileprivate static let nodePath = Shape([
        "title": "path with {name} in it", "type": "string", "pattern": #"^/.*\{name\}"#,
    ]) { node, context in
        let rest = (node.text ?? "").replacing("{scope}", with: "").replacing("{name}", with: "")
        guard let text = node.text, text.hasPrefix("/"), text.contains("{name}"),
            rest.utf8.allSatisfy({ MetricName.isWord($0) || "/-.~".utf8.contains($0) })
        else {
            context.expected("a path such as /{scope}/whip/endpoint/{name}", node)
            return nil
        }
        return text
    }
}

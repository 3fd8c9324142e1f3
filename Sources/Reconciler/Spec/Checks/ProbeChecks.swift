/// Contradictions between the probes of a role and the rest of it.
enum ProbeChecks {
    /// Without heartbeats there is something else that tells how a node is.
    static func check(_ health: HealthSpec, _ node: YAMLNode, _ context: SpecContext) {
        guard !health.heartbeat, let place = node["heartbeat"] else { return }
        if let probes = node["probes"], !probes.elements.isEmpty || probes.text != nil { return }
        context.conflict(
            "without heartbeats and without probes nothing tells how a node is", at: place,
            suggestion: "add 'probes', or leave 'heartbeat' out")
    }

    /// Every endpoint that a probe looks at is one of the role's; `node` is the role.
    static func check(_ role: RoleSpec, _ node: YAMLNode, _ context: SpecContext) {
        let endpoints = node["endpoints"]?.elements ?? []
        let names = endpoints.compactMap { $0["protocol"]?.text }
        for probe in node["health"]?["probes"]?.elements ?? [] {
            for key in ["tcp", "http"] {
                guard let target = probe[key], case .mapping = target.value, target["port"] == nil else { continue }
                if let place = target["endpoint"], let name = place.text {
                    guard !names.contains(name) else { continue }
                    let near = Suggestion.nearest(to: name, among: names)
                    context.conflict(
                        "\(context.place) has no endpoint '\(name.shortened)'", at: place, with: node["endpoints"],
                        suggestion: near.map { "did you mean '\($0)'?" } ?? known(names))
                } else if endpoints.isEmpty, target["endpoint"] == nil {
                    context.conflict(
                        "\(context.place) has no endpoints, so that the probe needs a 'port'",
                        at: probe.key(key) ?? probe,
                        with: node["endpoints"])
                }
            }
            if let command = probe["command"], endpoints.isEmpty, asksForPort(command) {
                context.conflict(
                    "\(context.place) has no endpoints, and the probe's command asks for '{{port}}'", at: command,
                    with: node["endpoints"])
            }
        }
    }

    private static func known(_ names: [String]) -> String? {
        names.isEmpty ? "give the probe a 'port'" : "it has \(names.map { "'\($0)'" }.joined(separator: ", "))"
    }

    private static func asksForPort(_ command: YAMLNode) -> Bool {
        (command.elements.compactMap(\.text) + [command.text ?? ""]).contains {
            PlaceholderText.names(in: [$0]).contains("port")
        }
    }
}

extension Shape where Value == BootstrapSpec {
    /// `bootstrap` of a provider whose machines start with user-data.
    static let bootstrap = Shape.object("bootstrap", make: { BootstrapSpec() }) { fields in
        fields.add(
            "userData", .userData,
            "A template of your own, with {{nodeId}}, {{token}}, {{managerUrl}} and the like; default: cloud-init that starts the agent.",
            example: "#!/bin/sh\nset -eu\n/opt/media/install --token '{{token}}'\n",
            synonyms: ["user_data", "userdata", "cloudInit", "template"]
        ) { $0.userData = $1 }
        fields.add(
            "agent", .command, "Options of 'smreconcile agent' in the default user-data.",
            example: ["--statistics", "nginx-rtmp=http://127.0.0.1:8080/stat"], synonyms: ["agentOptions"]
        ) { $0.agent = $1 }
    } check: { bootstrap, node, context in
        if bootstrap.userData != nil, let agent = node.key("agent") {
            context.error(
                "'agent' is of the default user-data, which 'userData' stands in place of", at: agent,
                "write the agent's options there")
        }
    }
}

extension Shape where Value == String {
    /// A template whose placeholders are known.
    fileprivate static let userData = Shape.text.map { text, node, context -> String? in
        let known = BootstrapSpec.placeholders
        return context.knowsPlaceholders(
            of: text, at: node, in: "'userData'", names: known + ["\(BootstrapSpec.settingPrefix)NAME"]
        ) { known.contains($0) || ($0.hasPrefix(BootstrapSpec.settingPrefix) && $0 != BootstrapSpec.settingPrefix) }
            ? text : nil
    }
}

extension SpecContext {
    /// False, and an error for each, when a text has placeholders that nothing is known for. `place` says in what, `names` are for the
    /// suggestion.
    func knowsPlaceholders(
        of text: String, at node: YAMLNode, in place: String, names: [String], isKnown: (String) -> Bool
    ) -> Bool {
        let unknown = PlaceholderText.names(in: [text]).filter { !isKnown($0) }
        for name in unknown {
            let near = Suggestion.nearest(to: name, among: names)
            let known = names.map { "'{{\($0)}}'" }.joined(separator: ", ")
            error(
                "unknown placeholder '{{\(name.shortened)}}' in \(place)", at: node,
                near.map { "did you mean '{{\($0)}}'?" } ?? "known are \(known)")
        }
        return unknown.isEmpty
    }
}

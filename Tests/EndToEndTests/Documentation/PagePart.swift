/// Parts of specs that pages show, `in=role` and the like, and the whole specs around them that make them readable.
enum PagePart {
    /// A whole spec with this part in its place; nil when there is no such place.
    ///
    /// A place is a kind of document, of which the head may be left out, or a key: what is shown are the keys under it.
    static func spec(_ lines: [String], in place: String) -> String? {
        let depth = lines.filter { !$0.isEmpty }.map { $0.prefix { $0 == " " }.count }.min() ?? 0
        let part = lines.map { String($0.dropFirst(depth)) }
        switch place {
        case "NodeGroup", "Provider", "Manager":
            return part.split(separator: "---", omittingEmptySubsequences: true)
                .map { document(Array($0), kind: place) }.joined(separator: "\n---\n") + providers(beside: part, place)
        case "group": return group(part)
        case "roles": return group(["roles:"] + part.map { "  " + $0 })
        case "role": return group(["roles:", "  origin: {min: 0, max: 1}", "  edge:"] + role(part, 4))
        case "scaling":
            let scaling = ["scaling:"] + part.map { "  " + $0 }
            return group(["roles:", "  edge:"] + role(scaling, 4))
        case "ec2", "shell", "simulated", "process", "terraform":
            var keys = part
            if place == "shell" {
                for key in ["list", "create", "destroy"] where !has(key, keys) { keys.append("\(key): ./pool \(key)") }
            }
            return document(["spec:", "  type: \(place)", "  \(place):"] + keys.map { "    " + $0 }, kind: "Provider")
        default: return nil
        }
    }

    private static func has(_ key: String, _ lines: [String]) -> Bool { lines.contains { $0.hasPrefix(key + ":") } }

    private static func document(_ lines: [String], kind: String) -> String {
        var lines = lines
        if !has("kind", lines) { lines.insert("kind: \(kind)", at: 0) }
        if !has("apiVersion", lines) { lines.insert("apiVersion: smreconcile/v1", at: 0) }
        if !has("metadata", lines) { lines.append("metadata: {name: shown}") }
        // Of a node group often only what the page is about is shown.
        guard lines.contains("kind: NodeGroup"), let spec = lines.firstIndex(of: "spec:") else {
            return lines.joined(separator: "\n")
        }
        for (key, value) in completions where !lines.contains(where: { $0.hasPrefix("  \(key):") }) {
            lines.insert("  \(key): \(value)", at: spec + 1)
        }
        return lines.joined(separator: "\n")
    }

    /// What every node group needs, in its shortest form.
    private static let completions = [
        ("roles", "{edge: {min: 1}}"), ("regions", "[{name: us-east}, {name: us-west}, {name: eu-west}]"),
        ("provider", "lab"),
    ]

    private static func group(_ keys: [String]) -> String {
        document(["kind: NodeGroup", "spec:"] + keys.map { "  " + $0 }, kind: "NodeGroup") + lab
    }

    /// The keys of a role, with those that others make no sense without.
    private static func role(_ keys: [String], _ indentation: Int) -> [String] {
        var keys = keys
        if !has("max", keys) { keys.append("max: 40") }
        if !has("min", keys) { keys.append("min: 2") }
        if !has("capacity", keys) { keys.append("capacity: {connections.subscriber: 200, connections.publisher: 20}") }
        if !has("endpoints", keys) {
            keys.append("endpoints: [{protocol: rtmp, port: 1935}, {protocol: http, port: 80}]")
        }
        return keys.map { String(repeating: " ", count: indentation) + $0 }
    }

    private static let lab = """

        ---
        apiVersion: smreconcile/v1
        kind: Provider
        metadata: {name: lab}
        spec: {type: simulated}

        """

    /// The provider that a node group names, where none is shown.
    private static func providers(beside part: [String], _ place: String) -> String {
        place == "NodeGroup" && !part.contains("kind: Provider") ? lab : "\n"
    }
}

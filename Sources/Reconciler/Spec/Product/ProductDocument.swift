/// The JSON of a node group of the product, as its clients are given it back.
package enum ProductDocument {
    /// Keys whose values are nobody's to read; scripts carry secrets, and do nothing here.
    private static let secrets: Set<String> = ["clusterPassword", "initScripts"]
    /// What stands for a value that is nobody's to read.
    static let mask = "***"
    /// What the names of such values have in them.
    private static let secretWords = ["secret", "password", "passwd", "passphrase", "token", "key", "credential"]

    /// Whether the value of a name such as `jwt.secret` is nobody's to read.
    static func isSecret(_ name: String) -> Bool {
        hasSecretWord(name) && !openNames.contains(name.lowercased())
    }

    /// Names with such a word in them that are no secrets: the name of a key pair, and whether metadata need a session token. Masked they
    /// would be lost to who changes a group that way.
    private static let openNames: Set<String> = ["keyname", "key_name", "metadatatokens"]

    /// Whether a name has in it what names of secrets have.
    static func hasSecretWord(_ name: String) -> Bool {
        let name = name.lowercased()
        return secretWords.contains { name.contains($0) }
    }

    /// The value of a name, or what stands for it.
    static func shown(_ value: String, of name: String) -> String { isSecret(name) ? mask : value }

    /// `name=value;name=value`, without the values that are nobody's to read.
    private static func masked(_ properties: String) -> String {
        properties.split(separator: ";", omittingEmptySubsequences: false).map { part -> String in
            guard let sign = part.firstIndex(of: "="), isSecret(String(part[..<sign])) else { return String(part) }
            let value = part[part.index(after: sign)...]
            // Without a value it says nothing, and hides nothing.
            return value.allSatisfy(\.isWhitespace) ? String(part) : "\(part[...sign])\(mask)"
        }.joined(separator: ";")
    }

    /// What is known better when it is asked for.
    private static let moving: Set<String> = ["isScalingPaused"]

    /// A kept document with what changes by commands: whether it is paused. What is nobody's to read now may have been kept before.
    package static func answer(_ document: String, isPaused: Bool) -> String {
        let kept = try? JSONDocument.parse(Array(document.utf8)).get()
        let rest = kept.map(normalised)?.dropFirst() ?? "}"
        return "{\"isScalingPaused\":\(isPaused)" + (rest == "}" ? "" : ",") + rest
    }

    /// What was sent, on one line: `subGroups` is `groups`, counts are numbers; what looks like a secret is masked; passwords of the cluster,
    /// scripts and what commands change are left out.
    static func normalised(_ node: YAMLNode) -> String {
        var text = ""
        write(node, key: "", into: &text)
        return text
    }

    private static func write(_ node: YAMLNode, key: String, isHidden: Bool = false, into text: inout String) {
        switch node.value {
        case .sequence(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += "," }
                write(element, key: "", isHidden: isHidden, into: &text)
            }
            text += "]"
        case .mapping:
            text += "{"
            var isFirst = true
            for (name, value) in node.members where !secrets.contains(name) && !moving.contains(name) {
                if !isFirst { text += "," }
                isFirst = false
                text += quoted(name == "subGroups" ? "groups" : name) + ":"
                // `"jwt.secret": "x"`, and `{"name": "jwt.secret", "value": "x"}`.
                let isHidden = isSecret(name) || (name == "value" && node["name"]?.text.map(isSecret) == true)
                write(value, key: name, isHidden: isHidden, into: &text)
            }
            text += "}"
        case .scalar where isHidden && !node.isNull: text += quoted(mask)
        case .scalar(let properties, _) where key == "cloudProperties" && !node.isNull:
            text += quoted(masked(properties))
        case .scalar(let scalar, let style):
            text += Self.scalar(scalar, style, isCount: counts.contains(key))
        }
    }

    private static let counts: Set<String> = [
        "min", "max", "increment", "maxPublishers", "maxSubscribers", "durationS",
    ]

    private static func scalar(_ scalar: String, _ style: YAMLNode.Style, isCount: Bool) -> String {
        if isCount, let count = Int(scalar) { return "\(count)" }
        guard style == .plain else { return quoted(scalar) }
        if scalar.isEmpty || ["~", "null", "Null", "NULL"].contains(scalar) { return "null" }
        if let flag = YAMLScalar.boolean(scalar) { return "\(flag)" }
        if let whole = YAMLScalar.integer(scalar) { return "\(whole)" }
        if let number = YAMLScalar.number(scalar) { return "\(number)" }
        return quoted(scalar)
    }

    /// A JSON string (RFC 8259 section 7).
    static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = [UInt8(ascii: "\"")]
        RouteAnswerBytes.escape(text.utf8, into: &bytes)
        bytes.append(UInt8(ascii: "\""))
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Shape where Value == ShellSpec {
    /// Settings of the type `shell`.
    static let shell = Shape.object("shell", make: { ShellSpec(list: [], create: [], destroy: []) }) { fields in
        fields.add("list", .command, "Prints all instances as JSON.", example: ["./pool", "list"], required: true) {
            $0.list = $1
        }
        fields.add("create", .command, "Makes one instance.", example: ["./pool", "create"], required: true) {
            $0.create = $1
        }
        fields.add(
            "destroy", .command, "Ends one instance.", example: ["./pool", "destroy"], required: true,
            synonyms: ["delete"]
        ) { $0.destroy = $1 }
        fields.add(
            "describe", .command, "Prints what there is to know about one instance.", example: ["./pool", "describe"]
        ) { $0.describe = $1 }
        fields.add("images", .command, "Prints the images that a node group may name.", example: ["./pool", "images"]) {
            $0.images = $1
        }
        fields.add(
            "types", .command, "Prints the instance types that a role may name.", example: ["./pool", "types"],
            synonyms: ["instanceTypes"]
        ) {
            $0.types = $1
        }
        fields.add(
            "environment", .settings, "Environment variables of all of them.", example: ["POOL": "pool.json"],
            synonyms: ["env"]
        ) {
            $0.environment = $1
        }
        fields.add(
            "secrets", Shape<String>.variable.list(),
            "Variables of the manager's environment that all of them get too; their values are never shown.",
            example: ["CLOUD_API_KEY"],
            synonyms: ["passEnvironment", "secretEnvironment"]
        ) { $0.secrets = $1 }
        fields.add(
            "timeout", .positiveDuration, "A command that takes longer is killed.", default: "60s", example: "5m"
        ) { $0.timeout = $1 }
        fields.add(
            "concurrency", .integer(1...256), "Creates and destroys under way at once, over all regions.",
            default: 4, example: 16
        ) { $0.concurrency = $1 }
    } check: { shell, node, context in
        shell.source = SourceLocation(
            file: context.source.name, line: Int(node.line), column: Int(node.column))
        context.refuseDoubleVariables(node, shell.environment)
    }
}

extension SpecContext {
    /// A variable that a provider has in its `environment` and names in its `secrets` too is an error; `node` holds both.
    func refuseDoubleVariables(_ node: YAMLNode, _ environment: [String: String]) {
        for place in node["secrets"]?.elements ?? [] {
            guard let name = place.text, environment[name] != nil else { continue }
            error("'\(name)' is in 'environment' and in 'secrets'", at: place, "take it out of one of them")
        }
    }
}

extension Shape where Value == String {
    /// The name of an environment variable, but none of ours.
    static let variable = Shape([
        "title": "name of a variable", "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
    ]) {
        node, context in
        let name = node.text ?? ""
        let isName = name.utf8.enumerated().allSatisfy { index, byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): index > 0
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"): true
            default: false
            }
        }
        guard isName, !name.isEmpty, !node.isNull else {
            context.expected("the name of an environment variable", node)
            return nil
        }
        if name.hasPrefix("SMRECONCILE_") {
            context.error(
                "'\(name)' is set by smreconcile itself, or is a secret of its own", at: node, "take another name")
            return nil
        }
        return name
    }
}

extension Shape where Value == ProcessSpec {
    /// Settings of the type `process`.
    static let process = Shape.object("process", make: { ProcessSpec(roles: [:]) }) { fields in
        fields.add(
            "roles",
            Shape<ProcessSpec.Command>.roleCommand.byName(
                "role", names: NameRule.schema, checking: NameRule.problem),
            "The command line of each role.", required: true, synonyms: ["commands"]
        ) { $0.roles = Dictionary($1.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }) }
        fields.add(
            "address", .text, "Nodes listen here, and clients are sent here.", default: "127.0.0.1",
            example: "127.0.0.2", synonyms: ["host"]
        ) {
            $0.address = $1
        }
        fields.add(
            "ports", Shape<ClosedRange<Int>>.ports,
            "Free ports are taken from this range; default: the system picks.", example: "20000-21000",
            synonyms: ["portRange"]
        ) {
            $0.ports = $1
        }
        fields.add(
            "stopTimeout", .duration, "From TERM to KILL when a node is destroyed.", default: "10s", example: "30s"
        ) { $0.stopTimeout = $1 }
    }
}

extension Shape where Value == ProcessSpec.Command {
    /// How one role is started.
    static let roleCommand = Shape.object("role", make: { ProcessSpec.Command(arguments: []) }) { fields in
        fields.add(
            "command", .command, "Program and arguments.",
            example: ["./node.sh", "origin", "{{dir}}", "{{port.rtmp}}"], required: true,
            synonyms: ["cmd", "args", "exec"]
        ) {
            $0.arguments = $1
        }
        fields.add("environment", .settings, "Environment variables.", example: ["MODE": "live"], synonyms: ["env"]) {
            $0.environment = $1
        }
        fields.add(
            "workingDirectory", .text, "Where it runs; default: the directory of the spec file.",
            example: "/srv/media", synonyms: ["cwd", "directory"]
        ) {
            $0.workingDirectory = $1
        }
    } check: { command, node, context in
        command.source = SourceLocation(
            file: context.source.name, line: Int(node.line), column: Int(node.column))
    }
}

extension Shape where Value == ClosedRange<Int> {
    /// `20000-21000`.
    static let ports = Shape(["title": "range of ports", "type": "string", "pattern": "^[0-9]{1,5}-[0-9]{1,5}$"]) {
        node, context in
        let ends = node.text?.split(separator: "-", omittingEmptySubsequences: false) ?? []
        guard ends.count == 2, let low = UInt16(ends[0]), let high = UInt16(ends[1]), low > 0 else {
            context.expected("a range of ports such as 20000-21000", node)
            return nil
        }
        guard low <= high else {
            context.error("the range '\(low)-\(high)' runs backwards", at: node)
            return nil
        }
        return Int(low)...Int(high)
    }
}

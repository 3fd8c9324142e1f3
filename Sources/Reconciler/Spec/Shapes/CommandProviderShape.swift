extension Shape where Value == ProcessSpec {
    /// Settings of the type `process`.
    static let process = Shape.object("process", make: { ProcessSpec(roles: [:]) }) { fields in
        fields.add(
            "roles",
            Shape<ProcessSpec.Command>.roleCommand.byName(
                "role", names: NameRule.schema, checking: NameRule.problem),
            "The command line of each role.", required: true, synonyms: ["commands"]
        ) { $0.roles = Dictionary($1.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }) }
        fields.add("address", .text, "Nodes listen here, and clients are sent here.", synonyms: ["host"]) {
            $0.address = $1
        }
        fields.add(
            "ports", Shape<ClosedRange<Int>>.ports, "Free ports are taken from this range.", synonyms: ["portRange"]
        ) {
            $0.ports = $1
        }
        fields.add("stopTimeout", .duration, "From TERM to KILL when a node is destroyed.") { $0.stopTimeout = $1 }
    }
}

extension Shape where Value == ProcessSpec.Command {
    /// How one role is started.
    static let roleCommand = Shape.object("role", make: { ProcessSpec.Command(arguments: []) }) { fields in
        fields.add("command", .command, "Program and arguments.", required: true, synonyms: ["cmd", "args", "exec"]) {
            $0.arguments = $1
        }
        fields.add("environment", .settings, "Environment variables.", synonyms: ["env"]) { $0.environment = $1 }
        fields.add("workingDirectory", .text, "Where it runs.", synonyms: ["cwd", "directory"]) {
            $0.workingDirectory = $1
        }
    } check: { command, node, context in
        command.source = SourceLocation(
            file: context.source.name, line: Int(node.line), column: Int(node.column))
    }
}

extension Shape where Value == ShellSpec {
    /// Settings of the type `shell`.
    static let shell = Shape.object("shell", make: { ShellSpec(list: [], create: [], destroy: []) }) { fields in
        fields.add("list", .command, "Prints all instances as JSON.", required: true) { $0.list = $1 }
        fields.add("create", .command, "Makes one instance.", required: true) { $0.create = $1 }
        fields.add("destroy", .command, "Ends one instance.", required: true, synonyms: ["delete"]) { $0.destroy = $1 }
        fields.add("environment", .settings, "Environment variables of all three.", synonyms: ["env"]) {
            $0.environment = $1
        }
        fields.add(
            "secrets", Shape<String>.variable.list(),
            "Variables of the manager's environment that all three get too; their values are never shown.",
            synonyms: ["passEnvironment", "secretEnvironment"]
        ) { $0.secrets = $1 }
        fields.add("timeout", .positiveDuration, "A command that takes longer is killed.") { $0.timeout = $1 }
        fields.add(
            "concurrency", .integer(1...256), "Creates and destroys under way at once, over all regions; default: 4."
        ) { $0.concurrency = $1 }
    } check: { shell, node, context in
        shell.source = SourceLocation(
            file: context.source.name, line: Int(node.line), column: Int(node.column))
        for place in node["secrets"]?.elements ?? [] {
            guard let name = place.text, shell.environment[name] != nil else { continue }
            context.error(
                "'\(name)' is in 'environment' and in 'secrets'", at: place, "take it out of one of them")
        }
    }
}

extension Shape where Value == String {
    /// The name of an environment variable, but none of ours.
    fileprivate static let variable = Shape(["type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"]) {
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

extension Shape where Value == EC2Spec {
    /// Settings of the type `ec2`.
    static let ec2 = Shape.object("ec2", make: { EC2Spec() }) { fields in
        fields.add("endpoint", .webAddress, "In place of Amazon's own.") { $0.endpoint = $1 }
        fields.add("profile", .text, "A profile of the AWS configuration files.") { $0.profile = $1 }
        fields.add("spot", Shape<Bool>.boolean, "Spot instances, which may be taken away.") { $0.spot = $1 }
        fields.add(
            "regions", Shape<String>.text.dictionary("region"), "Our regions by Amazon's names, where they differ."
        ) {
            $0.regions = $1
        }
    }
}

extension Shape where Value == TerraformSpec {
    /// Settings of the type `terraform`.
    static let terraform = Shape.object("terraform", make: { TerraformSpec(directory: "") }) { fields in
        fields.add("directory", .text, "The workspace.", required: true, synonyms: ["path", "workspace"]) {
            $0.directory = $1
        }
        fields.add("binary", .text, "terraform or tofu, or a path to one.") { $0.binary = $1 }
        fields.add("timeout", .positiveDuration, "A run that takes longer is stopped.") { $0.timeout = $1 }
    }
}

extension Shape where Value == ClosedRange<Int> {
    /// `20000-21000`.
    static let ports = Shape(["type": "string", "pattern": "^[0-9]{1,5}-[0-9]{1,5}$"]) { node, context in
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

extension Shape where Value == ProviderSpec {
    /// The types of providers, each with a block of its name.
    enum Kind: String, Sendable, CaseIterable { case simulated, process, shell, ec2, terraform }

    private struct Draft: Sendable {
        var kind: Kind?
        var simulated: SimulatedSpec?
        var process: ProcessSpec?
        var shell: ShellSpec?
        var ec2: EC2Spec?
        var terraform: TerraformSpec?
        var limits = CallLimitsDraft()
        var prices = PriceList()
    }

    /// Types that work without a block.
    private static let selfSufficient: Set<Kind> = [.simulated, .ec2]

    /// `spec` of the kind `Provider`; its name is in `metadata`.
    static let provider = Shape<Draft>.object("spec", make: { Draft() }, schema: ["allOf": conditions]) { fields in
        fields.add(
            "type", Shape<Kind>.oneOf("provider type"), "What kind of provider it is.", example: "simulated",
            required: true
        ) {
            $0.kind = $1
        }
        fields.add("simulated", Shape<SimulatedSpec>.simulated, "Settings of the type 'simulated'.") {
            $0.simulated = $1
        }
        fields.add("process", Shape<ProcessSpec>.process, "Settings of the type 'process'.") { $0.process = $1 }
        fields.add("shell", Shape<ShellSpec>.shell, "Settings of the type 'shell'.") { $0.shell = $1 }
        fields.add("ec2", Shape<EC2Spec>.ec2, "Settings of the type 'ec2'.", synonyms: ["aws"]) { $0.ec2 = $1 }
        fields.add("terraform", Shape<TerraformSpec>.terraform, "Settings of the type 'terraform'.", synonyms: ["tofu"])
        {
            $0.terraform = $1
        }
        fields.add(
            "prices", Shape<Double>.price.dictionary("instance type"),
            "What a node costs an hour, by instance type; 'default' is for all others.",
            example: ["c6i.large": 0.085, "default": 0.1], synonyms: ["costs", "price"]
        ) { $0.prices = PriceList(perHour: $1) }
        fields.addCallLimits { $1(&$0.limits) }
    } check: { draft, node, context in
        guard let kind = draft.kind else { return }
        for other in Kind.allCases where other != kind {
            if let key = node.key(other.rawValue) {
                context.error("a provider of the type '\(kind.rawValue)' takes no '\(other.rawValue)'", at: key)
            }
        }
        if !selfSufficient.contains(kind), node[kind.rawValue] == nil {
            context.error("a provider of the type '\(kind.rawValue)' needs the key '\(kind.rawValue)'", at: node)
        }
    }.map { draft, node, context -> ProviderSpec? in
        let settings: ProviderSpec.Settings? =
            switch draft.kind {
            case .simulated: .simulated(draft.simulated ?? SimulatedSpec())
            case .process: draft.process.map { .process($0) }
            case .shell: draft.shell.map { .shell($0) }
            case .ec2: .ec2(draft.ec2 ?? EC2Spec())
            case .terraform: draft.terraform.map { .terraform($0) }
            case nil: nil
            }
        guard let settings else { return nil }
        draft.limits.check(with: settings, node, context)
        var provider = ProviderSpec(name: "", settings: settings, limits: draft.limits.limits(of: settings))
        provider.prices = draft.prices
        return provider
    }

    /// In the schema: the type demands its block and forbids the others.
    private static var conditions: SchemaValue {
        .array(
            Kind.allCases.map { kind in
                let others = Kind.allCases.filter { $0 != kind }
                var then: SchemaValue = [
                    "properties": .object(others.map { .init(key: $0.rawValue, value: false) })
                ]
                if !selfSufficient.contains(kind) { then = then.with(["required": [.string(kind.rawValue)]]) }
                return ["if": ["properties": ["type": ["const": .string(kind.rawValue)]]], "then": then]
            })
    }
}

extension Shape where Value == SimulatedSpec {
    /// Settings of the type `simulated`.
    static let simulated = Shape.object("simulated", make: { SimulatedSpec() }) { fields in
        fields.add("boot", .duration, "From create to the first heartbeat.", default: "2s", example: "90s") {
            $0.boot = $1
        }
        fields.add("seed", Shape<UInt64>.word, "Chance is drawn from this.", default: 1, example: 7) { $0.seed = $1 }
        fields.add("load", Shape<SimulatedSpec.Load>.simulatedLoad, "What its nodes report.") { $0.load = $1 }
        fields.add("failures", Shape<SimulatedSpec.Failures>.simulatedFailures, "How often what fails.") {
            $0.failures = $1
        }
    }
}

extension Shape where Value == SimulatedSpec.Load {
    /// `load` of a simulated provider.
    static let simulatedLoad = Shape.object("load", make: { SimulatedSpec.Load() }) { fields in
        fields.add(
            "connectAfter", .duration, "From assignment to the client's being connected.", default: "500ms",
            example: "2s"
        ) {
            $0.connectAfter = $1
        }
        fields.add("stay", .positiveDuration, "How long a client stays; default: until its node goes.", example: "10m")
        { $0.stay = $1 }
        fields.add("idleCPU", .probability, "cpu.system.load of an idle node.", default: 0.05, example: "10%") {
            $0.idleCPU = $1
        }
        fields.add("fullCPU", .probability, "cpu.system.load of a node at its capacity.", default: 0.9, example: "80%")
        { $0.fullCPU = $1 }
    } check: { load, node, context in
        if load.idleCPU > load.fullCPU {
            context.conflict(
                "idleCPU \(load.idleCPU) is more than fullCPU \(load.fullCPU)",
                at: node["idleCPU"] ?? node.nearest("fullCPU"), with: node["fullCPU"])
        }
    }
}

extension Shape where Value == SimulatedSpec.Failures {
    /// `failures` of a simulated provider.
    static let simulatedFailures = Shape.object("failures", make: { SimulatedSpec.Failures() }) { fields in
        fields.add("create", .probability, "A create is refused.", default: 0, example: "5%") { $0.create = $1 }
        fields.add("createLost", .probability, "A create happens, and its answer is lost.", default: 0, example: "1%") {
            $0.createLost = $1
        }
        fields.add("list", .probability, "A list fails.", default: 0, example: "5%") { $0.list = $1 }
        fields.add("listPartial", .probability, "A list is cut short, and says so.", default: 0, example: "1%") {
            $0.listPartial = $1
        }
        fields.add("destroy", .probability, "A destroy fails.", default: 0, example: "5%") { $0.destroy = $1 }
        fields.add("neverBoots", .probability, "A created node never sends a heartbeat.", default: 0, example: "2%") {
            $0.neverBoots = $1
        }
        fields.add("dies", .probability, "A serving node dies, per node and minute.", default: 0, example: "0.1%") {
            $0.dies = $1
        }
    }
}

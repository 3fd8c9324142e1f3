/// Contradictions between documents, of whichever files.
enum SpecChecks {
    /// Puts the documents together and checks what one refers to in another.
    static func assemble(_ documents: [SpecDocument], _ context: SpecContext) -> Spec {
        var spec = Spec()
        var managers: [SpecDocument] = []
        var providers: [String: SpecDocument] = [:]
        var groups: [String: SpecDocument] = [:]
        spec.groups.reserveCapacity(documents.count)
        for document in documents {
            context.source = document.source
            switch document.content {
            case .manager(let manager):
                if let first = managers.first {
                    context.error("a second Manager; the first is at \(place(of: first))", at: document.node)
                } else {
                    spec.manager = manager
                }
                managers.append(document)
            case .provider(let provider):
                refuseTwice(document, "provider", &providers, context)
                spec.providers[provider.name] = provider
            case .group(let group):
                refuseTwice(document, "node group", &groups, context)
                spec.groups.append(group)
            case .broken(.provider): refuseTwice(document, "provider", &providers, context)
            case .broken(.nodeGroup): refuseTwice(document, "node group", &groups, context)
            case .broken(.manager): managers.append(document)
            }
        }
        for document in documents {
            guard case .group(let group) = document.content else { continue }
            context.source = document.source
            checkProvider(of: group, document, providers, spec, context)
        }
        // A group that could not be read may be the one that needs it.
        if groups.values.allSatisfy({ if case .broken = $0.content { false } else { true } }) {
            for document in documents {
                guard case .provider(let provider) = document.content else { continue }
                context.source = document.source
                IdleKeyChecks.check(provider, document.node, spec, context)
            }
        }
        if let document = managers.first { checkLimit(spec, document, context) }
        return spec
    }

    private static func refuseTwice(
        _ document: SpecDocument, _ title: String, _ known: inout [String: SpecDocument], _ context: SpecContext
    ) {
        guard !document.name.isEmpty else { return }
        if let first = known[document.name] {
            context.error(
                "\(title) '\(document.name)' is there twice; the first is at \(place(of: first))", at: document.nameNode
            )
        } else {
            known[document.name] = document
        }
    }

    private static func place(of document: SpecDocument) -> String {
        "\(document.source.name):\(document.nameNode.line)"
    }

    /// The provider exists, and knows how to make a node of each role.
    private static func checkProvider(
        of group: NodeGroupSpec, _ document: SpecDocument, _ providers: [String: SpecDocument], _ spec: Spec,
        _ context: SpecContext
    ) {
        guard !group.provider.isEmpty else { return }
        guard let provider = spec.providers[group.provider] else {
            // One that could not be read is still there.
            if providers[group.provider] != nil { return }
            let near = Suggestion.nearest(to: group.provider, among: providers.keys.sorted())
            context.conflict(
                "unknown provider '\(group.provider)'", at: document.node.nearest("spec", "provider"),
                suggestion: near.map { "did you mean '\($0)'?" }
                    ?? "add a document of kind Provider with this name")
            return
        }
        if case .ec2(let ec2) = provider.settings { EC2Checks.check(group, document.node, ec2, context) }
        guard case .process(let process) = provider.settings else { return }
        for role in group.roles where process.roles[role.name] == nil {
            let roles = document.node.nearest("spec", "roles")
            context.conflict(
                "provider '\(provider.name)' has no command for role '\(role.name)'", at: roles.key(role.name) ?? roles,
                suggestion: "add it under spec.process.roles")
        }
    }

    /// The manager's limit leaves room for every min.
    private static func checkLimit(_ spec: Spec, _ document: SpecDocument, _ context: SpecContext) {
        guard let limit = spec.manager.maxNodes else { return }
        let needed = spec.groups.reduce(0) { $0 + $1.minimumNodes }
        guard needed > limit else { return }
        context.source = document.source
        context.conflict(
            "the manager may have \(limit) nodes, and the min of all groups adds up to \(needed)",
            at: document.node.nearest("spec", "limits", "nodes"))
    }
}

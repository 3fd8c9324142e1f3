/// What a change over the API makes of the spec's parts. Pure.
extension SpecDesk {
    /// The parts with a document made or changed, the spec that they are, and the group itself.
    static func with(
        _ text: String, _ origin: String?, _ parts: SpecParts, by user: String, at now: Timestamp,
        _ check: (SpecParts, String) throws(GroupFailure) -> Void
    ) throws(GroupFailure) -> (parts: SpecParts, spec: Spec, group: StoredGroup) {
        let name = try name(in: text)
        try check(parts, name)
        var result = parts
        let old = parts.stored.group(name)
        if let old, old.text == text, old.origin == origin, !parts.isSetAside(name) {
            return (parts, try read(parts), old)
        }
        let group = StoredGroup(
            name: name, text: text, origin: origin, createdBy: old?.createdBy ?? user,
            createdAt: old?.createdAt ?? now, changedBy: user, changedAt: now)
        if let index = result.stored.groups.firstIndex(where: { $0.name == name }) {
            result.stored.groups[index] = group
        } else {
            guard result.stored.groups.count < StoredGroupLimits.groups else {
                throw .conflict(
                    "there are \(StoredGroupLimits.groups) node groups made over the API, the most there may be: delete those "
                        + "that are not needed, or keep them in files")
            }
            result.stored.groups.append(group)
        }
        result.stored.deleted.removeAll { $0 == name }
        result.setAside.removeAll { $0.name == name }
        let spec = try read(result)
        try checkReach(of: name, in: spec)
        return (result, spec, group)
    }

    /// The parts without a group, and the spec that they are.
    static func without(
        _ name: String, _ parts: SpecParts, _ precondition: GroupPrecondition
    ) throws(GroupFailure) -> (parts: SpecParts, spec: Spec) {
        guard let group = try known(name, parts) else {
            throw .notFound(Suggestion.noSuch("node group", name, among: parts.stored.groups.map(\.name)))
        }
        try check(precondition, group, name)
        var result = parts
        result.stored.groups.removeAll { $0.name == name }
        result.setAside.removeAll { $0.name == name }
        result.stored.deleted.append(name)
        result.stored.deleted.removeFirst(max(0, result.stored.deleted.count - StoredGroupLimits.deletions))
        return (result, try read(result))
    }

    /// Whether a document named `written` may take the place of the group `name`.
    static func checkReplacing(
        _ name: String, _ written: String, _ parts: SpecParts, _ precondition: GroupPrecondition, _ mayCreate: Bool
    ) throws(GroupFailure) {
        let group = try known(name, parts)
        if group == nil, !mayCreate || precondition == .present {
            throw .notFound(Suggestion.noSuch("node group", name, among: parts.stored.groups.map(\.name)))
        }
        guard written == name else {
            throw .conflict("the document is of the node group '\(written)', and the path of '\(name)'")
        }
        try check(precondition, group, name)
    }

    /// The API's group of this name; nil when there is none at all. Throws for one that comes from a file.
    static func known(_ name: String, _ parts: SpecParts) throws(GroupFailure) -> StoredGroup? {
        if let group = parts.stored.group(name) { return group }
        guard let document = SpecReader.documents(of: parts.files).first(where: { $0.isGroup && $0.name == name })
        else {
            return nil
        }
        throw .conflict(
            "the node group '\(name)' comes from \(document.location): it is changed there, not over the API")
    }

    /// What a document that comes over the API may not ask for: a program on the manager's machine, which whoever writes the files may
    /// start, and an operator of the API may not; nor to have its probes look at any host that a document names.
    private static func checkReach(of name: String, in spec: Spec) throws(GroupFailure) {
        guard let group = spec.group(name) else { return }
        try checkAddresses(of: group, in: spec)
        for role in group.roles
            + group.regions.flatMap({ region in
                group.roles.compactMap { group.effectiveRole($0.name, in: region.name) }
            })
        {
            for case .command in role.health.probes.map(\.check) {
                throw .malformed(
                    "the role '\(role.name)' has a probe by 'command', which runs on the manager's machine: only files of the spec may have one"
                )
            }
        }
    }

    /// Where a process of this machine listens is a setting of the group: over the API it may be the provider's own address, or this
    /// machine's loopback.
    private static func checkAddresses(of group: NodeGroupSpec, in spec: Spec) throws(GroupFailure) {
        guard case .process(let process)? = spec.providers[group.provider]?.settings else { return }
        for settings in group.regions.map(\.settings) + group.roles.map(\.settings)
            + group.regions.flatMap({ region in
                group.roles.compactMap { group.effectiveRole($0.name, in: region.name)?.settings }
            })
        {
            guard let address = settings[ProcessSpec.addressSetting], address != process.address else { continue }
            guard let parsed = IPAddress(address), parsed.isLoopback else {
                throw .malformed(
                    "the setting 'address' is '\(address.shortened)', where the manager's probes would look: over the API it may be "
                        + "'\(process.address)' as in the provider, or a loopback address; files of the spec may name any"
                )
            }
        }
    }

    private static func check(
        _ precondition: GroupPrecondition, _ group: StoredGroup?, _ name: String
    ) throws(GroupFailure) {
        switch precondition {
        case .none: return
        case .present where group != nil: return
        case .absent where group == nil: return
        case .tags(let tags) where group.map { tags.contains($0.entityTag) } ?? false: return
        case .absent: throw .changedMeanwhile("there is a node group '\(name)' already")
        case .present, .tags:
            let now = group.map { "it is at \"\($0.entityTag)\" now, changed by \($0.changedBy) at \($0.changedAt)" }
            throw .changedMeanwhile(
                "the node group '\(name)' is not as If-Match says: \(now ?? "there is none"); read it again")
        }
    }

    /// The name of the one node group that a text describes.
    private static func name(in text: String) throws(GroupFailure) -> String {
        guard text.utf8.count <= StoredGroupLimits.documentBytes else {
            throw .malformed("the document is larger than \(StoredGroupLimits.documentBytes) bytes")
        }
        let source = SpecSource(name: "body", text: text)
        let documents = SpecReader.documents(of: [source])
        guard documents.count == 1, let document = documents.first, document.isGroup, !document.name.isEmpty else {
            let errors = SpecReader.read([source]).errors
            if documents.count < 2, !errors.isEmpty, documents.first?.isGroup != false { throw .invalid(errors) }
            throw .malformed("the body must be one document of kind NodeGroup, in YAML or JSON")
        }
        return document.name
    }

    private static func read(_ parts: SpecParts) throws(GroupFailure) -> Spec {
        let reading = parts.read()
        guard let spec = reading.spec else { throw .invalid(reading.errors) }
        return spec
    }
}

/// Starting with what reads: a document that an earlier version took in, and this one does not, keeps no other from coming into force.
extension SpecParts {
    /// What a manager starts with: one of the candidates.
    package struct Choice: Sendable {
        package var index: Int
        package var parts: SpecParts
        package var spec: Spec
    }

    /// What to start with: the first of `candidates` that reads whole; where none does, that which has the providers of most of `nodes`, and of
    /// such the one that reads with the fewest of the API's node groups set aside. Nil when the files of none read. Pure.
    package static func readable(among candidates: [SpecParts], with nodes: [Node] = []) -> Choice? {
        for (index, parts) in candidates.enumerated() {
            if let spec = parts.read().spec { return Choice(index: index, parts: parts, spec: spec) }
        }
        let choices = candidates.enumerated().compactMap { index, parts in
            parts.settingAside().map { Choice(index: index, parts: $0.parts, spec: $0.spec) }
        }
        func rank(_ choice: Choice) -> (Int, Int) {
            (choice.spec.lostProviders(of: nodes).count, choice.parts.setAside.count)
        }
        return choices.min { rank($0) < rank($1) }
    }

    /// The same, with the nodes that are in the store; those are read, and answered, where a group is set aside.
    package static func readable(
        among candidates: [SpecParts], in store: any Store
    ) async throws(StoreFailure) -> (choice: Choice?, nodes: [Node]) {
        let choice = readable(among: candidates)
        guard let choice, !choice.spec.setAside.isEmpty else { return (choice, []) }
        let nodes = try await store.load().nodes
        return (readable(among: candidates, with: nodes), nodes)
    }

    /// Why files that read, with these groups set aside, are not what a manager starts with.
    package func refusal(setting groups: [SetAsideGroup], with nodes: [Node]) -> [SpecDiagnostic] {
        let reading = setting(aside: groups).read()
        return reading.diagnostics + (reading.spec?.lostProviders(of: nodes) ?? [])
    }

    /// The parts without those of the API's groups that do not read, and the spec that the rest is. Nil when the files do not read.
    func settingAside() -> (parts: SpecParts, spec: Spec)? {
        var parts = self
        while true {
            let reading = parts.read()
            if let spec = reading.spec { return (parts, spec) }
            let problems = Dictionary(grouping: reading.errors, by: \.location.file)
            let left = parts.stored.groups.filter { !parts.isSetAside($0.name) }
            let bad = left.compactMap { group in
                problems[group.sourceName].map {
                    SetAsideGroup(name: group.name, problems: $0, document: group.source)
                }
            }
            if bad.isEmpty { return nil }
            parts.setAside += bad
        }
    }

    /// Whether this group of the API is left out of the reading.
    package func isSetAside(_ name: String) -> Bool { setAside.contains { $0.name == name } }

    /// The reading of all of them if that has a spec, for a group that did not read may do with other files; else of all that are not set
    /// aside. With the parts that it is of.
    package func readWhole() -> (parts: SpecParts, reading: SpecReading) {
        if setAside.isEmpty { return (self, read()) }
        let whole = setting(aside: [])
        let reading = whole.read()
        return reading.spec == nil ? (self, read()) : (whole, reading)
    }

    /// These parts with these groups left out of the reading, and every other in it.
    package func setting(aside groups: [SetAsideGroup]) -> SpecParts {
        var parts = self
        parts.setAside = groups
        return parts
    }
}

/// A provider at which a group has nodes.
private struct GroupPlace: Hashable {
    var group: String
    var provider: String
}

extension Spec {
    /// What is wrong with this spec if it does not have a provider at which nodes of a group are that is set aside: no check of that group tells
    /// it, and they could be neither seen nor destroyed.
    package func lostProviders(of nodes: some Sequence<Node>) -> [SpecDiagnostic] {
        let places = Set(
            nodes.lazy.filter { $0.state != .terminated && isSetAside($0.pool.group) }.map {
                GroupPlace(group: $0.pool.group, provider: $0.provider)
            })
        return places.filter { providers[$0.provider] == nil }
            .sorted { ($0.group, $0.provider) < ($1.group, $1.provider) }.map { place in
                SpecDiagnostic(
                    location: SourceLocation(file: StoredGroup.sourceName(of: place.group), line: 0, column: 0),
                    message:
                        "the node group '\(place.group)' is set aside, and has nodes at the provider '\(place.provider)', which is not in the spec any more",
                    suggestion: "keep the provider until the group reads again or is deleted")
            }
    }
}

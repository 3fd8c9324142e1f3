/// Starting with what reads: a document that an earlier version took in, and this one does not, keeps no other from coming into force.
extension SpecParts {
    /// What to start with: the first of `candidates` that reads whole; where none does, that which reads with the fewest of the API's node
    /// groups set aside. Nil when the files of none read. Pure.
    package static func readable(
        among candidates: [SpecParts]
    ) -> (index: Int, parts: SpecParts, spec: Spec)? {
        for (index, parts) in candidates.enumerated() {
            if let spec = parts.read().spec { return (index, parts, spec) }
        }
        return candidates.enumerated().compactMap { index, parts in
            parts.settingAside().map { (index, $0.parts, $0.spec) }
        }.min { $0.parts.setAside.count < $1.parts.setAside.count }
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

extension SpecDesk {
    /// What is wrong with files that take away the provider of a group that is set aside, which no check of that group tells: its nodes could
    /// be neither seen nor destroyed. Nil when none does.
    static func lostProvider(of parts: SpecParts, in next: Spec) -> SpecDiagnostic? {
        guard !parts.setAside.isEmpty, let before = parts.read().spec else { return nil }
        for group in next.setAside {
            let name = group.outline.provider
            guard before.providers[name] != nil, next.providers[name] == nil else { continue }
            let place = SourceLocation(file: StoredGroup.sourceName(of: group.name), line: 0, column: 0)
            return SpecDiagnostic(
                location: place,
                message:
                    "the provider '\(name)' is that of the node group '\(group.name)', which is set aside and has its nodes there"
            )
        }
        return nil
    }
}

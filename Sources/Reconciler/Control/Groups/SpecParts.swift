/// What the spec in force is made of: the files' documents and the API's node groups, which are read as one spec.
package struct SpecParts: Sendable, Equatable {
    /// The files, in their order.
    package var files: [SpecSource]
    /// What came over the API.
    package var stored: StoredGroups
    /// The commit that the files are of; nil: of none.
    package var origin: SpecOrigin?
    /// Groups of ``stored`` that are kept and not read: what the start found wrong with them.
    package var setAside: [SetAsideGroup] = []

    /// These parts.
    package init(files: [SpecSource], stored: StoredGroups = StoredGroups(), origin: SpecOrigin? = nil) {
        self.files = files
        self.stored = stored
        self.origin = origin
    }

    /// The spec of all parts together, or everything that is wrong. Pure.
    package func read() -> SpecReading {
        var reading = SpecReader.read(files + stored.groups.filter { !isSetAside($0.name) }.map(\.source))
        guard let spec = reading.spec else { return reading }
        if let group = spec.groups.first(where: { isSetAside($0.name) }) {
            let place = group.source ?? SourceLocation(file: StoredGroup.sourceName(of: group.name), line: 0, column: 0)
            reading.spec = nil
            reading.diagnostics.append(
                SpecDiagnostic(
                    location: place,
                    message:
                        "there is a node group '\(group.name)' of the API already, which does not read and is set aside",
                    suggestion: "delete that first: DELETE /as/v1/nodegroups/\(group.name)"))
            return reading
        }
        if spec.groups.isEmpty, SpecReader.documents(of: files).isEmpty {
            // A file that is being written is empty for a moment: that is no wish to have nothing.
            let place = SourceLocation(file: files.map(\.name).joined(separator: ", "), line: 0, column: 0)
            reading.spec = nil
            reading.diagnostics.append(SpecDiagnostic(location: place, message: "there is no document in the spec"))
            return reading
        }
        let names = Set(spec.groups.map(\.name))
        reading.spec?.deletedGroups = Set(stored.deleted).subtracting(names)
        let tags = Dictionary(stored.groups.map { ($0.name, $0.entityTag) }) { first, _ in first }
        for index in spec.groups.indices { reading.spec?.groups[index].entityTag = tags[spec.groups[index].name] }
        reading.spec?.setAside = setAside
        reading.spec?.origin = origin
        return reading
    }

    /// These parts without the deletions that are overtaken: a group of that name is in `spec` again.
    package func settled(in spec: Spec) -> SpecParts {
        var parts = self
        let names = Set(spec.groups.map(\.name))
        parts.stored.deleted.removeAll { names.contains($0) }
        return parts
    }

    /// The document of a node group as it is written, from wherever it is; nil when there is none.
    package func text(of group: NodeGroupSpec) -> String? {
        if let stored = stored.group(group.name) { return stored.text }
        guard let place = group.source, let file = files.first(where: { $0.name == place.file }) else { return nil }
        return Self.document(at: place.line, of: String(decoding: file.bytes, as: UTF8.self))
    }

    /// The lines between the document markers around a line, which counts from 1. `---` and `...` at the beginning of a line
    /// mark documents everywhere, also within scalars (YAML 1.2.2 section 9.1.2).
    package static func document(at line: Int, of text: String) -> String {
        // As YAML breaks lines (1.1, as libyaml reads it); "\r\n" is one Character, and one break.
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        func isMarker(_ line: Substring) -> Bool {
            ["---", "..."].contains { marker in
                line.hasPrefix(marker)
                    && (line.dropFirst(3).first.map { $0 == " " || $0 == "\t" || $0 == "\r" } ?? true)
            }
        }
        let place = min(max(line - 1, 0), lines.count - 1)
        let first = lines[...place].lastIndex(where: isMarker)
        let last = lines[(place + 1)...].firstIndex(where: isMarker) ?? lines.endIndex
        var own = lines[(first ?? 0)..<last]
        // `--- {…}`: the document begins on the marker's own line.
        if let first, own[first].dropFirst(3).allSatisfy(\.isWhitespace) || own[first].hasPrefix("...") {
            own = own.dropFirst()
        }
        return own.joined(separator: "\n").trimmed + "\n"
    }
}

extension String {
    /// Without empty lines at both ends.
    fileprivate var trimmed: String {
        var text = self[...]
        while text.first == "\n" || text.first == "\r\n" { text = text.dropFirst() }
        while text.last?.isWhitespace == true { text = text.dropLast() }
        return String(text)
    }
}

/// A spec file's name and content. The name is that which messages show.
package struct SpecSource: Sendable, Equatable {
    /// As messages show it.
    package var name: String
    /// The whole content, UTF-8.
    package var bytes: [UInt8]

    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    package init(name: String, text: String) { self.init(name: name, bytes: Array(text.utf8)) }
}

/// What a reading came to.
package struct SpecReading: Sendable {
    /// Nil when there is any error.
    package var spec: Spec?
    /// Everything that is wrong, in all files, in their order and by place.
    package var diagnostics: [SpecDiagnostic]

    package init(spec: Spec?, diagnostics: [SpecDiagnostic]) {
        self.spec = spec
        self.diagnostics = diagnostics
    }

    /// What keeps the spec from coming into force.
    package var errors: [SpecDiagnostic] { diagnostics.filter { $0.severity == .error } }
    /// What does not.
    package var warnings: [SpecDiagnostic] { diagnostics.filter { $0.severity == .warning } }
}

/// Makes the desired state of spec files: text in, a checked ``Spec`` or every error out. It reads no file and no clock.
package enum SpecReader {
    /// Reads all sources as one spec.
    package static func read(_ sources: [SpecSource]) -> SpecReading {
        let context = SpecContext(source: SourceText(name: "", bytes: []))
        var documents: [SpecDocument] = []
        var order: [String: Int] = [:]
        for (index, source) in sources.enumerated() {
            order[source.name] = order[source.name] ?? index
            let text = SourceText(name: source.name, bytes: source.bytes)
            for part in YAMLFile.read(source.bytes, { Part($0, of: text) }) {
                documents += part.documents
                context.absorb(part.findings)
            }
        }
        let spec = SpecChecks.assemble(documents, context)
        var diagnostics = context.diagnostics
        diagnostics.sort { left, right in
            let (one, other) = (left.location, right.location)
            if one.file != other.file { return order[one.file] ?? 0 < order[other.file] ?? 0 }
            if one.line != other.line { return one.line < other.line }
            return one.column != other.column ? one.column < other.column : left.message < right.message
        }
        let isFull = context.isFull || diagnostics.count > SpecContext.diagnosticLimit
        diagnostics.removeLast(max(0, diagnostics.count - SpecContext.diagnosticLimit))
        let failed = isFull || diagnostics.contains { $0.severity == .error }
        if isFull, let last = diagnostics.last {
            diagnostics.append(SpecDiagnostic(location: last.location, message: "and more errors, which are not shown"))
        }
        return SpecReading(spec: failed ? nil : spec, diagnostics: diagnostics)
    }

    /// One document as its envelope shows it.
    package struct Outline: Sendable, Equatable {
        /// Whether it is of kind NodeGroup.
        package var isGroup: Bool
        /// Empty when there is none.
        package var name: String
        /// Where it begins.
        package var location: SourceLocation
    }

    /// The documents of some sources whose kind can be told, in their order, whatever else is wrong with them.
    package static func documents(of sources: [SpecSource]) -> [Outline] {
        sources.flatMap { source in
            let text = SourceText(name: source.name, bytes: source.bytes)
            return YAMLFile.read(source.bytes) { Part($0, of: text) }.flatMap(\.documents).map { document in
                let place = document.node
                return Outline(
                    isGroup: document.isGroup, name: document.name,
                    location: SourceLocation(
                        file: source.name, line: Int(place.line), column: Int(place.column)))
            }
        }
    }

    /// The one document of a source, whatever is wrong with it; nil when it is no YAML, or another number of documents.
    static func node(of source: SpecSource) -> YAMLNode? {
        let parts = YAMLFile.read(source.bytes) { $0 }
        let documents = parts.flatMap(\.documents).filter { !$0.isNull }
        return parts.allSatisfy { $0.problem == nil } && documents.count == 1 ? documents.first : nil
    }

    /// A part of a file, read as far as it can be judged alone.
    private struct Part: Sendable {
        var documents: [SpecDocument] = []
        var findings: SpecContext.Findings

        init(_ outcome: YAMLParser.Outcome, of text: SourceText) {
            let context = SpecContext(source: text)
            for document in outcome.documents where !document.isNull {
                if let document = SpecDocument.read(document, context) { documents.append(document) }
            }
            if let problem = outcome.problem {
                context.add(.error, problem.message, line: problem.line, column: problem.column)
            }
            findings = context.findings
        }
    }
}

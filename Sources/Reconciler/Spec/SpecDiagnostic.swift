/// Something wrong with a spec, at a place, in words for the person who wrote it.
package struct SpecDiagnostic: Error, Sendable, Equatable, CustomStringConvertible {
    /// Whether the spec can come into force.
    package enum Severity: String, Sendable {
        /// The spec cannot come into force.
        case error
        /// The spec works, and hardly as it is meant.
        case warning
    }

    /// How bad it is.
    package var severity: Severity
    /// Line 0 when the message is about the file as a whole.
    package var location: SourceLocation
    /// What was found and what was expected: lower case first, no full stop.
    package var message: String
    /// What to do about it: `did you mean 'min'?`.
    package var suggestion: String?
    /// The line of the file; nil when there is none to show.
    package var excerpt: SourceExcerpt?

    package init(
        severity: Severity = .error, location: SourceLocation, message: String, suggestion: String? = nil,
        excerpt: SourceExcerpt? = nil
    ) {
        self.severity = severity
        self.location = location
        self.message = message
        self.suggestion = suggestion
        self.excerpt = excerpt
    }

    /// One line: `live.yaml:12:9: unknown key 'minNodez' in role 'edge'; did you mean 'min'?`.
    package var description: String {
        let place = location.line == 0 ? location.file : location.description
        let kind = severity == .warning ? "warning: " : ""
        return "\(place): \(kind)\(message)" + (suggestion.map { "; \($0)" } ?? "")
    }

    /// The line of ``description``, then the line of the file and a caret under the place. No line end at the end.
    package var rendered: String {
        guard let excerpt else { return description }
        return "\(description)\n\(excerpt.rendered)"
    }
}

extension [SpecDiagnostic] {
    /// All of them as a person reads them, each followed by a line end.
    package var rendered: String { map { $0.rendered + "\n" }.joined() }
}

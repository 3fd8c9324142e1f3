internal import Reconciler

/// `smreconcile schema`: the JSON Schema that editors use.
enum SchemaCommand: Command {
    static let name = "schema"
    static let summary = "prints the JSON Schema of the spec language, for editors, or of the State document"
    static let usage = "[--kind KIND] [-o json|markdown]"
    static let options: [Option] = [
        .value(
            "kind", "k", "KIND", "of this kind alone: \(kinds.joined(separator: ", ")) (default: a whole spec file)",
            of: .words(kinds)),
        .value(
            "output", "o", "FORMAT", "json, or markdown for a page of every key of a kind of spec document",
            of: .words(["json", "markdown"])),
    ]
    /// None is good, and the answer to one says what is.
    static let words: [ValueKind] = [.free]

    private static let kinds = SpecSchema.kinds + [StateDocument.kind]

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        guard arguments.positional.isEmpty else { throw UsageError("name the kind with --kind") }
        let format = try OutputFormat.of(arguments, allowed: [.json, .markdown])
        if format == .markdown { return try writePage(arguments.value("kind"), console) }
        guard let kind = arguments.value("kind") else {
            console.write(SpecSchema.json())
            return ExitCode.done
        }
        guard let text = kind == StateDocument.kind ? StateSchema.json() : SpecSchema.json(ofKind: kind) else {
            let near = Suggestion.nearest(to: kind, among: kinds)
            throw UsageError(
                "there is no kind '\(kind)'; \(near.map { "did you mean '\($0)'?" } ?? "known are \(kinds.joined(separator: ", "))")"
            )
        }
        console.write(text)
        return ExitCode.done
    }

    /// The reference page of a kind of spec document.
    private static func writePage(_ kind: String?, _ console: Console) throws -> Int32 {
        guard let page = kind.flatMap({ SpecReference.page(ofKind: $0) }) else {
            throw UsageError(
                "there is a page of each kind of spec document: --kind \(SpecSchema.kinds.joined(separator: ", "))")
        }
        console.write(page)
        return ExitCode.done
    }
}

/// `smreconcile version`.
enum VersionCommand: Command {
    static let name = "version"
    static let summary = "prints the version"
    static let usage = ""
    static let options: [Option] = []
    static let version = "0.1.0"

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        console.print("smreconcile \(version)")
        return ExitCode.done
    }
}

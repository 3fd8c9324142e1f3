internal import Reconciler

/// `smreconcile validate`: every error of every file, or none.
enum ValidateCommand: Command {
    static let name = "validate"
    static let summary = "checks spec files and shows every error with its place"
    static let usage = "-f PATH [-f PATH ...]"
    static let options: [Option] = [.file]

    static let words: [ValueKind] = [.files]

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        let paths = try SpecPaths.of(arguments)
        let reading = SpecFiles.read(paths)
        console.write(reading.diagnostics.printed)
        guard let spec = reading.spec else {
            let count = reading.errors.count
            console.error("\(count) error\(count == 1 ? "" : "s")")
            return ExitCode.failed
        }
        console.print("valid: \(spec.contents)")
        return ExitCode.done
    }
}

/// The spec files that a command was given.
enum SpecPaths {
    /// From `-f` or plain words; at least one.
    static func of(_ arguments: Arguments) throws(UsageError) -> [String] {
        let paths = arguments.list("file") + arguments.positional
        if paths.isEmpty { throw UsageError("no spec given; name a file or directory with -f PATH") }
        return paths
    }

    /// Reads them; every error is shown, and any is the end.
    static func read(_ paths: [String], _ console: Console) throws(CommandError) -> Spec {
        let reading = SpecFiles.read(paths)
        if let spec = reading.spec {
            reading.warnings.forEach { console.error(TerminalText.printableLines($0.rendered)) }
            return spec
        }
        let count = reading.errors.count
        throw CommandError(
            reading.diagnostics.printed
                + "\(count) error\(count == 1 ? "" : "s") in the spec")
    }
}

extension Spec {
    /// `1 node group, 2 pools, 1 provider`.
    var contents: String {
        func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
        let pools = poolOrder().count
        return [counted(groups.count, "node group"), counted(pools, "pool"), counted(providers.count, "provider")]
            .joined(separator: ", ")
    }
}

extension [SpecDiagnostic] {
    /// For a terminal: a spec may come from anybody, and diagnostics show its lines.
    var printed: String { TerminalText.printableLines(rendered) }
}

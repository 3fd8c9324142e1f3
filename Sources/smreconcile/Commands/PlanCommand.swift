internal import Foundation
internal import Reconciler

/// `smreconcile plan`: what would change. It changes nothing.
enum PlanCommand: Command {
    static let name = "plan"
    static let summary = "shows what would change, and changes nothing"
    static let usage =
        "-f PATH|--git URL [--ref REF] [--path PATH] [--state FILE | --server URL | --data DIR] [--now TIME] "
        + "[-o text|json|markdown] [--detailed-exitcode]"
    static let options: [Option] =
        [
            .file, PlanInput.state, .serverInPlaceOfData, .authorities, .data, PlanInput.now,
            .value("output", "o", "FORMAT", "text, json, or markdown for a comment on a pull request"),
            .flag("detailed-exitcode", nil, "exit with 2 when there are changes"),
        ] + PlanSource.options

    static let words: [ValueKind] = [.files]

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        let format = try OutputFormat.of(arguments, allowed: [.text, .json, .markdown])
        let specs = arguments.list("file") + arguments.positional
        let place = try ObservedFleet.Place.of(arguments, specs: specs, otherwise: .store)
        let time = try ObservedFleet.time(arguments)
        let others =
            place == .manager
            ? try await PlanSource.apiGroups(of: try ServerClient(arguments, console)) : SpecParts(files: [])
        let source = try await PlanSource.read(arguments, with: others, console)
        guard let spec = source.reading.spec else {
            let errors = source.reading.diagnostics
            if format == .markdown {
                console.write(PlanMarkdown.render(errors: errors, source.words, commit: source.commit))
            }
            let count = source.reading.errors.count
            throw CommandError(errors.printed + "\(count) error\(count == 1 ? "" : "s") in the spec")
        }
        source.reading.warnings.forEach { console.error(TerminalText.printableLines($0.rendered)) }
        let (fleet, at) = try await ObservedFleet.read(from: place, for: spec, now: time, arguments, console)
        // A manager that has the provider refuses these files.
        spec.lostProviders(of: fleet.nodes.values).forEach { console.error(TerminalText.printableLines($0.rendered)) }
        let input = PlanInput(spec: spec, fleet: fleet, now: at)
        let plan = input.plan
        let costs = PlanCosts(of: plan, spec: spec, fleet: fleet)
        switch format {
        case .json: console.print(try plan.json(costs: costs, commit: source.commit))
        case .markdown:
            let context = PlanMarkdown.Context(
                commit: source.commit, source: source.words, fleet: try name(of: place, arguments, console), at: at)
            console.write(PlanMarkdown.render(plan, context, costs: costs))
        default:
            console.write(
                PlanText.render(plan, console, byHand: input.byHand, costs: costs, commit: source.commit))
        }
        return arguments.has("detailed-exitcode") && !plan.actions.isEmpty ? ExitCode.changes : ExitCode.done
    }

    /// Whose nodes it is planned for, in a word.
    private static func name(
        of place: ObservedFleet.Place, _ arguments: Arguments, _ console: Console
    ) throws -> String {
        switch place {
        case .document(let path): path == "-" ? "the State document" : path
        case .manager: try ServerClient(arguments, console).server
        case .store: DataDirectoryPath.of(arguments)
        }
    }
}

/// How a command prints.
enum OutputFormat: String, CaseIterable {
    case text, table, wide, json, yaml, markdown

    static func of(_ arguments: Arguments, allowed: [OutputFormat]) throws(UsageError) -> OutputFormat {
        guard let name = arguments.value("output") else { return allowed[0] }
        guard let format = OutputFormat(rawValue: name), allowed.contains(format) else {
            throw UsageError("--output '\(name)' is none of \(allowed.map(\.rawValue).joined(separator: ", "))")
        }
        return format
    }
}

/// Where the store is.
enum DataDirectoryPath {
    static func of(_ arguments: Arguments) -> String {
        if let given = arguments.value("data") { return given }
        // systemd sets this for a service with StateDirectory=.
        if let service = ProcessInfo.processInfo.environment["STATE_DIRECTORY"], !service.isEmpty { return service }
        return "data"
    }
}

internal import Foundation
internal import Reconciler

/// `smreconcile plan`: what would change. It changes nothing.
enum PlanCommand: Command {
    static let name = "plan"
    static let summary = "shows what would change, and changes nothing"
    static let usage =
        "-f PATH [--state FILE | --server URL | --data DIR] [--now TIME] [-o text|json] [--detailed-exitcode]"
    static let options: [Option] = [
        .file, PlanInput.state, .serverInPlaceOfData, .authorities, .data, PlanInput.now,
        .json,
        .flag("detailed-exitcode", nil, "exit with 2 when there are changes"),
    ]

    static let words: [ValueKind] = [.files]

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        let format = try OutputFormat.of(arguments, allowed: [.text, .json])
        let paths = try SpecPaths.of(arguments)
        let input = try await PlanInput.read(paths, arguments, console)
        let plan = input.plan
        let costs = PlanCosts(of: plan, spec: input.spec, fleet: input.fleet)
        switch format {
        case .json: console.print(try plan.json(costs: costs))
        default: console.write(PlanText.render(plan, console, byHand: input.byHand, costs: costs))
        }
        return arguments.has("detailed-exitcode") && !plan.actions.isEmpty ? ExitCode.changes : ExitCode.done
    }
}

/// How a command prints.
enum OutputFormat: String, CaseIterable {
    case text, table, wide, json, yaml

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

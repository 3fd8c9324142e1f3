internal import Reconciler

/// A command of the command line.
protocol Command: Sendable {
    static var name: String { get }
    /// One line, lower-case start.
    static var summary: String { get }
    /// What follows the name: `-f PATH [--state FILE]`.
    static var usage: String { get }
    static var options: [Option] { get }
    /// Those of the options that have a meaning behind these words: what completion offers. By default all.
    static func options(behind words: [String]) -> [Option]
    /// What its words may be, in their order; the last may come again.
    static var words: [ValueKind] { get }
    /// Runs it; the exit code.
    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32
}

extension Command {
    static var words: [ValueKind] { [] }
    static func options(behind words: [String]) -> [Option] { options }
}

/// Every command there is, in the order of the help.
enum CommandTable {
    static let commands: [any Command.Type] = [
        InitCommand.self, ImportCommand.self, ValidateCommand.self, PlanCommand.self, SimulateCommand.self,
        EvaluateCommand.self,
        RouteCommand.self,
        ApplyCommand.self, RunCommand.self, StatusCommand.self, GetCommand.self, ExplainCommand.self,
        StateCommand.self,
        ApproveCommand.self, CordonCommand.self, UncordonCommand.self, DrainCommand.self, TerminateCommand.self,
        ProtectCommand.self, RetryRoleCommand.self, ScaleByHandCommand.self, PauseCommand.self, ResumeCommand.self,
        LoginCommand.self, LogoutCommand.self, UserCommand.self, TokenCommand.self, ProviderCommand.self,
        AgentCommand.self, DoctorCommand.self, SchemaCommand.self, CompletionCommand.self, ManualCommand.self,
        VersionCommand.self,
    ]

    static func run(_ words: [String], _ console: Console) async -> Int32 {
        guard let first = words.first, !["help", "--help", "-h"].contains(first) else {
            guard words.count > 1 else {
                console.write(overview)
                return words.isEmpty ? ExitCode.usage : ExitCode.done
            }
            guard let command = find(words[1]) else {
                console.error(unknown(words[1]))
                return ExitCode.usage
            }
            console.write(help(of: command))
            return ExitCode.done
        }
        if first == Completion.command { return await CompletionAnswer.run(Array(words.dropFirst()), console) }
        if first == "--version" { return await run(["version"], console) }
        guard let command = find(first) else {
            console.error(unknown(first))
            return ExitCode.usage
        }
        let rest = Array(words.dropFirst())
        let asked = rest.prefix { $0 != "--" }
        if asked.contains("--help") || asked.contains("-h") {
            console.write(help(of: command))
            return ExitCode.done
        }
        do {
            let arguments = try Arguments(rest, options: command.options)
            if command.words.isEmpty, let extra = arguments.positional.first {
                throw UsageError("'\(extra)' is one word too many")
            }
            return try await command.run(arguments, console)
        } catch let error as UsageError {
            let isQuestion = error.message.hasSuffix("?")
            let message = TerminalText.printableLines(error.message)
            console.error("\(message)\(isQuestion ? " See" : "; see") 'smreconcile \(command.name) --help'")
            return ExitCode.usage
        } catch let error as CommandError {
            console.error(TerminalText.printableLines(error.message))
            return error.code
        } catch {
            console.error(TerminalText.printableLines("\(error)"))
            return ExitCode.failed
        }
    }

    static func find(_ name: String) -> (any Command.Type)? { commands.first { $0.name == name } }

    private static func unknown(_ name: String) -> String {
        // What other programs call it.
        let others = [
            "ps": "status", "ls": "get", "top": "status", "delete": "terminate", "check": "doctor", "man": "manual",
        ]
        let near = Suggestion.nearest(to: name, among: commands.map { $0.name }) ?? others[name]
        return
            "unknown command '\(TerminalText.printable(name))'\(near.map { "; did you mean '\($0)'?" } ?? "; 'smreconcile help' lists them")"
    }

    private static var overview: String {
        let width = commands.map { $0.name.count }.max() ?? 0
        let lines = commands.map { "  \($0.name.padded(to: width))  \($0.summary)\n" }.joined()
        return """
            smreconcile: the open control plane for live-streaming clusters

            usage: smreconcile COMMAND [OPTIONS]

            \(lines)
            'smreconcile COMMAND --help' tells the options of one.

            """
    }

    private static func help(of command: any Command.Type) -> String {
        let words = command.usage.isEmpty ? command.name : "\(command.name) \(command.usage)"
        var text = "usage: smreconcile \(words)\n\n\(command.summary)\n"
        let options = command.options
        if !options.isEmpty {
            let width = options.map { $0.spelling.count }.max() ?? 0
            text += "\n" + options.map { "  \($0.spelling.padded(to: width))  \($0.help)\n" }.joined()
        }
        return text
    }
}

/// A command that failed, in words for the person who called it.
struct CommandError: Error, Sendable {
    let message: String
    let code: Int32
    /// The HTTP status of a manager's refusal; nil when it is none.
    let status: Int?

    init(_ message: String, code: Int32 = ExitCode.failed, status: Int? = nil) {
        self.message = message
        self.code = code
        self.status = status
    }
}

extension String {
    /// Filled up with spaces on the right.
    func padded(to width: Int) -> String {
        count >= width ? self : self + String(repeating: " ", count: width - count)
    }
}

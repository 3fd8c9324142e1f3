internal import Reconciler

/// A probe's program: its command line filled in, run, and ended with all that it started.
struct ProbeCommand: Sendable {
    /// So many characters of a failure's words.
    static let longestWords = 200

    private let words: [String]
    private let environment: [String: String]
    private let timeout: Duration

    /// Fills in `{{address}}`, `{{port}}` and `{{nodeId}}`. Of the manager's own variables only the harmless ones of
    /// ``NodeCommand/inheritedVariables`` are passed on.
    init(_ words: [String], _ call: ProbeCall, inherited: [String: String]) {
        var values = ["address": call.address, "nodeId": call.node.rawValue]
        values["port"] = call.port.map { "\($0)" }
        self.words = words.map { word in PlaceholderText.fill(word) { values[$0] }.text }
        var environment = inherited.filter {
            NodeCommand.inheritedVariables.contains($0.key) || $0.key.hasPrefix("LC_")
        }
        environment["SMRECONCILE_NODE_ID"] = call.node.rawValue
        environment["SMRECONCILE_NODE_ADDRESS"] = call.address
        environment["SMRECONCILE_NODE_PORT"] = values["port"]
        self.environment = environment
        timeout = call.timeout
    }

    /// Runs it on a thread of its own; the node is well when it exits with 0 within its time.
    func run() async -> ProbeOutcome {
        guard let program = words.first else { return .unknown("its command is empty") }
        let process = ChildProcess(program: program, arguments: Array(words.dropFirst()), environment: environment)
        // What it prints does not matter, and it is killed at its time-out without a word.
        let run = CommandRun(process: process, input: [], maximumOutput: nil, grace: .zero)
        let outcome = await run.run(until: .now + timeout)
        switch outcome.end {
        case .exited(0): return .well
        case .exited(let status): return describe("exit status \(status)", outcome)
        case .signalled(let signal): return describe("killed by signal \(signal)", outcome)
        case .timedOut, .cancelled, .neverBegun, .tooMuch: return describe("no end within \(timeout.specText)", outcome)
        case .lost: return describe("it ended, and nobody knows how", outcome)
        case .notStarted(_, let reason): return .unknown(reason)
        }
    }

    private func describe(_ what: String, _ outcome: CommandRun.Outcome) -> ProbeOutcome {
        guard let line = outcome.lastWords(1).first else { return .failed(what) }
        return .failed(String("\(what): \(line)".prefix(Self.longestWords)))
    }
}

internal import Reconciler

extension ConformanceSetup {
    /// A witness may print so much: 4 MiB.
    private static let maximumTestimony = 4 * 1024 * 1024

    /// A command line for the system's shell, run with our environment and in our directory; it has `limit` for it.
    package static func witness(_ line: String, within limit: Duration) -> Witness {
        { () async throws(WitnessFailure) in
            let command = CommandRun(
                process: ChildProcess(
                    program: "/bin/sh", arguments: ["-c", line], environment: NodeCommand.ownEnvironment()),
                input: [], maximumOutput: maximumTestimony, grace: .seconds(1))
            let outcome = await command.run(until: .now + limit)
            guard outcome.end == .exited(0) else {
                let said = outcome.lastWords(1).first.map { ": \($0)" } ?? ""
                throw WitnessFailure("'\(line)' did not end well (\(outcome.end))\(said)")
            }
            return String(decoding: outcome.output, as: UTF8.self)
        }
    }
}

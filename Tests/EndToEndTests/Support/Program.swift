import Foundation
import Glibc
import Providers

/// A program that runs, with its standard output and error in files: nobody has to drain a pipe, and nothing is lost.
final class Program {
    /// How a program ended.
    struct Outcome {
        /// The exit code; 128 and the signal's number when a signal ended it.
        var code: Int32
        var out: String
        var error: String
    }

    let pid: Int32
    private let outPath: String
    private let errorPath: String
    private var code: Int32?

    /// Starts it in a session of its own. The files begin with `name`, and are appended to.
    init(
        _ command: [String], _ workspace: Workspace, name: String, environment: [String: String] = [:],
        input: String = "/dev/null"
    ) throws {
        outPath = workspace.path(name + ".out")
        errorPath = workspace.path(name + ".err")
        let streams = [outPath, errorPath, input].map { "'\($0)'" }
        pid = try ChildProcess(
            program: "/bin/sh",
            arguments: [
                "-c", "exec \"$0\" \"$@\" >>\(streams[0]) 2>>\(streams[1]) <\(streams[2])",
            ] + command,
            environment: workspace.environment.merging(environment) { _, given in given },
            workingDirectory: workspace.directory
        ).spawn()
    }

    /// What it has printed so far.
    var out: String { Self.text(outPath) }
    /// What it has said on standard error so far.
    var error: String { Self.text(errorPath) }

    /// True until it has ended.
    var isRunning: Bool { poll() == nil }

    /// Sends it a signal.
    func signal(_ number: Int32) { kill(pid, number) }

    /// The exit code once it has ended; nil while it runs.
    func poll() -> Int32? {
        if let code { return code }
        var status: Int32 = 0
        guard unsafe waitpid(pid, &status, WNOHANG) == pid else { return nil }
        code = status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
        return code
    }

    /// Waits for its end.
    func end(within limit: Duration = .seconds(30)) async throws -> Outcome {
        do {
            let code = try await eventually("the end of process \(pid)", within: limit, pace: .milliseconds(5)) {
                poll()
            }
            return Outcome(code: code, out: out, error: error)
        } catch let failure as NeverHappened {
            throw NeverHappened(description: "\(failure); it said:\n\(out)\(error)")
        }
    }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
}

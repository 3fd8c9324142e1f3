import Foundation
import Providers
import Testing

/// The scripts of `completion`, read and called by the shells themselves.
@Suite("Completion in real shells", .sharesMachine, .serialized, .timeLimit(.minutes(3)))
struct CompletionShellTests {
    /// Lines of a shell that print what it would offer for `smreconcile WORDS`, one per line, without help; the last word may be
    /// empty.
    private static func lines(_ shell: String, _ words: [String]) -> String {
        let quoted = words.map { "'\($0)'" }.joined(separator: " ")
        switch shell {
        case "bash":
            return """
                source <(smreconcile completion bash)
                complete -p smreconcile | grep -q -- '-F _smreconcile' || echo 'not registered'
                COMP_WORDS=(smreconcile \(quoted)); COMP_CWORD=\(words.count); _smreconcile
                for word in "${COMPREPLY[@]}"; do printf '%s\\n' "$word"; done
                """
        case "zsh":
            // What only a line that is being edited has is stood in for.
            return """
                compdef() { [[ $* == '_smreconcile smreconcile' ]] || print 'not registered' }
                compadd() { print -rl -- $values }
                _files() { print "files $*" }
                source <(smreconcile completion zsh)
                words=(smreconcile \(quoted)); CURRENT=\(words.count + 1); _smreconcile
                """
        default:
            return """
                smreconcile completion fish | source
                complete -C "smreconcile \(words.joined(separator: " "))" | string replace -r '\\t.*' ''
                """
        }
    }

    private static func offers(
        _ shell: String, _ words: String..., in workspace: Workspace, _ environment: [String: String] = [:]
    ) async throws -> [String] {
        var environment = environment
        let folder = URL(fileURLWithPath: Workspace.binary).deletingLastPathComponent().path
        environment["PATH"] = "\(folder):\(workspace.environment["PATH"] ?? "")"
        let quiet = shell == "bash" ? ["--norc"] : shell == "zsh" ? ["-f"] : ["--no-config"]
        let outcome = try await workspace.start(
            [shell] + quiet + ["-c", lines(shell, words)], environment: environment
        ).end(within: .seconds(20))
        // Where there is nothing to offer, zsh and fish end with 1.
        #expect(outcome.error == "" && (outcome.code == 0 || shell != "bash"), "\(shell) \(words): \(outcome)")
        return outcome.out.split(separator: "\n").map(String.init)
    }

    @Test("commands, options, values and files are completed without a manager", arguments: ["bash", "zsh", "fish"])
    func alone(_ shell: String) async throws {
        try await Workspace.with { workspace in
            func offers(_ words: String...) async throws -> [String] {
                try await Self.offers(shell, words[0], words[1], in: workspace)
            }
            #expect(Set(try await offers("get", "no")) == ["nodes", "nodegroups"])
            #expect(try await offers("plan", "--detailed") == ["--detailed-exitcode"])
            #expect(Set(try await offers("completion", "")) == ["bash", "zsh", "fish"])
            #expect(try await offers("drain", "").isEmpty)
            // Its own way to offer files: fish looks, bash looks, zsh is asked to.
            let file = try workspace.write("", to: "some spec.yaml")
            let files = try await offers("validate", workspace.path("some"))
            let want = shell == "zsh" ? "files " : shell == "fish" ? file.replacing(" ", with: "\\ ") : file
            #expect(files == [want] || files == [file], "\(files)")
        }
    }

    @Test(
        "names are those of the manager, and a name that a shell would obey is none of them",
        arguments: ["bash", "zsh", "fish"])
    func names(_ shell: String) async throws {
        try await Workspace.with { workspace in
            let manager = try await Manager(
                workspace, spec: try workspace.write(Specs.simulated(edges: 1), to: "cluster.yaml"))
            let node = try #require(try await manager.serves(1, "edge").first)
            for stream in ["a", "%24%28touch%20x%29"] {
                _ = try await eventually("a publisher's node") { try await manager.route("publish", "live/\(stream)") }
            }
            try await eventually("both streams") {
                String(decoding: try await manager.send("GET", "/as/v1/streams").body, as: UTF8.self).contains("touch")
            }
            let variables = ["SMRECONCILE_SERVER": manager.url, "SMRECONCILE_TOKEN": manager.bearer ?? ""]
            func offers(_ command: String, _ word: String) async throws -> [String] {
                try await Self.offers(shell, command, word, in: workspace, variables)
            }
            #expect(try await offers("drain", "live-e") == [node.id])
            #expect(try await offers("pause", "") == ["live"])
            #expect(Set(try await offers("explain", "live/")) == ["live/origin", "live/edge"])
            #expect(try await Self.offers(shell, "route", "--stream", "", in: workspace, variables) == ["live/a"])
        }
    }
}

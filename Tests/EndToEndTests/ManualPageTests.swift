import Foundation
import Testing

/// The manual page as groff reads it.
@Suite("The manual page in groff", .sharesMachine, .timeLimit(.minutes(3)))
struct ManualPageTests {
    @Test("groff has nothing to say against it, and shows the examples as they are typed")
    func warnings() async throws {
        try await Workspace.with { workspace in
            let outcome = try await workspace.bash(
                "set -o pipefail; '\(Workspace.binary)' manual | groff -man -ww -Tutf8 -P-cbou -rLL=100n")
            #expect(outcome.code == 0 && outcome.error == "", "\(outcome.error)")
            #expect(outcome.out.contains("smreconcile get nodes --watch"), "\(outcome.out)")
            #expect(outcome.out.contains("source <(smreconcile completion bash)"))
        }
    }
}

import Foundation
import Glibc
import Providers
import Testing

@testable import smreconcile

@Suite("Completion")
struct CompletionTests {
    private func values(_ line: String) -> [String] {
        let completion = Completion(line.split(separator: " ", omittingEmptySubsequences: false).map(String.init))
        return completion.fitting(completion.candidates).map(\.value)
    }

    @Test(
        "what may come next is of the command table",
        arguments: [
            ("pl", ["plan"]), ("get no", ["nodes", "nodegroups"]), ("get nodes --wa", ["--watch"]),
            ("get nodes -o ", ["table", "wide", "json"]), ("get nodes --output=j", ["--output=json"]),
            ("get nodes --output = j", ["json"]), ("get nodes --output =", ["table", "wide", "json"]),
            ("completion ", ["bash", "zsh", "fish"]), ("user cr", ["create"]), ("token create x --role ad", ["admin"]),
            ("help do", ["doctor"]), ("schema --kind Man", ["Manager"]), ("nonsense ", []),
            ("version --he", ["--help"]),
            ("get nodes -- --wa", []), ("route --action su", ["subscribe"]), ("--v", ["--version"]),
        ])
    func words(_ line: String, _ want: [String]) {
        #expect(values(line) == want)
    }

    @Test(
        "only options that mean something to the kind are offered",
        arguments: [
            ("get nodes --", ["group"]), ("get node --", ["group"]), ("get ng --", []),
            ("get provisions --", ["group"]),
            ("get events --", ["about"]), ("get audit --", ["user", "since", "limit"]), ("get source --", []),
            ("get nonsense --", ["group", "about", "user", "since", "limit"]),
        ])
    func optionsOfKinds(_ line: String, _ want: [String]) {
        let narrowing = ["--group", "--about", "--user", "--since", "--limit"]
        let offered = values(line)
        #expect(offered.filter(narrowing.contains) == want.map { "--\($0)" })
        #expect(offered.contains("--watch") && offered.contains("--output") && offered.contains("--help"))
    }

    @Test("an option that was given is not offered again, unless it may be")
    func given() {
        let offered = values("plan -f a --now b -")
        #expect(offered.contains("--file") && !offered.contains("--now") && offered.contains("--help"))
    }

    @Test(
        "files, directories and the manager's names are told apart",
        arguments: [
            ("plan -f ", ValueKind.files), ("validate ", .files), ("run --data ", .directories), ("drain ", .nodes),
            ("pause ", .groups), ("explain ", .subjects), ("scale ", .pools), ("route --stream ", .streams),
            ("approve ", .approvals), ("status ", .groups), ("explain live/edge --region ", .regions),
            ("get nodes --group=", .groups), ("login --user ", .free),
        ])
    func kinds(_ line: String, _ want: ValueKind) {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        #expect(Completion(words).kind == want)
    }

    @Test(
        "a name that a shell would obey is not offered",
        arguments: [
            ("live-edge-1", true), ("live/a_b.c", true), ("$(reboot)", false), ("a b", false), ("-rf", false),
            ("", false),
            ("a;b", false), ("a\u{1B}b", false), ("ü", false),
        ])
    func safety(_ name: String, _ want: Bool) {
        #expect(KnownNames.isSafe(name) == want)
    }

    @Test("without a manager there is silence, and success")
    func silence() async {
        let memory = RememberingConsole(environment: ["SMRECONCILE_SERVER": "127.0.0.1:1", "SMRECONCILE_TOKEN": "t"])
        #expect(await CommandTable.run(["__complete", "drain", ""], memory.console) == 0)
        #expect(memory.out == ":words\n" && memory.error == "")
    }
}

import Foundation
import Reconciler
import Testing

@testable import Providers

/// Answers and failures of a shell provider's commands. That it keeps the contract of providers is tested with all others.
@Suite("A shell provider")
struct ShellProviderTests {
    private static func failure(
        _ verb: ShellVerb, of provider: ShellProvider
    ) async -> ProviderFailure? {
        do throws(ProviderFailure) {
            switch verb {
            case .list: _ = try await provider.list(owner: "us", region: "lab")
            case .create: _ = try await provider.create(request("n1"))
            case .destroy: try await provider.destroy(request("n1").reference)
            case .describe: _ = try await provider.describe(request("n1").reference)
            case .images: _ = try await provider.images(region: "lab")
            case .types: _ = try await provider.instanceTypes(region: "lab")
            }
            return nil
        } catch {
            return error
        }
    }

    // MARK: - Requests

    @Test func `a create reads the whole request, and its credential is in its environment alone`() async throws {
        try await ShellScripts.with { scripts in
            let provider = scripts.provider(
                create: #"cat >request; env >environment; tr '\0' ' ' </proc/$$/cmdline >words; echo '{"id": "i-1"}'"#)
            var wanted = request("n1", endpoints: [Endpoint(protocol: "rtmp", port: 1935)])
            wanted.template.settings = ["disk": "fast"]
            let made = try await provider.create(wanted)
            #expect(made.id == "i-1" && made.tags == wanted.tags && made.token == wanted.token)
            #expect(made.revision == wanted.revision && made.state == .pending && made.address == nil)
            #expect(
                scripts.text("request") == """
                    {"command":"create","managerURL":"http://127.0.0.1:5080","revision":"r1",\
                    "tags":{"group":"live","node":"n1","owner":"us","region":"lab","role":"edge"},\
                    "template":{"endpoints":[{"port":1935,"protocol":"rtmp"}],"image":"media-2.4",\
                    "settings":{"disk":"fast"}},"token":"\(wanted.token)"}

                    """)
            #expect(scripts.text("environment").contains("SMRECONCILE_NODE_TOKEN=secret-of-n1\n"))
            #expect(!scripts.text("words").contains("secret-of-n1"))
        }
    }

    @Test func `of the manager's environment only the named secrets are passed on`() async throws {
        try await ShellScripts.with { scripts in
            var manager = ["PATH": "/usr/bin:/bin", "CLOUD_SECRET": "swordfish", "DATABASE_PASSWORD": "hush"]
            func provider() -> ShellProvider {
                scripts.provider(destroy: "env >environment", manager: manager) {
                    $0.environment = ["MODE": "live"]
                    $0.secrets = ["CLOUD_SECRET"]
                }
            }
            try await provider().destroy(request("n1").reference)
            let lines = Set(scripts.text("environment").split(separator: "\n").map(String.init))
            #expect(lines.isSuperset(of: ["PATH=/usr/bin:/bin", "CLOUD_SECRET=swordfish", "MODE=live"]))
            #expect(!scripts.text("environment").contains("hush"))
            manager["CLOUD_SECRET"] = nil
            let failure = await Self.failure(.destroy, of: provider())
            guard case .terminal(let words) = failure, words.contains("'CLOUD_SECRET'") else {
                Issue.record("\(String(describing: failure))")
                return
            }
        }
    }

    @Test(arguments: [true, false]) func `a request larger than a pipe is no trouble`(isRead: Bool) async throws {
        try await ShellScripts.with { scripts in
            let provider = scripts.provider(create: (isRead ? "wc -c >size; " : "") + #"echo '{"id": "i-1"}'"#)
            var wanted = request("n1")
            wanted.template.settings = ["text": String(repeating: "x", count: 300_000)]
            let made = try await provider.create(wanted)
            #expect(made.id == "i-1")
            if isRead {
                #expect((Int(scripts.text("size").trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0) > 300_000)
            }
        }
    }

    // MARK: - Exit codes

    private static let said = "the cloud said no"
    private static let codes: [(code: Int, list: String, create: String, destroy: String)] = [
        (64, "terminal", "terminal", "terminal"), (65, "terminal", "terminal", "terminal"),
        (66, "terminal", "terminal", "done"), (69, "retryable", "noCapacity", "retryable"),
        (75, "retryable", "retryable", "retryable"), (77, "terminal", "terminal", "terminal"),
        (78, "terminal", "terminal", "terminal"), (1, "retryable", "unknown", "unknown"),
        (127, "retryable", "unknown", "unknown"), (70, "retryable", "unknown", "unknown"),
    ]

    @Test(arguments: codes) func `an exit code says what happened`(
        code: Int, list: String, create: String, destroy: String
    ) async throws {
        try await ShellScripts.with { scripts in
            let script = "echo \(Self.said) >&2; exit \(code)"
            let provider = scripts.provider(list: script, create: script, destroy: script)
            for (verb, wanted) in [(ShellVerb.list, list), (.create, create), (.destroy, destroy)] {
                let failure = await Self.failure(verb, of: provider)
                #expect(Self.kind(failure) == wanted, "\(verb)")
                guard let failure else { continue }
                #expect(failure.message.contains("exited with \(code)"))
                #expect(failure.message.hasSuffix(": \(Self.said)"))
            }
        }
    }

    private static func kind(_ failure: ProviderFailure?) -> String {
        switch failure {
        case nil: "done"
        case .retryable: "retryable"
        case .noCapacity: "noCapacity"
        case .terminal: "terminal"
        case .unknown: "unknown"
        }
    }

    @Test(arguments: ShellVerb.allCases)
    func `a command that cannot be started did nothing, and that is said`(verb: ShellVerb) async throws {
        try await ShellScripts.with { scripts in
            let provider = scripts.provider {
                $0.list = ["./absent"]
                $0.create = ["./absent"]
                $0.destroy = ["./absent"]
                $0.describe = ["./absent"]
                $0.images = ["./absent"]
                $0.types = ["./absent"]
            }
            let wanted = "cannot start '\(scripts.directory)/absent': no such file or directory"
            #expect(await Self.failure(verb, of: provider) == .terminal(wanted))
        }
    }

    // MARK: - Time-outs and limits

    @Test(arguments: ShellVerb.allCases)
    func `a command that hangs is ended with all that it started`(verb: ShellVerb) async throws {
        try await ShellScripts.with { scripts in
            // One that takes no notice of TERM, and one that is not waited for.
            let script = "echo begun >&2; (trap '' TERM; while :; do sleep 100; done) & sleep 1000 & wait"
            let provider = scripts.provider(list: script, create: script, destroy: script) {
                $0.timeout = .milliseconds(400)
                for verb in [\ShellSpec.describe, \.images, \.types] { $0[keyPath: verb] = ["/bin/sh", "-c", script] }
            }
            let failure = await Self.failure(verb, of: provider)
            #expect(Self.kind(failure) == (verb.isChange ? "unknown" : "retryable"))
            #expect(failure?.message.hasSuffix("did not end within 400ms and was killed: begun") == true)
            #expect(await eventually(within: .seconds(10)) { scripts.processes.isEmpty })
        }
    }

    @Test func `what a command left in its group ends with it, and what has a session of its own stays`() async throws {
        try await ShellScripts.with { scripts in
            let provider = scripts.provider(
                create: #"sleep 1000 & setsid sleep 1001 >/dev/null 2>&1 & sleep 0.2; echo '{"id": "i-1"}'"#)
            let made = try await provider.create(request("n1"))
            #expect(made.id == "i-1")
            #expect(await eventually(within: .seconds(10)) { scripts.processes.count == 1 })
        }
    }

    @Test func `a cancelled call ends its command`() async throws {
        try await ShellScripts.with { scripts in
            let provider = scripts.provider(create: "sleep 1000")
            let task = Task { await Self.failure(.create, of: provider) }
            #expect(await eventually { !scripts.processes.isEmpty })
            task.cancel()
            #expect(Self.kind(await task.value) == "unknown")
            #expect(scripts.processes.isEmpty)
        }
    }

    @Test func `a command that prints without end is stopped`() async throws {
        try await ShellScripts.with { scripts in
            let provider = scripts.provider(list: "yes", create: "yes 1>&2")
            let failure = await Self.failure(.list, of: provider)
            #expect(failure == .retryable("'sh -c yes' printed more than 10 MiB and was killed"))
        }
    }

    // MARK: - Answers

    private static let badAnswers: [(answer: String, words: String)] = [
        ("", "it is not valid JSON, expected {\"id\": \"...\", \"address\": \"...\"}; it printed nothing"),
        (#"{"id": "i-1", "addr"#, "it is not valid JSON"),
        (#"{"id": "i-1", "addr"#, #"it printed '{"id": "i-1", "addr'"#),
        (#"[1]"#, "it has another type than in"),
        (#"{"address": "192.0.2.1"}"#, "an instance has no 'id'"),
        (#"{"id": 5}"#, "an instance has no 'id', which must be a text"),
        (#"{"id": "i-1", "address": 5}"#, "'address' of instance 'i-1' is no text"),
        (#"{"id": "i-1", "state": "up"}"#, "the state 'up'; known are pending, running, stopping and gone"),
        (#"{"id": "i-1", "token": "other"}"#, "another token"),
        (#"{"id": "i-1", "tags": {"owner": "us"}}"#, "other tags"),
        (#"{"id": "i-1", "endpoints": [{"protocol": "rtmp", "port": 0}]}"#, "a port that is not 1 to 65535"),
    ]

    @Test(arguments: badAnswers)
    func `an answer to a create that is not understood leaves its result unknown`(
        answer: String, words: String
    ) async throws {
        try await ShellScripts.with { scripts in
            let failure = await Self.failure(.create, of: scripts.provider(create: "printf '%s' '\(answer)'"))
            #expect(Self.kind(failure) == "unknown")
            #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "")")
        }
    }

    @Test func `secrets are masked in errors and answers`() async throws {
        try await ShellScripts.with { scripts in
            let provider = scripts.provider(
                create:
                    "echo first $SMRECONCILE_NODE_TOKEN >&2; echo \"last $CLOUD_KEY $API_TOKEN $MODE\" >&2; echo \"[$CLOUD_KEY\"",
                manager: ["PATH": "/usr/bin:/bin", "CLOUD_KEY": "swordfish"]
            ) {
                $0.environment = ["API_TOKEN": "open sesame", "MODE": "live"]
                $0.secrets = ["CLOUD_KEY"]
            }
            let message = await Self.failure(.create, of: provider)?.message ?? ""
            #expect(message.contains("first *** | last *** *** live"), "\(message)")
            #expect(message.contains("it printed '[***'"))
            for secret in ["swordfish", "open sesame", "secret-of-n1"] { #expect(!message.contains(secret)) }
        }
    }

    private static func instance(_ node: String, _ change: String = "", owner: String = "us", region: String = "lab")
        -> String
    {
        #"{"id": "i-\#(node)", "token": "t", "revision": "r", "address": "192.0.2.1", "flavour": 5, "#
            + #""tags": {"owner": "\#(owner)", "group": "live", "region": "\#(region)", "role": "edge", "node": "\#(node)"}\#(change)}"#
    }

    @Test func `a list keeps what carries all five tags to the letter, and knows the rest as another's`() async throws {
        try await ShellScripts.with { scripts in
            let others = [
                #"{"id": 7}"#, #"{"id": "x", "tags": null}"#, #"{"id": "x", "tags": []}"#,
                #"{"id": "x", "tags": {"owner": "us", "region": "lab"}}"#, Self.instance("a", owner: "US"),
                Self.instance("b", region: "lab2"), #"{"tags": {"owner": 5}}"#,
            ]
            try scripts.write(
                "answer",
                #"{"complete": true, "instances": [\#((others + [Self.instance("c")]).joined(separator: ","))], "x": 1}"#
            )
            let listing = try await scripts.provider(list: "cat answer").list(owner: "us", region: "lab")
            #expect(
                listing.complete && listing.instances.map(\.id) == ["i-c"] && listing.instances[0].state == .running)
        }
    }

    private static let badLists: [(answer: String, words: String)] = [
        (#"{"instances": []}"#, "it has no 'complete'"),
        (#"{"complete": true}"#, "it has no 'instances'"),
        (#"{"complete": "yes", "instances": []}"#, "'complete' has another type"),
        (
            #"{"complete": true, "instances": [{"id": 5, "token": "t", "#
                + #""tags": {"owner": "us", "group": "g", "region": "lab", "role": "r", "node": "n"}}]}"#, "no 'id'"
        ),
        (
            #"{"complete": true, "instances": [{"id": "i", "revision": "r", "#
                + #""tags": {"owner": "us", "group": "g", "region": "lab", "role": "r", "node": "n"}}]}"#, "no 'token'"
        ),
        ("null", "another type"),
    ]

    @Test(arguments: badLists)
    func `a list that is not understood is no list`(answer: String, words: String) async throws {
        try await ShellScripts.with { scripts in
            try scripts.write("answer", answer)
            let failure = await Self.failure(.list, of: scripts.provider(list: "cat answer"))
            #expect(Self.kind(failure) == "retryable")
            #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "")")
        }
    }

    // MARK: - Pages

    @Test func `a page that fails leaves the list cut short, with what came before and the reason`() async throws {
        try await ShellScripts.with { scripts in
            try scripts.write("first", #"{"complete": true, "instances": [\#(Self.instance("a"))], "next": "p2"}"#)
            let provider = scripts.provider(
                list: #"grep -q '"cursor":"p2"' && { echo lost >&2; exit 75; }; cat first"#)
            let listing = try await provider.list(owner: "us", region: "lab")
            #expect(!listing.complete && listing.instances.map(\.id) == ["i-a"])
            #expect(listing.shortfall?.hasPrefix("page 2: ") == true && listing.shortfall?.hasSuffix(": lost") == true)
        }
    }

    @Test func `a cursor that comes again ends the list, which is cut short`() async throws {
        try await ShellScripts.with { scripts in
            try scripts.write("page", #"{"complete": true, "instances": [], "next": "p2"}"#)
            let listing = try await scripts.provider(list: "echo >>calls; cat page").list(owner: "us", region: "lab")
            #expect(!listing.complete && listing.shortfall?.contains("'p2'") == true)
            #expect(scripts.text("calls").count == 2)
        }
    }

    @Test func `one page that is not complete makes the list so`() async throws {
        try await ShellScripts.with { scripts in
            try scripts.write("first", #"{"complete": false, "instances": [\#(Self.instance("a"))], "next": "p2"}"#)
            try scripts.write("last", #"{"complete": true, "instances": [\#(Self.instance("b"))]}"#)
            let provider = scripts.provider(list: "grep -q cursor && exec cat last; cat first")
            let listing = try await provider.list(owner: "us", region: "lab")
            #expect(!listing.complete && listing.instances.map(\.id) == ["i-a", "i-b"])
        }
    }
}

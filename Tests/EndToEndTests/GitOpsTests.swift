import Crypto
import Foundation
import Glibc
import Testing

/// A daemon that follows a git repository always runs a commit that was valid, says which, and says what is wrong with the newer one.
@Suite("Git as the source of truth", .sharesMachine, .serialized, .timeLimit(.minutes(3)))
struct GitOpsTests {
    private struct Commit: Decodable { var id: String, author: String, subject: String }
    private struct Source: Decodable {
        struct Problem: Decodable { var file: String, line: Int, column: Int, message: String }
        struct Outage: Decodable { var message: String }
        var url: String?
        var inForce: Commit?, newest: Commit?
        var isInForce: Bool
        var problems: [Problem]
        var outage: Outage?
    }
    private struct Group: Decodable {
        struct Approval: Decodable { var hash: String, held: Int }
        var name: String, state: String
        var commit: Commit?
        var approvals: [Approval]
    }
    private struct Plan: Decodable { var commit: Commit? }
    private struct Event: Decodable {
        var reason: String, message: String
        var commit: String?, author: String?
    }

    private static let base = """
        apiVersion: smreconcile/v1
        kind: Manager
        metadata: {name: manager}
        spec: {interval: 500ms}
        ---
        apiVersion: smreconcile/v1
        kind: Provider
        metadata: {name: lab}
        spec: {type: simulated, simulated: {boot: 100ms, seed: 7}}

        """

    private static func group(_ name: String = "live", edges: Int, more: String = "", annotations: String = "")
        -> String
    {
        """
        apiVersion: smreconcile/v1
        kind: NodeGroup
        metadata:
          name: \(name)\(annotations.isEmpty ? "" : "\n  annotations: {\(annotations)}")
        spec:
          provider: lab
          regions: [{name: here}]
          roles:
            edge:
              capabilities: [subscribe]
              endpoints: [{protocol: rtmp, port: 1935}]
              min: \(edges)
              max: 9\(more)

        """
    }

    private static func source(_ url: String, _ more: String...) -> [String] {
        ["--git", url, "--branch", "main", "--path", "groups", "--git-interval", "1s"] + more
    }

    private func source(of manager: Manager) async throws -> Source { try await manager.get("/as/v1/source") }

    private func inForce(_ id: String, on manager: Manager) async throws {
        do {
            try await eventually("commit \(id) in force") {
                try await source(of: manager).inForce?.id == id
            }
        } catch {
            throw NeverHappened(description: "\(error); the manager said:\n\(manager.program.error)")
        }
    }

    private func events(_ manager: Manager, _ reason: String) async throws -> [Event] {
        try await manager.get("/as/v1/events?limit=1000", as: [Event].self).filter { $0.reason == reason }
    }

    /// The events of that reason once there are so many: they are stored in a round, a moment after what they tell of.
    private func events(_ manager: Manager, _ reason: String, times: Int) async throws -> [Event] {
        try await eventually("\(times) events \(reason)") {
            let told = try await events(manager, reason)
            return told.count < times ? nil : told
        }
    }

    @Test("a good commit, a broken one, a rewind and a force-push over a file URL, and a push that is told at once")
    func follows() async throws {
        try await Workspace.with { workspace in
            let repository = try await GitRepository(workspace)
            let first = try await repository.commit(
                ["groups/base.yaml": Self.base, "groups/live.yaml": Self.group(edges: 2)], "two edges")
            let secret = try workspace.write("a secret of many characters\n", to: "secret")
            var words = Self.source(repository.url, "--git-hook-secret-file", secret)
            // Only pushes that are told are seen.
            words[words.count - 3] = "1h"
            let manager = try await Manager(workspace, source: words)
            try await manager.serves(2)
            #expect(try await source(of: manager).inForce?.id == first)

            func push(_ body: String, _ header: (String, String)?) async throws -> Int {
                let outcome = try await workspace.bash(
                    "curl -s -o /dev/null -w '%{http_code}' -d '\(body)' \(header.map { "-H '\($0.0): \($0.1)'" } ?? "") \(manager.url)/as/v1/hooks/git"
                )
                return Int(outcome.out) ?? 0
            }
            func signed(_ body: String, _ key: String = "a secret of many characters") -> (String, String) {
                let mac = Digest.hmacSHA256(key: Array(key.utf8), message: Array(body.utf8))
                return ("X-Hub-Signature-256", "sha256=" + mac.map { String(format: "%02x", $0) }.joined())
            }
            let second = try await repository.commit(
                ["groups/live.yaml": Self.group(edges: 3)], "three edges", author: "Bob")
            #expect(try await push("{}", nil) == 401)
            #expect(try await push("{}", signed("{}", "another secret of many")) == 401)
            #expect(try await push("{\"a\":1}", signed("{}")) == 401)
            #expect(try await push("{}", ("X-Gitlab-Token", "a secret of many character")) == 401)
            #expect(try await source(of: manager).inForce?.id == first)
            #expect(try await push("{}", signed("{}")) == 202)
            try await inForce(second, on: manager)
            try await manager.serves(3)

            // The commit is on the group, the plan and the events.
            let group = try #require(try await manager.get("/as/v1/nodegroups", as: [Group].self).first)
            #expect(
                group.commit?.id == second && group.commit?.author == "Bob" && group.commit?.subject == "three edges")
            #expect(try await manager.get("/as/v1/plan", as: Plan.self).commit?.id == second)
            #expect(try await events(manager, "CommitInForce", times: 2).map(\.commit) == [first, second])
            #expect(try await events(manager, "NodeRequested", times: 3).map(\.author) == ["Ann", "Ann", "Bob"])
            let environment = ["SMRECONCILE_TOKEN": manager.bearer ?? ""]
            let wide = try await workspace.run(
                "get", "ng", "-o", "wide", "--server", manager.url, environment: environment)
            #expect(wide.out.contains("\(second.prefix(12)) by Bob"))

            // A broken one changes nothing, and is told with its place.
            let broken = try await repository.commit(
                ["groups/live.yaml": Self.group(edges: 3, more: "\n      minn: 1")], "oops")
            #expect(try await push("{}", ("X-Gitlab-Token", "a secret of many characters")) == 202)
            let state = try await eventually("the refusal") {
                let state = try await source(of: manager)
                return state.newest?.id == broken ? state : nil
            }
            #expect(state.inForce?.id == second && !state.isInForce)
            #expect(state.problems.map { "\($0.file):\($0.line):\($0.column)" } == ["groups/live.yaml:14:7"])
            #expect(state.problems.first?.message.contains("unknown key 'minn'") == true)
            let told = "commit \(broken.prefix(12)) by Ann: groups/live.yaml:14:7: unknown key 'minn'"
            let ready = try await eventually("the trouble in readyz") {
                let ready = try await manager.get("/readyz", as: ReadyAnswer.self)
                return ready.troubles.isEmpty ? nil : ready
            }
            #expect(ready.ready && ready.troubles.contains { $0.contains(told) })
            let refused = try await events(manager, "SpecRefused", times: 1)
            #expect(refused.count == 1 && refused.first?.commit == broken)
            #expect(refused.first?.message.contains("commit \(second.prefix(12)) by Bob stays in force") == true)
            let text = try await workspace.run("get", "source", "--server", manager.url, environment: environment)
            #expect(
                text.out.contains("newest    \(broken.prefix(12)) by Ann") && text.out.contains("groups/live.yaml:14:7")
            )
            #expect(try await manager.serving().count == 3)

            // Set back to what is in force, then before it: both are said, and followed.
            try await repository.inCopy("git reset -q --hard \(second) && git push -q -f origin HEAD:main")
            #expect(try await push("{}", signed("{}")) == 202)
            try await eventually("the end of the trouble") { try await source(of: manager).isInForce }
            try await repository.inCopy("git reset -q --hard \(first) && git push -q -f origin HEAD:main")
            #expect(try await push("{}", signed("{}")) == 202)
            try await inForce(first, on: manager)
            let other = try await repository.commit(
                ["groups/live.yaml": Self.group(edges: 4)], "another history", options: "--amend")
            #expect(try await push("{}", signed("{}")) == 202)
            try await inForce(other, on: manager)
            let rewritten = try await events(manager, "HistoryRewritten", times: 1)
            #expect(rewritten.map(\.commit) == [other])
            #expect(try await events(manager, "HistoryRewound", times: 2).map(\.commit) == [second, first])
            try await manager.serves(4)
        }
    }

    @Test("https with a password from a file: the server away at the start and later, and no password anywhere")
    func passwordAndOutage() async throws {
        try await Workspace.with { workspace in
            let repository = try await GitRepository(workspace)
            let first = try await repository.commit(
                ["groups/base.yaml": Self.base, "groups/live.yaml": Self.group(edges: 2)])
            let password = "pa55-word-of-many-signs"
            let server = try await GitServers.http(workspace, of: workspace.directory, password: password)
            let url = "\(server)/cluster.git"
            let wrong = try workspace.write("not-the-password\n", to: "wrong")
            let refused = try await workspace.run(
                "run", "--git", url, "--git-token-file", wrong, "--data", workspace.path("wrong-data"))
            #expect(refused.code == 1 && refused.error.contains("the server does not take what is in '\(wrong)'"))
            let looked = try await workspace.run(
                "doctor", "--git", url, "--git-token-file", wrong, "--data", workspace.path("wrong-data"))
            #expect(looked.code == 1 && looked.out.contains("fail  repository"))
            #expect(looked.out.contains("does not take what is in"))
            #expect(
                looked.out.contains("everybody on this machine may read") && !looked.out.contains("not-the-password"))
            #expect(!refused.error.contains("not-the-password"))

            let token = try workspace.write(password, to: "token")
            let words = Self.source(url, "--git-token-file", token)
            let manager = try await Manager(workspace, source: words)
            try await manager.serves(2)
            try workspace.write("", to: "down")
            let state = try await eventually("the outage") {
                let state = try await source(of: manager)
                return state.outage == nil ? nil : state
            }
            #expect(state.outage?.message.contains("503") == true && state.inForce?.id == first)
            let second = try await repository.commit(["groups/live.yaml": Self.group(edges: 3)])
            #expect(try await events(manager, "GitUnreachable", times: 1).count == 1)

            // A restart without the server runs the last good commit, and says so.
            try await manager.crash()
            let again = try await Manager(workspace, source: words, follows: manager)
            try await again.serves(2)
            #expect(again.program.error.contains("started with the last good spec, commit \(first.prefix(12)) by Ann"))
            let ready = try await eventually("readiness without the repository") {
                try? await again.get("/readyz", as: ReadyAnswer.self)
            }
            #expect(
                ready.ready && ready.troubles.contains { $0.contains("out of reach") && $0.contains(first.prefix(12)) })
            try FileManager.default.removeItem(atPath: workspace.path("down"))
            try await inForce(second, on: again)
            try await again.serves(3)
            #expect(try await events(again, "GitReachable", times: 1).count == 1)
            try await again.crash()
            for (name, content) in workspace.files(below: "") where name != "token" && name != "password" {
                #expect(content.range(of: Data(password.utf8)) == nil, "the password is in \(name)")
            }
        }
    }

    @Test("ssh with a deploy key, and no server whose key is not known", .enabled(if: GitServers.sshd != nil))
    func deployKey() async throws {
        try await Workspace.with { workspace in
            let repository = try await GitRepository(workspace)
            try await repository.commit(["groups/base.yaml": Self.base, "groups/live.yaml": Self.group(edges: 1)])
            let ssh = try await GitServers.ssh(workspace)
            let url = ssh.url + repository.path
            let none = try workspace.write("", to: "none")
            let stranger = try await workspace.run(
                "run", "--git", url, "--git-key", ssh.key, "--git-known-hosts", none, "--data", workspace.path("one"))
            #expect(stranger.code == 1 && stranger.error.contains("--git-known-hosts"))
            let keyless = try await workspace.run(
                "run", "--git", url, "--git-key", workspace.path("ssh/host"), "--git-known-hosts", ssh.knownHosts,
                "--data", workspace.path("two"))
            #expect(keyless.code == 1 && keyless.error.contains("a deploy key of the repository"))
            let words = Self.source(url, "--git-key", ssh.key, "--git-known-hosts", ssh.knownHosts)
            let manager = try await Manager(workspace, source: words)
            try await manager.serves(1)
            let second = try await repository.commit(["groups/live.yaml": Self.group(edges: 2)])
            try await inForce(second, on: manager)
        }
    }

    @Test("only what the allowed signers signed, and only what comes after it")
    func signed() async throws {
        try await Workspace.with { workspace in
            let repository = try await GitRepository(workspace)
            try await repository.inCopy(
                """
                ssh-keygen -q -t ed25519 -N '' -f ../ann && ssh-keygen -q -t ed25519 -N '' -f ../eve
                echo "ann@example.org $(cat ../ann.pub)" > ../signers
                git config gpg.format ssh && git config user.signingkey "$PWD/../ann"
                """)
            let files = ["groups/base.yaml": Self.base, "groups/live.yaml": Self.group(edges: 1)]
            let first = try await repository.commit(files, options: "-S")
            let words = Self.source(
                repository.url, "--git-signers", workspace.path("signers"), "--git-fast-forward-only")
            let manager = try await Manager(workspace, source: words)
            try await manager.serves(1)
            func refused(_ id: String, _ why: String) async throws {
                let state = try await eventually("the refusal of \(why)") {
                    let state = try await source(of: manager)
                    return state.newest?.id == id && !state.isInForce ? state : nil
                }
                #expect(state.inForce?.id == first && state.problems.first?.message.contains(why) == true)
            }
            let plain = try await repository.commit(
                ["groups/live.yaml": Self.group(edges: 2)], options: "--no-gpg-sign")
            try await refused(plain, "it is not signed")
            try await repository.inCopy("git config user.signingkey \"$PWD/../eve\"")
            let eves = try await repository.commit(["groups/live.yaml": Self.group(edges: 3)], options: "-S")
            try await refused(eves, "is signed by a key")
            try await repository.inCopy("git config user.signingkey \"$PWD/../ann\" && git reset -q --hard \(first)")
            try await repository.inCopy("git commit -q --amend -S -m again && git push -q -f origin HEAD:main")
            try await refused(try await repository.inCopy("git rev-parse HEAD"), "does not come after")
            #expect(try await manager.serving().count == 1)
            try await repository.inCopy("git reset -q --hard \(first) && git push -q -f origin HEAD:main")
            let good = try await repository.commit(["groups/live.yaml": Self.group(edges: 2)], options: "-S")
            try await inForce(good, on: manager)
        }
    }

    @Test("a manager that is killed while commits come runs a whole one again, and the newest in the end")
    func killed() async throws {
        try await Workspace.with { workspace in
            let repository = try await GitRepository(workspace)
            // Two files that only fit together, and ballast that takes git a while.
            func files(_ round: Int) -> [String: String] {
                [
                    "groups/base.yaml": Self.base.replacing("name: lab", with: "name: lab-\(round)"),
                    "groups/live.yaml": Self.group(edges: 1).replacing("provider: lab", with: "provider: lab-\(round)"),
                    "ballast": String(
                        (0..<200_000).map { "\(UInt64($0) &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(round))" }.joined(
                            separator: "\n")),
                ]
            }
            var newest = try await repository.commit(files(0))
            let words = Self.source(repository.url)
            var manager = try await Manager(workspace, source: words)
            try await manager.login()
            for round in 1...4 {
                newest = try await repository.commit(files(round))
                manager.program.signal(SIGHUP)
                try await Task.sleep(for: .milliseconds(round * 60))
                try await manager.crash()
                manager = try await Manager(workspace, source: words, follows: manager)
                let state = try await source(of: manager)
                #expect(state.problems.isEmpty && state.inForce != nil)
            }
            try await inForce(newest, on: manager)
            // What a git that was killed may leave behind.
            try await manager.crash()
            try workspace.write("", to: "data/git/repository.git/config.lock")
            let last = try await repository.commit(files(9))
            manager = try await Manager(workspace, source: words, follows: manager)
            try await inForce(last, on: manager)
            // And a copy that is no repository any more.
            try await manager.crash()
            try FileManager.default.removeItem(atPath: workspace.path("data/git/repository.git/HEAD"))
            try FileManager.default.removeItem(atPath: workspace.path("data/git/repository.git/objects"))
            manager = try await Manager(workspace, source: words, follows: manager)
            try await inForce(last, on: manager)
        }
    }

    @Test("a removal waits everywhere until its hash is committed")
    func approval() async throws {
        try await Workspace.with { workspace in
            let repository = try await GitRepository(workspace)
            try await repository.commit([
                "groups/base.yaml": Self.base, "groups/live.yaml": Self.group(edges: 1),
                "groups/old.yaml": Self.group("old", edges: 2),
            ])
            let manager = try await Manager(workspace, source: Self.source(repository.url))
            try await manager.serves(3)
            try await repository.inCopy("git rm -q groups/old.yaml")
            let removal = try await repository.commit([:], "no old ones")
            let environment = ["SMRECONCILE_TOKEN": manager.bearer ?? ""]
            // A reviewer sees it before the manager does.
            let comment = try await workspace.run(
                "plan", "--git", repository.url, "--ref", "main", "--path", "groups", "--server", manager.url, "-o",
                "markdown",
                environment: environment)
            #expect(comment.code == 0 && comment.out.hasPrefix("<!-- smreconcile plan -->\n"), "\(comment.error)")
            #expect(comment.out.contains("2 wait for an approval") && comment.out.contains("`\(removal.prefix(12))`"))
            try await inForce(removal, on: manager)
            let hash = try #require(
                comment.out.firstMatch(of: /smreconcile\/approve: "([0-9a-f]{12})"/).map { String($0.output.1) })
            try await eventually("the hold") {
                try await events(manager, "ApprovalNeeded").contains { $0.message.contains(hash) }
            }
            #expect(try await manager.serving().count == 3)
            let old = try #require(
                try await manager.get("/as/v1/nodegroups", as: [Group].self).first { $0.name == "old" })
            #expect(old.state == "held" && old.approvals.map(\.hash) == [hash] && old.approvals.first?.held == 2)
            let why = try await workspace.run("explain", "old/edge", "--server", manager.url, environment: environment)
            #expect(why.out.contains("2 in service; none wanted by the spec") && why.out.contains("approve \(hash)"))
            let explained = try await workspace.run("get", "events", "--server", manager.url, environment: environment)
            #expect(explained.out.contains("smreconcile approve \(hash)"))
            let approved = try await repository.commit(
                ["groups/live.yaml": Self.group(edges: 1, annotations: "smreconcile/approve: \"\(hash)\"")], "approved")
            try await inForce(approved, on: manager)
            try await manager.serves(1)
            let word = try #require(try await events(manager, "Approved", times: 1).first)
            #expect(word.commit == approved && word.author == "Ann")
            #expect(word.message.hasPrefix("the spec's annotation approves: the spec has no old/"))

            // An invalid branch is a comment too.
            try await repository.inCopy("git checkout -q -b next")
            try await repository.commit(["groups/live.yaml": Self.group(edges: 1, more: "\n      maxx: 3")])
            try await repository.inCopy("git push -q origin HEAD:next")
            let invalid = try await workspace.run(
                "plan", "--git", repository.url, "--ref", "next", "--path", "groups", "--server", manager.url, "-o",
                "markdown",
                environment: environment)
            #expect(
                invalid.code == 1 && invalid.out.contains("| `groups/live.yaml:14:7` | unknown key 'maxx'"),
                "\(invalid.out)")
            #expect(invalid.out.contains("did you mean"))
        }
    }
}

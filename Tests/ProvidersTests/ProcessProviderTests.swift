import Foundation
import Glibc
import Reconciler
import Testing

@testable import Providers

@Suite("The process provider")
struct ProcessProviderTests {
    @Test("a new manager finds the running nodes of the one before it")
    func adoption() async throws {
        try await withLocalNodes { nodes in
            let made = try await nodes.provider().create(
                request("n1", endpoints: [Endpoint(protocol: "rtmp", port: 1)]))
            let pid = try nodes.pid("n1")
            let second = nodes.provider()
            #expect(try await second.list(owner: "us", region: "lab").instances == [made])
            #expect(try await second.create(request("n1", endpoints: made.endpoints)) == made)
            #expect(try nodes.pid("n1") == pid)
        }
    }

    @Test("a region's own address stands in place of the provider's")
    func ownAddress() async throws {
        try await withLocalNodes { nodes in
            var asked = request("n1", endpoints: [Endpoint(protocol: "rtmp", port: 1)])
            asked.template.settings["address"] = "127.0.0.9"
            let made = try await nodes.provider(["/bin/sh", "-c", "echo at {{address}}:{{port.rtmp}}; exec sleep 1000"])
                .create(asked)
            #expect(made.address == "127.0.0.9")
            let port = try #require(made.endpoints.first?.port)
            #expect(await eventually { nodes.log("n1").contains("at 127.0.0.9:\(port)\n") })
        }
    }

    @Test("a node leads a session of its own, with no descriptor and no secret of the manager's")
    func isolation() async throws {
        unsafe setenv("SMRECONCILE_ADMIN_PASSWORD", "hidden", 1)
        let leaked = unsafe open("/dev/null", O_RDONLY)
        defer { close(leaked) }
        try await withLocalNodes { nodes in
            _ = try await nodes.provider(["/bin/sh", "-c", "ls -l /proc/$$/fd; env; echo end; exec sleep 1000"])
                .create(request("n1"))
            let pid = try #require(try nodes.pid("n1"))
            let entry = try #require(ProcessTable.entry(pid))
            #expect(entry.session == pid && entry.group == pid)
            #expect(await eventually { nodes.log("n1").contains("end") })
            let log = nodes.log("n1")
            let descriptors = Set(log.matches(of: #/(\d+) -> /#).map { $0.1 })
            #expect(descriptors == ["0", "1", "2"])
            #expect(!log.contains("hidden"))
            #expect(log.contains("SMRECONCILE_NODE_ID=n1\n"))
            #expect(log.contains("SMRECONCILE_NODE_TOKEN=secret-of-n1\n"))
            #expect(log.contains("SMRECONCILE_SERVER=http://127.0.0.1:5080\n"))
            #expect(log.contains("SMRECONCILE_BIN=/"))
        }
    }

    @Test("the record on the disk holds no secret")
    func noSecret() async throws {
        try await withLocalNodes { nodes in
            _ = try await nodes.provider(["/bin/sh", "-c", "sleep 1000 # {{token}}"]).create(request("n1"))
            let path = nodes.records.directory(of: "n1") + "/instance.json"
            #expect(try !String(contentsOfFile: path, encoding: .utf8).contains("secret-of"))
            #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test("a killed node is gone from the list, and its children with it")
    func killed() async throws {
        try await withLocalNodes { nodes in
            let provider = nodes.provider(["/bin/sh", "-c", "sleep 1000 & echo child $!; wait"])
            _ = try await provider.create(request("n1"))
            #expect(await eventually { nodes.log("n1").contains("child") })
            let child = try #require(nodes.log("n1").firstMatch(of: #/child (\d+)/#).flatMap { Int32($0.1) })
            kill(try #require(try nodes.pid("n1")), SIGKILL)
            #expect(
                try await eventually { try await provider.list(owner: "us", region: "lab").instances.isEmpty })
            #expect(await eventually { ProcessTable.entry(child).map(\.isDead) ?? true })
            #expect(try await provider.create(request("n1")).state == .gone)
        }
    }

    @Test("a process that took over a dead node's number is not ours: neither listed nor signalled")
    func reusedNumber() async throws {
        try await withLocalNodes { nodes in
            let stranger = try ChildProcess(program: "sleep", arguments: ["1000"], environment: [:]).spawn()
            defer {
                kill(stranger, SIGKILL)
                ChildProcess.reap(stranger)
            }
            let provider = nodes.provider()
            _ = try await provider.create(request("n1"))
            var record = try #require(try nodes.records.load("n1"))
            kill(try #require(record.process?.pid), SIGKILL)
            record.process?.pid = stranger
            // The node was there before, and here it began in the same tick of the clock (10 ms) as the stranger, or in one of the next.
            record.process?.startTime = try #require(ProcessTable.entry(stranger)).startTime - 1
            record.token = "token-of-the-past"
            try nodes.records.save(record)
            #expect(try await provider.list(owner: "us", region: "lab").instances.isEmpty)
            try await provider.destroy(InstanceReference(id: nil, tags: record.tags, token: record.token))
            #expect(ProcessTable.entry(stranger)?.isDead == false)
        }
    }

    @Test("a node that ignores TERM is killed when its time is up, though nobody asks again")
    func stubborn() async throws {
        try await withLocalNodes { nodes in
            let provider = nodes.provider(
                ["/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"],
                stopTimeout: .milliseconds(400))
            let made = try await provider.create(request("n1"))
            #expect(await eventually { nodes.log("n1").contains("ready") })
            let pid = try #require(try nodes.pid("n1"))
            try await provider.destroy(request("n1").reference)
            // Nobody lists in between: the provider itself keeps the promise.
            #expect(await eventually { ProcessTable.entry(pid).map(\.isDead) ?? true })
            #expect(
                try await eventually { try await provider.list(owner: "us", region: "lab").instances.isEmpty })
            #expect(made.state == .running)
        }
    }

    @Test("a node that ignores TERM is stopping, and the KILL that a manager owed is sent by the next one")
    func escalationAfterRestart() async throws {
        try await withLocalNodes { nodes in
            let provider = nodes.provider(
                ["/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"], stopTimeout: .seconds(600))
            _ = try await provider.create(request("n1"))
            #expect(await eventually { nodes.log("n1").contains("ready") })
            try await provider.destroy(request("n1").reference)
            #expect(try await provider.list(owner: "us", region: "lab").instances.map(\.state) == [.stopping])
            #expect(try await provider.create(request("n1")).state == .stopping)
            let next = nodes.provider(stopTimeout: .milliseconds(1))
            #expect(try await eventually { try await next.list(owner: "us", region: "lab").instances.isEmpty })
        }
    }

    @Test("an intent whose process runs is found by its token; one whose process never started is started")
    func intents() async throws {
        try await withLocalNodes { nodes in
            let provider = nodes.provider()
            let wanted = request("n1", token: "token-\(UInt64.random(in: 0..<(.max)))")
            let made = try await provider.create(wanted)
            var record = try #require(try nodes.records.load("n1"))
            let process = record.process
            record.process = nil
            try nodes.records.save(record)
            let next = nodes.provider()
            #expect(try await next.list(owner: "us", region: "lab").instances == [made])
            #expect(try nodes.records.load("n1")?.process == process)

            record.tags = request("n2").tags
            record.token = "token-never-started"
            try nodes.records.save(record)
            #expect(try await next.list(owner: "us", region: "lab").instances.count == 1)
            #expect(try await next.create(request("n2", token: "token-never-started")).state == .running)
            #expect(try await next.list(owner: "us", region: "lab").instances.count == 2)
        }
    }

    @Test("every node gets its own ports, also from a small range, until there are none left")
    func ports() async throws {
        try await withLocalNodes { nodes in
            let range = 41_000...41_011
            let provider = nodes.provider(["/bin/sh", "-c", "echo {{port.rtmp}} {{port.http}}; exec sleep 1000"]) {
                $0.ports = range
            }
            var given: [Int] = []
            for index in 0..<4 {
                let made = try await provider.create(
                    request("n\(index)", endpoints: [Endpoint(protocol: "rtmp", port: 1935)]))
                let record = try #require(try nodes.records.load(made.tags.node))
                #expect(made.endpoints == [Endpoint(protocol: "rtmp", port: record.ports["rtmp"] ?? 0)])
                #expect(Set(record.ports.keys) == ["rtmp", "http"])
                given += record.ports.values
                let line = "\(record.ports["rtmp"] ?? 0) \(record.ports["http"] ?? 0)\n"
                #expect(await eventually { nodes.log("n\(index)") == line })
            }
            #expect(Set(given).count == 8 && given.allSatisfy(range.contains))
            await #expect {
                for index in 4..<8 { _ = try await provider.create(request("n\(index)")) }
            } throws: { error in
                guard case .noCapacity(let words) = error as? ProviderFailure else { return false }
                return words.contains("no free port in 41000-41011")
            }
        }
    }

    @Test("a program that is not there is a terminal failure that names it, and leaves nothing")
    func missingProgram() async throws {
        try await withLocalNodes { nodes in
            let provider = nodes.provider(["/no/such/binary"])
            await #expect(
                throws: ProviderFailure.terminal("cannot start '/no/such/binary': no such file or directory")
            ) { try await provider.create(request("n1")) }
            let left = try nodes.records.all()
            #expect(left.isEmpty)
            await #expect(throws: ProviderFailure.terminal("the provider has no command for role 'origin'")) {
                try await provider.create(request("n2", role: "origin"))
            }
        }
    }

    @Test("a placeholder that means nothing is a terminal failure that names it")
    func unknownPlaceholder() async throws {
        try await withLocalNodes { nodes in
            let provider = nodes.provider(["sleep", "{{nodeld}}", "{{port.a}}", "{{ role }}"])
            await #expect {
                try await provider.create(request("n1"))
            } throws: { error in
                guard case .terminal(let words) = error as? ProviderFailure else { return false }
                return words.hasPrefix(
                    "unknown placeholder '{{nodeld}}' in the command of role 'edge'; known are {{nodeId}}")
            }
        }
    }

    @Test("a list over a record that cannot be read fails with its path, and is not empty")
    func unreadableRecord() async throws {
        try await withLocalNodes { nodes in
            let provider = nodes.provider()
            _ = try await provider.create(request("n1"))
            let path = nodes.records.directory(of: "n2")
            try Files.makeDirectory(path)
            #expect(try await provider.list(owner: "us", region: "lab").instances.count == 1)
            try Files.replace(path + "/instance.json", with: Data("{".utf8))
            await #expect {
                try await provider.list(owner: "us", region: "lab")
            } throws: { error in
                (error as? ProviderFailure)?.message.contains(path + "/instance.json") == true
            }
        }
    }

    @Test("keeps the logs of the newest ended nodes, and no more")
    func pruning() async throws {
        try await withLocalNodes { nodes in
            let provider = nodes.provider(["/bin/true"])
            for index in 0..<(ProcessWork.keptDirectories + 3) { _ = try await provider.create(request("n\(index)")) }
            #expect(try await eventually { try await provider.list(owner: "us", region: "lab").instances.isEmpty })
            #expect(
                try await eventually {
                    _ = try await provider.list(owner: "us", region: "lab")
                    return try nodes.records.all().count == ProcessWork.keptDirectories
                })
        }
    }

    @Test("a line of /proc/PID/stat is read past any name a program gives itself")
    func statLine() throws {
        let line = "4711 (a) R (b)) S 1 4711 4711 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2 3\n"
        #expect(
            ProcessTable.parse(line)
                == ProcessTable.Entry(pid: 4711, state: "S", group: 4711, session: 4711, startTime: 987654))
        #expect(ProcessTable.parse("") == nil)
        #expect(ProcessTable.parse("1 (x) S 1 2") == nil)
    }
}

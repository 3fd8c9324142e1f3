import Foundation
import Glibc
import Providers

/// A directory for one test, and every process that has to do with it.
final class Workspace {
    let directory: String
    private var count = 0
    private var disks: [String] = []

    private init() throws {
        // By its real path, since that is what `/proc` shows.
        directory = URL(fileURLWithPath: NSTemporaryDirectory()).resolvingSymlinksInPath().path + "/smr-e2e-\(UUID())"
        try FileManager.default.createDirectory(atPath: path("tmp"), withIntermediateDirectories: true)
    }

    /// Runs `body` in a new workspace. Afterwards, also when it failed, no process of it lives and nothing of it is left.
    static func with<Value>(_ body: (Workspace) async throws -> Value) async throws -> Value {
        let workspace = try Workspace()
        let result: Result<Value, any Error>
        do { result = .success(try await body(workspace)) } catch { result = .failure(error) }
        workspace.endAll()
        for disk in workspace.disks { unsafe umount2(disk, CInt(MNT_DETACH)) }
        try? FileManager.default.removeItem(atPath: workspace.directory)
        return try result.get()
    }

    /// The built command, which lies beside the bundle of the tests.
    static let binary: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("smreconcile").path
    }()

    /// The root of the repository.
    static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    /// What every program here gets: no setting of the person who runs the tests. `TMPDIR` is passed on to nodes, so that they
    /// can be told from others.
    var environment: [String: String] {
        [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": directory, "TMPDIR": path("tmp"), "LANG": "C.UTF-8",
        ]
    }

    /// A path within.
    func path(_ name: String) -> String { directory + "/" + name }

    /// Writes a file and returns its path.
    @discardableResult func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)), options: .atomic)
        return path(name)
    }

    /// A directory on a disk of its own with so many bytes; nil when it cannot be made, which takes root.
    func disk(_ name: String, bytes: Int) throws -> String? {
        let place = path(name)
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        guard unsafe mount("tmpfs", place, "tmpfs", 0, "size=\(bytes)") == 0 else { return nil }
        disks.append(place)
        return place
    }

    /// Starts a program of any kind.
    func start(
        _ command: [String], name: String? = nil, environment: [String: String] = [:], input: String = "/dev/null"
    ) throws -> Program {
        count += 1
        return try Program(
            command, self, name: name ?? "program-\(count)", environment: environment, input: input)
    }

    /// Runs `smreconcile` with these words to its end.
    func run(
        _ words: String..., environment: [String: String] = [:], input: String = "/dev/null",
        within limit: Duration = .seconds(30)
    ) async throws -> Program.Outcome {
        try await start([Self.binary] + words, environment: environment, input: input).end(within: limit)
    }

    /// Runs lines in bash to their end.
    func bash(_ lines: String, within limit: Duration = .seconds(20)) async throws -> Program.Outcome {
        try await start(["bash", "-c", lines]).end(within: limit)
    }

    /// Every living process that has to do with this workspace, or with a part of it.
    func processes(of part: String? = nil) -> [Machine.Process] {
        Machine.processes(of: part.map(path) ?? directory)
    }

    /// The nodes whose agents run, sorted; one that runs twice is there twice.
    ///
    /// An agent starts a program every few seconds, and until that is executed the child shows its parent's arguments: it is no agent.
    func agents() -> [String] {
        let all = processes()
        let arguments = Dictionary(uniqueKeysWithValues: all.map { ($0.pid, $0.arguments) })
        return all.compactMap { process in
            let words = process.arguments
            guard words.dropFirst().first == "agent", let flag = words.firstIndex(of: "--node"), flag + 1 < words.count,
                arguments[process.parent] != words
            else { return nil }
            return words[flag + 1]
        }.sorted()
    }

    /// Every regular file below a part of it, with its content.
    func files(below part: String) -> [String: Data] {
        var files: [String: Data] = [:]
        for name in FileManager.default.enumerator(atPath: path(part)) ?? .init() {
            guard let name = name as? String else { continue }
            files[name] = FileManager.default.contents(atPath: path(part + "/" + name))
        }
        return files
    }

    /// A manager first, so that it starts no successors of what is ended next.
    private func endAll() {
        for _ in 0..<100 {
            let left = processes()
            if left.isEmpty { return }
            for process in left { kill(process.pid, SIGKILL) }
            usleep(20_000)
        }
    }
}
